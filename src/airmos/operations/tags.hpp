// SPDX-License-Identifier: BSD-3-Clause
//
// Tags of objects and buckets: their XML, the x-amz-tagging header, and the rules for both.
// Threads: pure. Tested by tags_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "airmos/objects/objects.hpp"
#include "airmos/xml/reader.hpp"

namespace csd::airmos::ops {

inline constexpr size_t kMaxObjectTags = 10;
inline constexpr size_t kMaxBucketTags = 50;
inline constexpr size_t kMaxTaggingBytes = 128 * 1024;  // of XML

// The `<Tag>`s of an element: MalformedXML, InvalidTag, BadRequest for too many.
Outcome<Pairs> read_tags(const xml::Element& set, size_t most);
// `<Tagging><TagSet><Tag>...`: the same errors.
Outcome<Pairs> parse_tagging(std::string xml, size_t most);
// `key=value&key=value`, percent-encoded: InvalidArgument, InvalidTag.
Outcome<Pairs> parse_tagging_header(std::string_view header);
std::string tagging_xml(const Pairs& tags);

}  // namespace csd::airmos::ops
