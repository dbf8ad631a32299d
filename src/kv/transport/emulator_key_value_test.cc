// SPDX-License-Identifier: BSD-3-Clause
//
// The client on a real Key Value namespace, with and without extensions.
#include <algorithm>
#include <thread>

#include "base/bytes.hpp"
#include "kv/transport/emulated_fixture.hpp"

namespace csd::kv {
namespace {

using ::testing::HasSubstr;

class EmulatedKeyValue : public Emulated {};

TEST_F(EmulatedKeyValue, InfoComesFromTheIdentifyPages) {
    open("?size=10000000&nsid=3");
    ASSERT_TRUE(client().store(key("k"), value(1000)).ok());
    const DriveInfo info = client().info().value();
    EXPECT_EQ("emulator", info.transport);
    EXPECT_EQ("csd-emulator", info.serial);
    EXPECT_THAT(info.model, HasSubstr("csd"));
    EXPECT_FALSE(info.firmware.empty());
    EXPECT_EQ(3u, info.nsid);
    EXPECT_EQ(10000000u, info.capacity_bytes);
    EXPECT_GE(info.used_bytes, 1000u);
    ASSERT_TRUE(info.extensions.has_value());
    EXPECT_TRUE(info.extensions->append && info.extensions->offset && info.extensions->more);
    EXPECT_TRUE(info.extensions->select && info.extensions->asynchronous &&
                info.extensions->compose);
    EXPECT_GE(info.max_value_bytes, 1 * kTiB);
}

TEST_F(EmulatedKeyValue, AFullDriveSaysSoAndKeepsTheOldValue) {
    open("?size=100000", 4096);
    ASSERT_TRUE(client().store(key("k"), as_bytes("old")).ok());
    EXPECT_EQ(Code::kNoSpace, client().store(key("k"), value(200000)).code());
    EXPECT_EQ("old", as_text(got(client().retrieve(key("k")))));
}

TEST_F(EmulatedKeyValue, WithoutExtensionsTheStandardIsAllThereIs) {
    open("?extensions=off", 4096);
    EXPECT_FALSE(client().info().value().extensions.has_value());
    EXPECT_TRUE(client().store(key("k"), value(4096)).ok());
    EXPECT_EQ(value(4096), got(client().retrieve(key("k"))));
    EXPECT_EQ(4096u, client().describe(key("k")).value().size);
    EXPECT_EQ(Code::kUnsupported, client().store(key("k"), value(4097)).code());
    EXPECT_EQ(Code::kUnsupported, client().append(key("k"), value(1)).code());
    EXPECT_EQ(Code::kUnsupported, client().compose(key("c"), {key("k")}).code());
    std::string rows;
    EXPECT_EQ(Code::kUnsupported, client().select(key("k"), "SELECT 1", {}, Sink::to(rows)).code());
    const auto part = value(4096);
    EXPECT_EQ(std::vector<uint8_t>(part.begin() + 10, part.begin() + 20),
              got(client().retrieve(key("k"), {10, 10})));
    ASSERT_TRUE(client().store(key("k2"), Bytes()).ok());
    EXPECT_EQ((std::vector<Key>{key("k"), key("k2")}), client().list({.prefix = key("k")}).value());
}

TEST_F(EmulatedKeyValue, ComposeJoinsValues) {
    open();
    ASSERT_TRUE(client().store(key("a"), as_bytes("one ")).ok());
    ASSERT_TRUE(client().store(key("b"), as_bytes("two")).ok());
    EXPECT_EQ(7u, client().compose(key("c"), {key("a"), key("b")}, {When::kOnlyAdd, true}).value());
    EXPECT_EQ("one two", as_text(got(client().retrieve(key("c")))));
    EXPECT_FALSE(client().exists(key("a")).value());
    EXPECT_EQ(Code::kNotFound, client().compose(key("d"), {key("none")}).code());
}

TEST_F(EmulatedKeyValue, DeletingAMissingKeyIsAnErrorOnlyIfTheNamespaceSaysSo) {
    open();
    EXPECT_FALSE(client().delete_missing_is_error().value());
    EXPECT_TRUE(client().erase(key("none")).ok());
    EXPECT_TRUE(client().set_delete_missing_is_error(true).ok());
    EXPECT_TRUE(client().delete_missing_is_error().value());
    EXPECT_EQ(Code::kNotFound, client().erase(key("none")).code());
    open();
    EXPECT_TRUE(client().delete_missing_is_error().value());
}

TEST_F(EmulatedKeyValue, ALongRetrieveSeesOneVersionThoughTheValueChanges) {
    open("", 4096);
    const auto writer = another("", 4096);
    ASSERT_TRUE(client().store(key("k"), value(50000, 1)).ok());
    std::vector<uint8_t> bytes;
    bool changed = false;
    Sink sink = Sink::to(bytes);
    const auto write = sink.write;
    sink.write = [&](Bytes piece) {
        if (!changed && !bytes.empty()) {
            changed = true;
            EXPECT_TRUE(writer->store(key("k"), value(50000, 2)).ok());
        }
        return write(piece);
    };
    EXPECT_EQ(50000u, client().retrieve(key("k"), {}, sink).value());
    EXPECT_EQ(value(50000, 2), bytes);
    changed = false;
    bytes.clear();
    sink.restart = nullptr;
    const auto again =
        client().retrieve(key("k"), {},
                          {[&](Bytes piece) {
                               if (!changed) {
                                   changed = true;
                                   EXPECT_TRUE(writer->store(key("k"), value(50000, 3)).ok());
                               }
                               return write(piece);
                           },
                           {}});
    EXPECT_EQ(Code::kOffsetMismatch, again.code());
}

TEST_F(EmulatedKeyValue, TwoClientsStagingOneKeyDoNotMix) {
    open("", 4096);
    std::vector<std::thread> threads;
    for (const uint8_t seed : {10, 20}) {
        threads.emplace_back([this, seed] {
            const auto mine = another("", 4096);
            for (int i = 0; i < 20; i++)
                ASSERT_TRUE(mine->store(key("k"), value(40000, seed)).ok());
        });
    }
    for (std::thread& thread : threads) thread.join();
    const auto left = got(client().retrieve(key("k")));
    EXPECT_TRUE(left == value(40000, 10) || left == value(40000, 20));
}

TEST_F(EmulatedKeyValue, AStoreThatFailsHalfwayLeavesTheOldValue) {
    open("", 4096);
    ASSERT_TRUE(client().store(key("k"), as_bytes("old")).ok());
    int reads = 0;
    const Source broken = {[&reads](MutableBytes buffer) -> Result<size_t> {
        if (++reads > 5) return Status(Code::kInternal, "the disk broke");
        std::fill(buffer.begin(), buffer.end(), 'x');
        return buffer.size();
    }};
    EXPECT_EQ(Code::kInternal, client().store(key("k"), broken).code());
    EXPECT_EQ("old", as_text(got(client().retrieve(key("k")))));
    EXPECT_EQ(1u, client().list().value().size());
}

TEST_F(EmulatedKeyValue, NumbersThatMakeNoSenseAreUsage) {
    for (const char* parameters : {"?bus=256", "?bus=70000", "?nsid=4294967295", "?size=100"}) {
        const auto opened = Client::open(device(parameters));
        EXPECT_EQ(Code::kUsage, opened.code()) << parameters;
        EXPECT_NE(std::string::npos, opened.status().message().find("must be between"))
            << opened.status().message();
    }
    EXPECT_TRUE(std::filesystem::is_empty(root_));
}

TEST_F(EmulatedKeyValue, OneDriveCannotBeOpenedInTwoWays) {
    open();
    EXPECT_EQ(Code::kUsage, Client::open(device("?sync=always")).code());
    EXPECT_TRUE(Client::open(root_.string()).ok());
    EXPECT_TRUE(Client::open(root_.string() + "/").ok());
    EXPECT_TRUE(Client::open(device("?nsid=2&sync=always")).ok());
}

TEST_F(EmulatedKeyValue, AnInterruptedVerbStops) {
    open("", 4096);
    int reads = 0;
    const Source endless = {[&](MutableBytes buffer) -> Result<size_t> {
        if (++reads > 100) cancelled_ = 1;
        std::fill(buffer.begin(), buffer.end(), 'x');
        return buffer.size();
    }};
    EXPECT_EQ(Code::kAborted, client().store(key("k"), endless).code());
    cancelled_ = 0;
    EXPECT_FALSE(another()->exists(key("k")).value());
}

TEST_F(EmulatedKeyValue, ASelectDelaysNoOtherCommandAndCanBeCancelled) {
    open();
    std::string numbers = "n\n";
    for (int i = 0; i < 100000; i++) numbers += std::to_string(i) + "\n";
    ASSERT_TRUE(client().store(key("k"), as_bytes(numbers)).ok());
    std::optional<Code> ended;
    SelectOptions options;
    options.input_header = true;
    client().async_select_send(key("k"),
                               "SELECT count(*) FROM x a, x b, x c WHERE a.n + b.n + c.n = 7",
                               options, [&ended](Result<uint32_t> done) { ended = done.code(); });
    for (int i = 0; i < 100; i++) {
        ASSERT_TRUE(client().store(key("other"), as_bytes("x")).ok());
        ASSERT_TRUE(client().exists(key("other")).value());
    }
    EXPECT_FALSE(ended.has_value());
    cancelled_ = 1;
    while (!ended) client().wait(1000);
    EXPECT_EQ(Code::kAborted, *ended);
    cancelled_ = 0;
    std::string rows;
    const auto after = another();
    ASSERT_TRUE(after->select(key("k"), "SELECT count(*) FROM x", options, Sink::to(rows)).ok());
    EXPECT_EQ("100000\n", rows);
}

}  // namespace
}  // namespace csd::kv
