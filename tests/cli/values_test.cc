// SPDX-License-Identifier: BSD-3-Clause
//
// store, retrieve, list, exists, delete, flush and format, in both dialects.
#include "cli/kvcli.hpp"

namespace csd::cli_test {
namespace {

using ::testing::HasSubstr;

std::string bytes(size_t count) {
    std::string made(count, '\0');
    for (size_t i = 0; i < count; i++) made[i] = static_cast<char>(i * 31 + i / 1000);
    return made;
}

class Values : public Kvcli, public ::testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override {
        Kvcli::SetUp();
        use(GetParam());
    }
};
INSTANTIATE_TEST_SUITE_P(Both, Values, ::testing::Values("", "?dialect=2023"), [](const auto& one) {
    return *one.param == '\0' ? "KeyValue" : "Dialect2023";
});

TEST_P(Values, TravelThroughPipesAndFiles) {
    write("in", "from a file\n");
    EXPECT_EQ("", answer({"store", "a"}, "from a pipe"));
    EXPECT_EQ("", answer({"store", "b", path("in")}));
    EXPECT_EQ("", answer({"store", "c", "-"}, "from a hyphen"));
    EXPECT_EQ("from a pipe", answer({"retrieve", "a"}));
    EXPECT_EQ("from a hyphen", answer({"retrieve", "c"}));
    EXPECT_EQ("", answer({"retrieve", "b", "-f", path("out")}));
    EXPECT_EQ("from a file\n", read("out"));
    EXPECT_EQ("", answer({"retrieve", "a", "--file", path("out")}));
    EXPECT_EQ("from a pipe", read("out"));
}

TEST_P(Values, OfAnySizeComeBackByteForByte) {
    for (const size_t size : {0u, 1u, 65536u, 65537u, 2097151u, 2097152u, 2097153u, 7000000u}) {
        answer({"store", "k"}, bytes(size));
        EXPECT_TRUE(bytes(size) == answer({"retrieve", "k"})) << size;
    }
}

TEST_P(Values, RangesAreParts) {
    answer({"store", "k"}, "0123456789");
    EXPECT_EQ("3456789", answer({"retrieve", "k", "--offset", "3"}));
    EXPECT_EQ("34", answer({"retrieve", "k", "--offset", "3", "--length", "2"}));
    EXPECT_EQ("01", answer({"retrieve", "k", "--length", "2"}));
    EXPECT_EQ("", answer({"retrieve", "k", "--offset", "10"}));
    EXPECT_EQ("", answer({"retrieve", "k", "--length", "0"}));
    EXPECT_EQ(3, run({"retrieve", "none", "--length", "0"}).status);
}

TEST_P(Values, CanBeAppendedTo) {
    answer({"store", "k", "--append"}, "one ");
    answer({"store", "k", "--append"}, "two");
    EXPECT_EQ("one two", answer({"retrieve", "k"}));
    answer({"store", "k", "--append"}, bytes(3000000));
    EXPECT_TRUE("one two" + bytes(3000000) == answer({"retrieve", "k"}));
    EXPECT_EQ(4, run({"store", "k", "--append", "--only-add"}, "x").status);
    EXPECT_EQ(3, run({"store", "new", "--append", "--only-update"}, "x").status);
}

TEST_P(Values, ConditionsHaveExitStatuses) {
    EXPECT_EQ(3, run({"store", "k", "--only-update"}, "x").status);
    EXPECT_EQ(0, run({"store", "k", "--only-add"}, "x").status);
    EXPECT_EQ(4, run({"store", "k", "--only-add"}, "y").status);
    EXPECT_EQ(0, run({"store", "k", "--only-update"}, "z").status);
    EXPECT_EQ("z", answer({"retrieve", "k"}));
    EXPECT_EQ(2, run({"store", "k", "--only-update", "--only-add"}, "z").status);
}

TEST_P(Values, AreListedSoThatEveryLineIsAKey) {
    const std::vector<std::string> keys = {"0x00", "0x01FF", "0x20", "0x307842", "A",
                                           "a",    "a~",     "b.c",  "0x7F",     "0xFF"};
    for (const std::string& key : keys) answer({"store", "--", key}, "value of " + key);
    std::string expected;
    for (const std::string& key : keys) expected += key + "\n";
    EXPECT_EQ(expected, answer({"list"}));
    for (const std::string& key : keys) EXPECT_EQ("value of " + key, answer({"retrieve", key}));
    EXPECT_EQ("a\na~\n", answer({"list", "--prefix", "a"}));
    EXPECT_EQ("0x7F\n0xFF\n", answer({"list", "--start", "c"}));
    EXPECT_EQ("0x00\n0x01FF\n", answer({"list", "--limit", "2"}));
    EXPECT_EQ("a~\n", answer({"list", "--prefix", "a", "--start", "a!"}));
    EXPECT_EQ("", answer({"list", "--limit", "0"}));
}

TEST_P(Values, AThousandKeysAreListed) {
    answer(
        {"bench", "--ops", "1000", "--verb", "exists", "--keys", "1000", "--size", "1", "--keep"});
    const std::string listed = answer({"list"});
    EXPECT_EQ(1000, std::count(listed.begin(), listed.end(), '\n'));
}

TEST_P(Values, ExistUntilTheyAreDeleted) {
    answer({"store", "k"}, "x");
    EXPECT_EQ("yes\n", answer({"exists", "k"}));
    EXPECT_EQ("yes\n", answer({"exist", "k"}));
    answer({"delete", "k"});
    const Ran gone = run({"exists", "k"});
    EXPECT_EQ(3, gone.status);
    EXPECT_EQ("no\n", gone.out);
    EXPECT_EQ("", gone.err);
    answer({"store", "k"}, "x");
    answer({"rm", "k"});
    EXPECT_EQ(3, run({"retrieve", "k"}).status);
}

TEST_P(Values, AreFlushedAndFormatted) {
    answer({"store", "k"}, "x");
    EXPECT_EQ("", answer({"flush"}));
    const Ran unsure = run({"format"});
    EXPECT_EQ(2, unsure.status);
    EXPECT_THAT(unsure.err, HasSubstr("--yes"));
    EXPECT_EQ("x", answer({"retrieve", "k"}));
    EXPECT_EQ("", answer({"format", "--yes"}));
    EXPECT_EQ("", run({"list"}).out);
}

TEST_P(Values, BeginWithAHyphenAfterTwo) {
    answer({"store", "--", "-k"}, "x");
    EXPECT_EQ("x", answer({"retrieve", "--", "-k"}));
    EXPECT_EQ("-k\n", answer({"list"}));
}

class ValuesOfAKeyValueNamespace : public Kvcli {};

TEST_F(ValuesOfAKeyValueNamespace, LieInFilesNamedByTheirKeys) {
    answer({"store", "B"}, "x");
    EXPECT_EQ("x", read("drive/0/1/42"));
    use("?nsid=7&bus=2");
    answer({"store", "0x00ff"}, "y");
    EXPECT_EQ("y", read("drive/2/7/00FF"));
}

TEST_F(ValuesOfAKeyValueNamespace, DeletingNothingIsNoError) {
    EXPECT_EQ("", answer({"delete", "none"}));
}

TEST_F(ValuesOfAKeyValueNamespace, AFullDriveHasItsExitStatusAndKeepsTheOldValue) {
    use("?size=100000");
    answer({"store", "k"}, "old");
    EXPECT_EQ(6, run({"store", "k"}, bytes(200000)).status);
    EXPECT_EQ("old", answer({"retrieve", "k"}));
}

TEST_F(ValuesOfAKeyValueNamespace, AFailedRetrieveLeavesTheOldFile) {
    write("out", "old");
    EXPECT_EQ(3, run({"retrieve", "none", "-f", path("out")}).status);
    EXPECT_EQ("old", read("out"));
    EXPECT_EQ(1u, files());
}

TEST_F(ValuesOfAKeyValueNamespace, WithoutExtensionsTheStandardIsAllThereIs) {
    use("?extensions=off");
    answer({"store", "k"}, bytes(2097152));
    EXPECT_TRUE(bytes(2097152) == answer({"retrieve", "k"}));
    const Ran large = run({"store", "k"}, bytes(2097153));
    EXPECT_EQ(1, large.status);
    EXPECT_THAT(large.err, HasSubstr("no extensions"));
    EXPECT_EQ(1, run({"store", "k", "--append"}, "x").status);
    EXPECT_EQ(1, run({"select", "k", "SELECT 1 FROM x"}).status);
    EXPECT_EQ("k\n", answer({"list", "--prefix", "k"}));
    EXPECT_THAT(answer({"info"}), HasSubstr("none"));
}

TEST_F(ValuesOfAKeyValueNamespace, EveryChangeIsSyncedWhereThatIsAskedFor) {
    use("?sync=always");
    answer({"store", "k"}, "x");
    answer({"store", "k", "--append"}, "y");
    EXPECT_EQ("xy", answer({"retrieve", "k"}));
}

}  // namespace
}  // namespace csd::cli_test
