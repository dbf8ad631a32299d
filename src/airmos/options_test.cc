// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace csd::airmos {
namespace {

using testing::ElementsAre;

class OptionsTest : public testing::Test {
  protected:
    void SetUp() override { keys(nullptr, nullptr); }
    void TearDown() override { keys(nullptr, nullptr); }

    static void keys(const char* access, const char* secret) {
        set("AIRMOS_ACCESS_KEY", access);
        set("AIRMOS_SECRET_KEY", secret);
    }
    static Parsed parse(std::vector<const char*> arguments) {
        arguments.insert(arguments.begin(), "airmos");
        testing::internal::CaptureStderr();
        testing::internal::CaptureStdout();
        Parsed parsed = parse_options(static_cast<int>(arguments.size()), arguments.data());
        error() = testing::internal::GetCapturedStderr();
        output() = testing::internal::GetCapturedStdout();
        return parsed;
    }
    static std::string& error() {
        static std::string text;
        return text;
    }
    static std::string& output() {
        static std::string text;
        return text;
    }

  private:
    static void set(const char* name, const char* value) {
        if (value == nullptr) {
            ::unsetenv(name);
        } else {
            ::setenv(name, value, 1);
        }
    }
};

TEST_F(OptionsTest, OneDriveIsEnough) {
    const Parsed parsed = parse({"--drive", "/tmp/drive"});
    ASSERT_FALSE(parsed.exit_status) << error();
    EXPECT_THAT(parsed.options.drives, ElementsAre("/tmp/drive"));
    EXPECT_EQ(parsed.options.listen.host, "127.0.0.1");
    EXPECT_EQ(parsed.options.listen.port, 9000);
    EXPECT_EQ(parsed.options.region, "us-east-1");
    EXPECT_FALSE(parsed.options.keys);
}

TEST_F(OptionsTest, DrivesKeepTheirOrder) {
    const Parsed parsed =
        parse({"--drive", "b", "--drive", "a", "--listen", "[::1]:0", "--log", "text", "--domain",
               "s3.example", "--domain", "t.example", "--idle-seconds", "3"});
    ASSERT_FALSE(parsed.exit_status) << error();
    EXPECT_THAT(parsed.options.drives, ElementsAre("b", "a"));
    EXPECT_THAT(parsed.options.domains, ElementsAre("s3.example", "t.example"));
    EXPECT_EQ(parsed.options.listen.host, "::1");
    EXPECT_EQ(parsed.options.limits.idle.count(), 3);
    EXPECT_EQ(parsed.options.log, AccessLog::Form::kText);
}

TEST_F(OptionsTest, WithoutKeysOthersCannotReachTheNode) {
    EXPECT_EQ(parse({"--drive", "d", "--listen", "0.0.0.0:9000"}).exit_status, kExitUsage);
    EXPECT_THAT(error(), testing::HasSubstr("AIRMOS_ACCESS_KEY"));
    keys("access", "secretsecret");
    const Parsed parsed = parse({"--drive", "d", "--listen", "0.0.0.0:9000"});
    ASSERT_FALSE(parsed.exit_status) << error();
    ASSERT_TRUE(parsed.options.keys);
    EXPECT_EQ(parsed.options.keys->access_key, "access");
}

TEST_F(OptionsTest, KeysThatNoClientCouldUseAreRefused) {
    for (const auto& [access, secret] : {std::pair{"access", ""},
                                         {"", "secretsecret"},
                                         {"a/b", "secretsecret"},
                                         {"access", "short"},
                                         {"ac cess", "secretsecret"}}) {
        keys(access, secret);
        EXPECT_EQ(parse({"--drive", "d"}).exit_status, kExitUsage) << access << secret;
    }
}

TEST_F(OptionsTest, WrongArgumentsEndWithAReason) {
    for (const std::vector<const char*>& bad :
         std::vector<std::vector<const char*>>{{},
                                               {"--drive", "d", "--listen", "nowhere"},
                                               {"--drive", "d", "--listen", "127.0.0.1:99999"},
                                               {"--drive", "d", "--metrics-listen", "x:1"},
                                               {"--drive", "d", "--tls-certificate", "c"},
                                               {"--drive", "d", "--log", "xml"},
                                               {"--drive", "d", "--connections", "0"},
                                               {"--drive", "d", "extra"}}) {
        EXPECT_EQ(parse(bad).exit_status, kExitUsage);
        EXPECT_FALSE(error().empty());
    }
}

// In each line the first mistake is the word that is named, whatever else is wrong or missing.
TEST_F(OptionsTest, TheFirstMistakeIsNamed) {
    const std::vector<std::pair<std::vector<const char*>, const char*>> lines = {
        {{"--frob"}, "airmos: there is no option '--frob'"},
        {{"--frob", "--log", "xml"}, "'--frob'"},
        {{"--log", "xml", "--frob"}, "--log: xml"},
        {{"extra", "--frob"}, "'extra' is one argument too many"},
        {{"--listen", "nowhere", "--frob"}, "'nowhere' is not an address"},
        {{"--metrics-listen", "x:1", "--listen", "nowhere"}, "'x:1' is not an address"},
        {{"--connections", "0", "--head-bytes", "1"}, "--connections"},
        {{"--head-bytes", "1", "--connections", "0"}, "--head-bytes"},
        {{"--tls-certificate", "c", "--frob"}, "'--frob'"},
        {{"--drive", "d", "--listen"}, "--listen"},
        {{"--drive"}, "--drive"},
        {{}, "--drive is required"}};
    for (const auto& [words, named] : lines) {
        EXPECT_EQ(parse(words).exit_status, kExitUsage) << testing::PrintToString(words);
        EXPECT_THAT(error().substr(0, error().find('\n')), testing::HasSubstr(named))
            << testing::PrintToString(words);
    }
}

TEST_F(OptionsTest, TheAccessLogIsForProgramsUnlessAskedFor) {
    EXPECT_EQ(parse({"--drive", "d"}).options.log, AccessLog::Form::kJson);
    EXPECT_EQ(parse({"--drive", "d", "--log", "none"}).options.log, AccessLog::Form::kNone);
}

TEST_F(OptionsTest, TheManualHasEveryOption) {
    EXPECT_EQ(parse({"--help"}).exit_status, 0);
    std::ifstream file(CSD_SOURCE_DIR "/docs/man/airmos.1");
    std::stringstream text;
    text << file.rdbuf();
    std::string manual;
    for (const char c : text.str()) {
        if (c != '\\') manual += c;
    }
    std::istringstream words(output());
    int found = 0;
    for (std::string word; words >> word;) {
        if (!word.starts_with("--")) continue;
        word = word.substr(0, word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"));
        EXPECT_THAT(manual, testing::HasSubstr(word));
        found++;
    }
    EXPECT_GT(found, 10);
}

TEST(Address, OfEveryForm) {
    for (const auto& [text, host, port] : {std::tuple{"127.0.0.1:9000", "127.0.0.1", 9000},
                                           {"9000", "127.0.0.1", 9000},
                                           {"localhost:1", "127.0.0.1", 1},
                                           {"[::1]:80", "::1", 80},
                                           {"*:80", "0.0.0.0", 80},
                                           {":80", "0.0.0.0", 80}}) {
        const Result<Address> address = parse_address(text);
        ASSERT_TRUE(address.ok()) << text;
        EXPECT_EQ(address.value().host, host);
        EXPECT_EQ(address.value().port, port);
    }
    for (const char* bad :
         {"", "::1", "::1:80", "host.example:80", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:-1"}) {
        EXPECT_FALSE(parse_address(bad).ok()) << bad;
    }
    EXPECT_TRUE(is_loopback("127.0.0.1"));
    EXPECT_TRUE(is_loopback("::1"));
    EXPECT_FALSE(is_loopback("0.0.0.0"));
    EXPECT_FALSE(is_loopback("::"));
}

}  // namespace
}  // namespace csd::airmos
