// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/credentials.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace csd::airmos {
namespace {

class Credentials : public testing::Test {
  protected:
    void SetUp() override {
        std::string made =
            (std::filesystem::temp_directory_path() / "csd-credentials-XXXXXX").string();
        ASSERT_NE(mkdtemp(made.data()), nullptr);
        directory_ = made;
        file_ = made + "/keys";
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string read() const {
        std::ifstream file(file_);
        std::ostringstream text;
        text << file.rdbuf();
        return text.str();
    }
    size_t files() const {
        const std::filesystem::directory_iterator all(directory_);
        return static_cast<size_t>(std::distance(begin(all), end(all)));
    }

    std::filesystem::path directory_;
    std::string file_;
};

TEST_F(Credentials, AreAProfileThatOnlyItsOwnerReads) {
    const std::string text = credentials_text({"AKID", "secret/of=it"}, "eu-west-1");
    EXPECT_THAT(text, testing::EndsWith("\n[default]\naws_access_key_id = AKID\n"
                                        "aws_secret_access_key = secret/of=it\n"
                                        "region = eu-west-1\n"));
    ASSERT_TRUE(write_credentials(file_, text).ok());
    EXPECT_EQ(read(), text);
    struct stat info {};
    ASSERT_EQ(stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
    EXPECT_EQ(files(), 1u);
}

TEST_F(Credentials, AreReplacedByTheNextNode) {
    ASSERT_TRUE(write_credentials(file_, credentials_text({"one", "secret"}, "r")).ok());
    ASSERT_EQ(chmod(file_.c_str(), 0644), 0);
    const std::string text = credentials_text({"two", "secret"}, "r");
    ASSERT_TRUE(write_credentials(file_, text).ok());
    EXPECT_EQ(read(), text);
    struct stat info {};
    ASSERT_EQ(stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(Credentials, NeverReplaceAFileOfTheUsers) {
    for (const char* mine : {"", "[default]\naws_access_key_id = mine\n"}) {
        std::ofstream(file_) << mine;
        const Status refused = write_credentials(file_, credentials_text({"a", "b"}, "r"));
        EXPECT_EQ(refused.code(), Code::kUsage);
        EXPECT_THAT(refused.message(), testing::HasSubstr(file_));
        EXPECT_EQ(read(), mine);
    }
    std::filesystem::remove(file_);
    std::filesystem::create_symlink("elsewhere", file_);
    EXPECT_EQ(write_credentials(file_, "x").code(), Code::kUsage);
}

TEST_F(Credentials, AFileThatCannotBeWrittenIsNamed) {
    const Status failed = write_credentials(file_ + "/no/file", "x");
    EXPECT_EQ(failed.code(), Code::kIo);
    EXPECT_THAT(failed.message(), testing::HasSubstr(file_ + "/no/file"));
}

TEST(ShellWord, IsQuotedWhereItMustBe) {
    EXPECT_EQ(shell_word("/home/me/keys-1.txt"), "/home/me/keys-1.txt");
    EXPECT_EQ(shell_word("/home/a b"), "'/home/a b'");
    EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("~/keys"), "'~/keys'");
}

}  // namespace
}  // namespace csd::airmos
