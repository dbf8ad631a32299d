// SPDX-License-Identifier: BSD-3-Clause
#include "cli/files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace csd::cli {
namespace {

class Files : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-files-XXXXXX").string();
        ASSERT_NE(nullptr, mkdtemp(pattern.data()));
        directory_ = pattern;
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }

    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    void write(const std::string& name, const std::string& text) {
        std::ofstream(directory_ / name) << text;
    }
    std::string read(const std::string& name) const {
        std::ifstream file(directory_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    size_t count() const {
        const std::filesystem::directory_iterator all(directory_);
        return static_cast<size_t>(std::distance(begin(all), end(all)));
    }

    std::filesystem::path directory_;
};

TEST_F(Files, AnOutputAppearsWhole) {
    {
        auto output = OutputFile::open(path("out"));
        ASSERT_TRUE(output.ok());
        ASSERT_TRUE(output.value().sink().write(as_bytes("new")).ok());
        EXPECT_FALSE(std::filesystem::exists(path("out")));
        ASSERT_TRUE(output.value().commit().ok());
    }
    EXPECT_EQ("new", read("out"));
    EXPECT_EQ(1u, count());
}

TEST_F(Files, AnOutputThatIsGivenUpLeavesTheOldFile) {
    write("out", "old");
    {
        auto output = OutputFile::open(path("out"));
        ASSERT_TRUE(output.ok());
        ASSERT_TRUE(output.value().sink().write(as_bytes("torn")).ok());
    }
    EXPECT_EQ("old", read("out"));
    EXPECT_EQ(1u, count());
}

TEST_F(Files, ARestartTakesBackWhatWasWritten) {
    auto output = OutputFile::open(path("out"));
    ASSERT_TRUE(output.ok());
    const kv::Sink sink = output.value().sink();
    ASSERT_TRUE(sink.write(as_bytes("first try, long")).ok());
    ASSERT_TRUE(sink.restart().ok());
    ASSERT_TRUE(sink.write(as_bytes("second")).ok());
    ASSERT_TRUE(output.value().commit().ok());
    EXPECT_EQ("second", read("out"));
}

TEST_F(Files, AnOutputHasTheModeOfAnyNewFile) {
    const mode_t before = umask(027);
    {
        auto output = OutputFile::open(path("out"));
        ASSERT_TRUE(output.ok());
        ASSERT_TRUE(output.value().commit().ok());
    }
    umask(before);
    struct stat about = {};
    ASSERT_EQ(0, stat(path("out").c_str(), &about));
    EXPECT_EQ(0640u, about.st_mode & 0777);
}

TEST_F(Files, ALinkStaysALink) {
    write("real", "old");
    std::filesystem::create_symlink("real", path("link"));
    auto output = OutputFile::open(path("link"));
    ASSERT_TRUE(output.ok());
    ASSERT_TRUE(output.value().sink().write(as_bytes("new")).ok());
    ASSERT_TRUE(output.value().commit().ok());
    EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
    EXPECT_EQ("new", read("real"));
}

TEST_F(Files, ADeviceIsWrittenInPlace) {
    auto output = OutputFile::open("/dev/null");
    ASSERT_TRUE(output.ok());
    EXPECT_FALSE(output.value().sink().restart);
    EXPECT_TRUE(output.value().sink().write(as_bytes("gone")).ok());
    EXPECT_TRUE(output.value().commit().ok());
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(Files, AnOutputThatCannotBeMadeFails) {
    EXPECT_FALSE(OutputFile::open(path("none/out")).ok());
    auto full = OutputFile::open("/dev/full");
    ASSERT_TRUE(full.ok());
    EXPECT_FALSE(full.value().sink().write(as_bytes("x")).ok());
}

TEST_F(Files, AnInputKnowsItsSize) {
    write("in", "12345");
    const auto input = Input::open(path("in"));
    ASSERT_TRUE(input.ok());
    EXPECT_EQ(5u, input.value().size());
    std::array<uint8_t, 10> buffer{};
    EXPECT_EQ(5u, input.value().source().read(buffer).value());
    EXPECT_EQ(0u, input.value().source().read(buffer).value());
    EXPECT_FALSE(Input::open(path("none")).ok());
    EXPECT_FALSE(Input::open(path("")).value().source().read(buffer).ok()) << "a directory";
    EXPECT_FALSE(Input::open("/dev/null").value().size().has_value());
}

}  // namespace
}  // namespace csd::cli
