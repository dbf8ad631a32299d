// SPDX-License-Identifier: BSD-3-Clause
//
// Record: the frame of every small value of ours on a drive, and the numbers and texts inside it.
//
//     "AMOS" | type u8 | version u8 | 0 u16 | body | first 8 bytes of the SHA-256 of all before
//
// Numbers are little-endian; a text is its length (u32) and its bytes. A reader that runs out of bytes gives zeros and
// remembers it, so that a decoder is straight code and one question at its end.
// Threads: values. Tested by records_test.cc.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "airmos/objects/layout.hpp"
#include "base/bytes.hpp"
#include "csd/status.hpp"

namespace csd::airmos::objects {

inline constexpr uint8_t kRecordVersion = 1;
// A manifest with 10 000 parts that all have checksums has less.
inline constexpr size_t kMostRecordBytes = 4 * kMiB;

class RecordWriter {
  public:
    explicit RecordWriter(RecordType type);
    template <typename T>
    void number(T value) {
        const size_t at = bytes_.size();
        bytes_.resize(at + sizeof(T));
        store_le<T>(bytes_, at, value);
    }
    void text(std::string_view text);
    void raw(Bytes bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
    std::vector<uint8_t> finish() &&;

  private:
    std::vector<uint8_t> bytes_;
};

class RecordReader {
  public:
    // Judges the frame. The bytes are lent.
    static Result<RecordReader> open(RecordType type, Bytes value);

    template <typename T>
    T number() {
        const Bytes bytes = take(sizeof(T));
        return bytes.empty() ? T{0} : load_le<T>(bytes, 0);
    }
    std::string text() { return std::string(as_text(take(number<uint32_t>()))); }
    template <size_t N>
    void raw(std::array<uint8_t, N>& into) {
        const Bytes bytes = take(N);
        std::copy(bytes.begin(), bytes.end(), into.begin());
    }
    // How many elements follow, each of at least `least` bytes: a number that cannot be true is none.
    size_t count(size_t least);
    // Whether everything was there and nothing is left.
    bool whole() const { return !short_ && rest_.empty(); }

  private:
    explicit RecordReader(Bytes body) : rest_(body) {}
    Bytes take(size_t bytes);

    Bytes rest_;
    bool short_ = false;
};

}  // namespace csd::airmos::objects
