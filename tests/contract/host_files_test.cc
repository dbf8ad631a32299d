// SPDX-License-Identifier: BSD-3-Clause
//
// The other end of the emulator: a value is a file under ROOT/<bus>/<namespace>, with exactly its bytes.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/bytes.hpp"
#include "csd/kv.hpp"
#include "lib/temp_dir.hpp"

namespace csd::contract {

class HostFiles : public ::testing::TestWithParam<const char*> {
  protected:
    std::unique_ptr<kv::Client> open(const std::string& more = "") {
        auto client = kv::Client::open("emulator:" + directory_.path() + "?" + GetParam() + more);
        if (!client.ok()) throw std::runtime_error(client.status().message());
        return std::move(client).value();
    }
    static Key key(std::string_view text) { return *Key::from_text(text); }
    std::string path(std::string_view file) { return directory_.path() + "/" + std::string(file); }

    test::TempDir directory_{"host-files"};
};
INSTANTIATE_TEST_SUITE_P(, HostFiles, ::testing::Values("dialect=kv", "dialect=2023"),
                         [](const auto& drive) {
                             return drive.index == 0 ? "KeyValue" : "Dialect2023";
                         });

TEST_P(HostFiles, AValueIsAFileNamedByItsKey) {
    ASSERT_TRUE(open()->store(key("B"), as_bytes("the bytes")).ok());
    std::ifstream file(path("0/1/42"), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "the bytes");
}

TEST_P(HostFiles, BusAndNamespaceAreDirectories) {
    ASSERT_TRUE(open("&bus=17&nsid=3")->store(key("\xFF"), as_bytes("v")).ok());
    EXPECT_TRUE(std::filesystem::is_regular_file(path("17/3/FF")));
}

TEST_P(HostFiles, AFileThatTheHostPutThereIsAValue) {
    std::filesystem::create_directories(path("0/1"));
    std::ofstream(path("0/1/4142")) << "from outside";
    EXPECT_EQ(as_text(open()->retrieve(key("AB")).value()), "from outside");
}

TEST_P(HostFiles, ValuesOutliveTheDrivesProcess) {
    ASSERT_TRUE(open()->store(key("k"), as_bytes("v")).ok());
    EXPECT_EQ(as_text(open()->retrieve(key("k")).value()), "v");
}

// Sparse, so that it takes no space.
TEST_P(HostFiles, AValueOfOneTebibyteIsReadNearItsEnd) {
    std::filesystem::create_directories(path("0/1"));
    const std::string name = path("0/1/42");
    std::ofstream(name).put('a');
    std::filesystem::resize_file(name, kTiB - 3);
    std::ofstream(name, std::ios::app) << "end";
    const auto client = open();
    const auto info = client->describe(key("B"));
    ASSERT_TRUE(info.ok()) << info.status().message();
    if (std::string_view(GetParam()) == "dialect=2023") {
        EXPECT_EQ(info.value().size, UINT32_MAX) << "all that the dialect can say";
        return;
    }
    EXPECT_EQ(info.value().size, kTiB);
    const auto tail = client->retrieve(key("B"), {.offset = kTiB - 5, .length = 100});
    ASSERT_TRUE(tail.ok()) << tail.status().message();
    EXPECT_EQ(as_text(tail.value()), std::string_view("\0\0end", 5));
    EXPECT_EQ(client->retrieve(key("B"), {.offset = kTiB}).value().size(), 0u);
    EXPECT_TRUE(client->append(key("B"), as_bytes("!")).ok());
    EXPECT_EQ(client->describe(key("B")).value().size, kTiB + 1);
}

}  // namespace csd::contract
