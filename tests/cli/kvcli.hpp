// SPDX-License-Identifier: BSD-3-Clause
//
// Kvcli: the fixture of the tests that run the real program, and its language.
//
//     EXPECT_EQ(0, run({"store", "k"}, "hello").status);
//     EXPECT_EQ("hello", run({"retrieve", "k"}).out);
//
// Each test has a drive of its own in a directory of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/types.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace csd::cli_test {

struct Ran {
    int status = -1;  // exit status, or 128 and the signal
    std::string out;
    std::string err;         // without the line that tells of a new drive
    bool new_drive = false;  // whether there was that line, the first one
};

// A kvcli that runs. Its standard input is a pipe held open by the test.
class Running {
  public:
    Running(std::vector<std::string> args, const std::string& device,
            std::filesystem::path directory);
    ~Running();
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

    void type(const std::string& text);  // to standard input
    void end_input();
    void signal(int number);
    // Returns when standard error has the text, or fails the test when it has not after a minute.
    void wait_for_error(const std::string& text) const;
    // The reader of standard output goes away, after `bytes` of it.
    void read_and_leave(size_t bytes);
    Ran wait();

  private:
    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::filesystem::path error_file_;
};

class Kvcli : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;

    // Parameters of the emulator, such as "?dialect=2023".
    void use(const std::string& parameters) { device_ = "emulator:" + path("drive") + parameters; }
    Ran run(const std::vector<std::string>& args, const std::string& input = "");
    std::unique_ptr<Running> start(const std::vector<std::string>& args);
    // Runs it, which must succeed, and returns standard output.
    std::string answer(const std::vector<std::string>& args, const std::string& input = "");
    nlohmann::json json_answer(std::vector<std::string> args, const std::string& input = "");
    // Runs it with -o json, which must fail with the status, and returns the error.
    nlohmann::json json_error(std::vector<std::string> args, int status);

    std::string path(const std::string& name) const { return (directory_ / name).string(); }
    void write(const std::string& name, const std::string& text) const;
    std::string read(const std::string& name) const;
    // Files beside the drive: what a failed transfer may have left.
    size_t files() const;

    std::filesystem::path directory_;
    std::string device_;
};

}  // namespace csd::cli_test
