// SPDX-License-Identifier: BSD-3-Clause
//
// The files of a worker: their fixed numbers, reading, writing within limits, and decompression.
//
// The numbers are fixed so that DuckDB can be told once, before the fork, which paths it may open. The two
// scratch files are memory files made before the sandbox closes; they die with the worker.
// One thread. Tested by query_value_test.cc.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "csd/status.hpp"
#include "device/worker/select_options.hpp"

namespace csd::worker {

inline constexpr int kSocketFd = 3;
inline constexpr int kObjectFd = 10;
inline constexpr int kResultFd = 11;
inline constexpr int kInputScratchFd = 12;
inline constexpr int kOutputScratchFd = 13;
inline constexpr int kFirstUnusedFd = 14;

std::string path_of(int fd);

// A file's bytes, mapped; empty when it is empty.
class MappedFile {
  public:
    explicit MappedFile(int fd);
    ~MappedFile();
    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    bool ok() const { return ok_; }
    std::string_view text() const { return text_; }

  private:
    std::string_view text_;
    bool ok_ = false;
};

// As many bytes of a value as show what it is.
inline constexpr size_t kLookBytes = 4096;

uint64_t file_bytes(int fd);
// At most `bytes` from the front or, with `offset`, from there.
std::string read_some(int fd, uint64_t offset, size_t bytes);
// kQueryLimit when the file may not grow that large; kQueryEngine on any other failure.
Status write_all(int fd, std::string_view text);
Status empty_file(int fd);

// Feeds the decompressed bytes to `sink` until it fails or they end. kQueryData when they are damaged.
// A value that is several streams one behind the other is read to its end.
using Sink = std::function<Status(std::string_view)>;
Status decompress(int fd, Compression compression, const Sink& sink);

// The first `bytes` of the value as it is when decompressed.
Result<std::string> decompressed_front(int fd, Compression compression, size_t bytes);

}  // namespace csd::worker
