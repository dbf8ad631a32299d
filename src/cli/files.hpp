// SPDX-License-Identifier: BSD-3-Clause
//
// The local end of a transfer: standard input and output, and files.
// Tested by files_test.cc and tests/cli.
#pragma once

#include <optional>
#include <string>

#include "base/unique_fd.hpp"
#include "csd/kv.hpp"

namespace csd::cli {

// A failure of this computer's files, which is not the drive's.
Status local_failure(const std::string& what, int error);
// Whether a failure was that nobody reads what this program writes: then nobody wants to hear of it either.
bool reader_has_left();

Status write_all(int fd, Bytes bytes, const std::string& name);

// What `store` reads: a file, or standard input for "" and "-".
class Input {
  public:
    static Result<Input> open(const std::string& path);
    kv::Source source() const;
    std::optional<uint64_t> size() const { return size_; }  // of a regular file

  private:
    UniqueFd file_;
    int fd_ = -1;
    std::string name_;
    std::optional<uint64_t> size_;
};

// What `retrieve` and `select` write: standard output, or a file that appears whole or not at all.
class OutputFile {
  public:
    static Result<OutputFile> open(const std::string& path);  // "" and "-": standard output
    OutputFile(OutputFile&&) = default;
    OutputFile& operator=(OutputFile&&) = delete;
    ~OutputFile();  // without commit(): nothing has changed

    kv::Sink sink() const;
    Status commit();

  private:
    OutputFile() = default;

    UniqueFd file_;
    int fd_ = -1;
    std::string name_;
    std::string target_;     // the file to be
    std::string temporary_;  // its name until then; empty when written directly
};

}  // namespace csd::cli
