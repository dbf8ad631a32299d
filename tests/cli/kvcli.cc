// SPDX-License-Identifier: BSD-3-Clause
#include "cli/kvcli.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

namespace csd::cli_test {
namespace {

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// Nearly every test begins with a new drive, so the line about it is taken out of standard error.
void take_announcement(Ran* ran) {
    if (!ran->err.starts_with("kvcli: made a new drive in ")) return;
    ran->new_drive = true;
    ran->err.erase(0, ran->err.find('\n') + 1);
}

// Only async-signal-safe calls between fork and exec.
pid_t spawn(const std::vector<std::string>& args, const std::string& device, int input, int output,
            int error) {
    std::vector<char*> argv{const_cast<char*>(KVCLI_PATH)};
    for (const std::string& arg : args) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    std::vector<std::string> environment;
    for (char** variable = environ; *variable != nullptr; variable++) {
        if (!std::string_view(*variable).starts_with("KVCLI_DEVICE="))
            environment.emplace_back(*variable);
    }
    if (!device.empty()) environment.push_back("KVCLI_DEVICE=" + device);
    std::vector<char*> envp;
    for (std::string& variable : environment) envp.push_back(variable.data());
    envp.push_back(nullptr);
    const pid_t child = fork();
    if (child != 0) return child;
    if (dup2(input, 0) < 0 || dup2(output, 1) < 0 || dup2(error, 2) < 0) _exit(99);
    execve(KVCLI_PATH, argv.data(), envp.data());
    _exit(99);
}

std::string unique_name(const std::filesystem::path& directory, const char* what) {
    static std::atomic<int> count{0};
    return (directory / (std::string(what) + std::to_string(count++))).string();
}

}  // namespace

Running::Running(std::vector<std::string> args, const std::string& device,
                 std::filesystem::path directory)
    : error_file_(unique_name(directory, "errors")) {
    int input[2];
    int output[2];
    EXPECT_EQ(0, pipe2(input, O_CLOEXEC));
    EXPECT_EQ(0, pipe2(output, O_CLOEXEC));
    const int error = open(error_file_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    pid_ = spawn(args, device, input[0], output[1], error);
    for (const int fd : {input[0], output[1], error}) close(fd);
    input_ = input[1];
    output_ = output[0];
}

Running::~Running() {
    if (pid_ > 0) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    for (const int fd : {input_, output_}) {
        if (fd >= 0) close(fd);
    }
    std::filesystem::remove(error_file_);
}

void Running::type(const std::string& text) {
    EXPECT_EQ(static_cast<ssize_t>(text.size()), ::write(input_, text.data(), text.size()));
}

void Running::end_input() {
    if (input_ >= 0) close(input_);
    input_ = -1;
}

void Running::signal(int number) {
    kill(pid_, number);
}

void Running::wait_for_error(const std::string& text) const {
    for (int i = 0; i < 6000; i++) {
        if (text_of(error_file_).find(text) != std::string::npos) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    ADD_FAILURE() << "standard error is: " << text_of(error_file_);
}

void Running::read_and_leave(size_t bytes) {
    std::string taken(bytes, '\0');
    for (size_t got = 0; got < bytes;) {
        const ssize_t count = ::read(output_, taken.data() + got, bytes - got);
        if (count <= 0) break;
        got += static_cast<size_t>(count);
    }
    close(output_);
    output_ = -1;
}

Ran Running::wait() {
    Ran ran;
    char buffer[65536];
    for (ssize_t count; output_ >= 0 && (count = ::read(output_, buffer, sizeof buffer)) > 0;) {
        ran.out.append(buffer, static_cast<size_t>(count));
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ran.err = text_of(error_file_);
    take_announcement(&ran);
    return ran;
}

void Kvcli::SetUp() {
    std::string pattern = (std::filesystem::temp_directory_path() / "csd-kvcli-XXXXXX").string();
    ASSERT_NE(nullptr, mkdtemp(pattern.data()));
    directory_ = pattern;
    use("");
}

void Kvcli::TearDown() {
    std::filesystem::remove_all(directory_);
}

std::unique_ptr<Running> Kvcli::start(const std::vector<std::string>& args) {
    return std::make_unique<Running>(args, device_, directory_);
}

// The input goes through a file, so that it can be larger than a pipe.
Ran Kvcli::run(const std::vector<std::string>& args, const std::string& input) {
    const std::string names[] = {unique_name(directory_, "in"), unique_name(directory_, "out"),
                                 unique_name(directory_, "err")};
    std::ofstream(names[0], std::ios::binary) << input;
    const int in = open(names[0].c_str(), O_RDONLY | O_CLOEXEC);
    const int out = open(names[1].c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const int err = open(names[2].c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const pid_t pid = spawn(args, device_, in, out, err);
    for (const int fd : {in, out, err}) close(fd);
    int status = 0;
    waitpid(pid, &status, 0);
    Ran ran{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), text_of(names[1]),
            text_of(names[2])};
    take_announcement(&ran);
    for (const std::string& name : names) std::filesystem::remove(name);
    return ran;
}

std::string Kvcli::answer(const std::vector<std::string>& args, const std::string& input) {
    const Ran ran = run(args, input);
    EXPECT_EQ(0, ran.status) << ran.err;
    EXPECT_EQ("", ran.err);
    return ran.out;
}

nlohmann::json Kvcli::json_answer(std::vector<std::string> args, const std::string& input) {
    args.insert(args.begin(), {"-o", "json"});
    const std::string text = answer(args, input);
    EXPECT_EQ(text.find('\n') + 1, text.size()) << "one line: " << text;
    return nlohmann::json::parse(text, nullptr, false);
}

nlohmann::json Kvcli::json_error(std::vector<std::string> args, int status) {
    args.insert(args.begin(), {"-o", "json"});
    const Ran ran = run(args);
    EXPECT_EQ(status, ran.status) << ran.err;
    EXPECT_EQ("", ran.out);
    const auto error = nlohmann::json::parse(ran.err, nullptr, false);
    EXPECT_TRUE(error.is_object()) << ran.err;
    EXPECT_TRUE(error.contains("error") && error.contains("sct") && error.contains("sc"))
        << ran.err;
    return error;
}

void Kvcli::write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
}

std::string Kvcli::read(const std::string& name) const {
    return text_of(path(name));
}

size_t Kvcli::files() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_)) {
        count += entry.path().filename() != "drive" ? 1 : 0;
    }
    return count;
}

}  // namespace csd::cli_test
