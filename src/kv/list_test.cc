// SPDX-License-Identifier: BSD-3-Clause
#include "csd/kv.hpp"
#include "kv/mock_transport.hpp"

namespace csd::kv {
namespace {

class ListOnTheWire : public MockedClient {
  protected:
    static std::string page_of(const std::vector<std::string>& keys, bool old = false) {
        std::string page(1, static_cast<char>(keys.size()));
        page.resize(4, '\0');
        for (const std::string& name : keys) {
            std::string entry(1, static_cast<char>(name.size()));
            entry += '\0';
            entry += name;
            while ((old ? entry.size() - 2 : entry.size()) % 4 != 0) entry += '\0';
            page += entry;
        }
        return page;
    }
    void expect_page(const std::string& start, const std::vector<std::string>& keys) {
        mock().expect({.opcode = 0x06,
                       .key = start,
                       .cdw10 = 4096,
                       .cdw11 = static_cast<uint32_t>(start.size()),
                       .returned = page_of(keys)});
    }
    std::string names(const ListOptions& options = {}) {
        const auto keys = client().list(options);
        if (!keys.ok()) return keys.status().message();
        std::string text;
        for (const Key& one : keys.value()) text += std::string(as_text(one.bytes())) + ' ';
        return text;
    }
};

TEST_F(ListOnTheWire, PagesBeginWithTheLastKeyOfThePageBefore) {
    connect();
    expect_page("", {"a", "bb", "ccc"});
    expect_page("ccc", {"ccc", "dddd"});
    expect_page("dddd", {"dddd"});
    EXPECT_EQ("a bb ccc dddd ", names());
}

TEST_F(ListOnTheWire, AnEmptyDriveListsNothing) {
    connect();
    expect_page("", {});
    EXPECT_EQ("", names());
}

TEST_F(ListOnTheWire, APageAfterADeletedKeyHasNoRepetition) {
    connect();
    expect_page("", {"a", "b"});
    expect_page("b", {"c"});
    expect_page("c", {"c"});
    EXPECT_EQ("a b c ", names());
}

TEST_F(ListOnTheWire, APrefixIsAPlaceToStartAndToStop) {
    connect();
    expect_page("u:", {"u:1", "u:2", "v"});
    EXPECT_EQ("u:1 u:2 ", names({.prefix = key("u:")}));
    expect_page("u:2", {"u:2", "v"});
    EXPECT_EQ("u:2 ", names({.prefix = key("u:"), .start = key("u:2")}));
}

TEST_F(ListOnTheWire, ALimitEndsTheListing) {
    connect();
    expect_page("", {"a", "b", "c"});
    EXPECT_EQ("a b ", names({.limit = 2}));
    EXPECT_EQ("", names({.limit = 0}));
}

TEST_F(ListOnTheWire, ACallerCanStop) {
    connect();
    expect_page("", {"a", "b", "c"});
    int seen = 0;
    EXPECT_EQ(2u, client().list({}, [&seen](const Key&) { return ++seen < 2; }).value());
}

TEST_F(ListOnTheWire, AStandardDriveMayListInAnyOrder) {
    connect(Kind::kStandard);
    expect_page("", {"z", "u:2", "a"});
    expect_page("a", {"a", "u:1"});
    expect_page("u:1", {"u:1"});
    EXPECT_EQ("u:2 u:1 ", names({.prefix = key("u:")}));
}

TEST_F(ListOnTheWire, AListingInUnknownOrderCannotGoOnFromADeletedKey) {
    connect(Kind::kStandard);
    expect_page("", {"z", "a"});
    expect_page("a", {"z"});
    EXPECT_EQ(Code::kOffsetMismatch, client().list().code());
}

TEST_F(ListOnTheWire, The2023DialectPadsTheKeyAlone) {
    connect(Kind::k2023);
    mock().expect({.opcode = 0x06, .cdw10 = 4096, .returned = page_of({"a", "bbbbb"}, true)});
    mock().expect({.opcode = 0x06,
                   .key = "bbbbb",
                   .cdw10 = 4096,
                   .cdw11 = 5,
                   .returned = page_of({"bbbbb"}, true)});
    EXPECT_EQ("a bbbbb ", names());
}

TEST_F(ListOnTheWire, APageThatLiesIsRefused) {
    connect();
    mock().expect({.opcode = 0x06, .cdw10 = 4096, .returned = std::string("\1\0\0\0\x20\0", 6)});
    EXPECT_EQ(Code::kInvalidField, client().list().code());
}

}  // namespace
}  // namespace csd::kv
