// SPDX-License-Identifier: BSD-3-Clause
// Tested by files_test.cc and tests/cli.
#include "cli/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/interrupt.hpp"

namespace csd::cli {
namespace {

// A write failed because nobody reads what it would have written. This is no part of a failure's sentence, as programs
// do not read those.
std::atomic<bool> reader_gone = false;

bool is_standard(const std::string& path) {
    return path.empty() || path == "-";
}

mode_t current_umask() {
    const mode_t mask = umask(0);
    umask(mask);
    return mask;
}

Result<size_t> read_some(int fd, MutableBytes buffer, const std::string& name) {
    for (;;) {
        if (interrupted()) return Status(Code::kAborted, "interrupted");
        const ssize_t count = ::read(fd, buffer.data(), buffer.size());
        if (count >= 0) return static_cast<size_t>(count);
        if (errno != EINTR) return local_failure("cannot read " + name, errno);
    }
}

}  // namespace

Status local_failure(const std::string& what, int error) {
    if (error == EPIPE) reader_gone = true;
    return {Code::kInternal, what + ": " + std::strerror(error)};
}

bool reader_has_left() {
    return reader_gone;
}

Status write_all(int fd, Bytes bytes, const std::string& name) {
    while (!bytes.empty()) {
        if (interrupted()) return {Code::kAborted, "interrupted"};
        const ssize_t count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return local_failure("cannot write " + name, errno);
        bytes = bytes.subspan(static_cast<size_t>(count));
    }
    return {};
}

Result<Input> Input::open(const std::string& path) {
    Input input;
    if (is_standard(path)) {
        input.fd_ = STDIN_FILENO;
        input.name_ = "standard input";
    } else {
        input.file_ = UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!input.file_) return local_failure("cannot open '" + path + "'", errno);
        input.fd_ = input.file_.get();
        input.name_ = "'" + path + "'";
    }
    struct stat about = {};
    if (fstat(input.fd_, &about) == 0 && S_ISREG(about.st_mode)) {
        input.size_ = static_cast<uint64_t>(about.st_size);
    }
    return input;
}

kv::Source Input::source() const {
    return {[fd = fd_, name = name_](MutableBytes buffer) { return read_some(fd, buffer, name); }};
}

// What exists and is no regular file, such as /dev/null or a FIFO, is written in place.
Result<OutputFile> OutputFile::open(const std::string& path) {
    OutputFile output;
    if (is_standard(path)) {
        output.fd_ = STDOUT_FILENO;
        output.name_ = "standard output";
        return output;
    }
    output.name_ = "'" + path + "'";
    std::error_code unresolved;
    output.target_ = std::filesystem::weakly_canonical(path, unresolved).string();
    struct stat about = {};
    const bool special = stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
    if (special) {
        output.file_ = UniqueFd(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    } else {
        output.temporary_ = output.target_ + ".XXXXXX";
        output.file_ = UniqueFd(mkostemp(output.temporary_.data(), O_CLOEXEC));
        if (!output.file_) output.temporary_.clear();
    }
    if (!output.file_) return local_failure("cannot write " + output.name_, errno);
    output.fd_ = output.file_.get();
    return output;
}

OutputFile::~OutputFile() {
    if (file_ && !temporary_.empty()) unlink(temporary_.c_str());
}

kv::Sink OutputFile::sink() const {
    kv::Sink sink;
    sink.write = [fd = fd_, name = name_](Bytes bytes) { return write_all(fd, bytes, name); };
    if (temporary_.empty()) return sink;
    sink.restart = [fd = fd_, name = name_] {
        const bool empty = ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0;
        return empty ? Status() : local_failure("cannot write " + name, errno);
    };
    return sink;
}

Status OutputFile::commit() {
    if (temporary_.empty()) return {};
    if (fchmod(fd_, 0666 & ~current_umask()) != 0 ||
        rename(temporary_.c_str(), target_.c_str()) != 0) {
        return local_failure("cannot write " + name_, errno);
    }
    temporary_.clear();
    return {};
}

}  // namespace csd::cli
