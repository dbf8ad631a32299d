// SPDX-License-Identifier: BSD-3-Clause
//
// What a value seems to be, for the sentence about one that is not what the command says.
// Pure; any thread. Tested by looks_like_test.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace csd::worker {

enum class Look : uint8_t {
    kNothing,  // it is empty
    kGzip,
    kBzip2,
    kZstd,
    kParquet,
    kUtf16,
    kJson,
    kXml,
    kZip,
    kBinary,
    kText,  // CSV, as far as one can see
};

// `front` are the first bytes, some kilobytes are enough.
Look look_of(std::string_view front);

// Such as "gzip data", "JSON", "binary data": what stands behind "the value looks like".
std::string_view name_of(Look look);
// What to do about it: what the value is to be read as, or how to convert it. Behind a semicolon.
std::string_view advice_of(Look look);

// The first byte of `text` that is not UTF-8. A character that the text's end cuts counts only if the text is `whole`.
std::optional<size_t> first_not_utf8(std::string_view text, bool whole);

}  // namespace csd::worker
