// SPDX-License-Identifier: BSD-3-Clause
//
// The XML of requests, as strangers may write it: a document is refused with a sentence, or is a tree within its bounds.
// Its texts, written again, are read as the same texts.
// Input: a document.
#include <cstdlib>

#include "airmos/operations/select_request.hpp"
#include "airmos/operations/tags.hpp"
#include "airmos/xml/reader.hpp"
#include "airmos/xml/writer.hpp"

using namespace csd::airmos;

static void require_sentence(const Error& error) {
    if (error.code().empty() || error.message().empty()) abort();
}

static size_t require_bounds(const xml::Element& element, size_t depth) {
    if (depth > xml::kMaxDepth) abort();
    (void)element.text();
    size_t elements = 1;
    for (const xml::Element& child : element.children())
        elements += require_bounds(child, depth + 1);
    return elements;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > 65536) return 0;
    const std::string text(reinterpret_cast<const char*>(data), size);
    for (const char* root : {"Delete", "CompleteMultipartUpload", "AccessControlPolicy"}) {
        const auto document = xml::Document::parse(text, root);
        if (!document.ok()) {
            require_sentence(document.error());
        } else if (require_bounds(document.value().root(), 1) > xml::kMaxElements) {
            abort();
        }
    }
    const auto tags = ops::parse_tagging(text, ops::kMaxBucketTags);
    if (!tags.ok()) {
        require_sentence(tags.error());
    } else {
        const auto again = ops::parse_tagging(ops::tagging_xml(tags.value()), ops::kMaxBucketTags);
        // XML has no words for most control characters: they are written as S3 does, and not read.
        if (again.ok() && again.value() != tags.value()) abort();
    }
    const auto select = ops::parse_select_request(text);
    if (!select.ok()) {
        require_sentence(select.error());
    } else {
        (void)ops::options_json(select.value(), 1000);
        if (ops::scanned_bytes(select.value(), 1000) > 1000) abort();
    }
    return 0;
}
