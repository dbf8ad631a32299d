// SPDX-License-Identifier: BSD-3-Clause
//
// Tags. Tested by tags_test.cc.
#include "airmos/operations/tags.hpp"

#include <utility>

#include "airmos/core/encoding.hpp"
#include "airmos/operations/text.hpp"
#include "airmos/xml/writer.hpp"

namespace csd::airmos::ops {

static Outcome<Pairs> checked(Pairs tags, size_t most) {
    if (tags.size() > most) {
        return Error("BadRequest", "There are " + std::to_string(tags.size()) +
                                       " tags; the most is " + std::to_string(most));
    }
    for (size_t i = 0; i < tags.size(); i++) {
        const auto& [key, value] = tags[i];
        const size_t length = count_characters(key);
        if (length < 1 || length > 128)
            return Error("InvalidTag", "The TagKey you have provided is invalid")
                .with("TagKey", key);
        if (count_characters(value) > 256)
            return Error("InvalidTag", "The TagValue you have provided is invalid")
                .with("TagKey", key);
        if (lower(key).starts_with("aws:"))
            return Error("InvalidTag", "Keys that begin with aws: are S3's own")
                .with("TagKey", key);
        for (size_t earlier = 0; earlier < i; earlier++) {
            if (tags[earlier].first == key)
                return Error("InvalidTag", "Cannot provide multiple Tags with the same key")
                    .with("TagKey", key);
        }
    }
    return tags;
}

Outcome<Pairs> read_tags(const xml::Element& set, size_t most) {
    Pairs tags;
    for (const xml::Element& tag : set.children("Tag")) {
        auto key = tag.text_of("Key"), value = tag.text_of("Value");
        if (!key || !value) return Error("MalformedXML", "A Tag needs a Key and a Value");
        tags.emplace_back(std::move(*key), std::move(*value));
    }
    return checked(std::move(tags), most);
}

Outcome<Pairs> parse_tagging(std::string xml, size_t most) {
    auto document = xml::Document::parse(std::move(xml), "Tagging");
    if (!document.ok()) return document.error();
    const auto set = document.value().root().child("TagSet");
    if (!set) return Error("MalformedXML", "Tagging has no TagSet");
    return read_tags(*set, most);
}

static std::optional<std::string> form_decode(std::string_view text) {
    auto decoded = percent_decode(text, Plus::kIsBlank);
    if (decoded && !valid_utf8(*decoded)) return std::nullopt;
    return decoded;
}

Outcome<Pairs> parse_tagging_header(std::string_view header) {
    Pairs tags;
    if (header.empty()) return tags;
    for (const std::string_view one : split(header, '&')) {
        const size_t equals = one.find('=');
        auto key = form_decode(one.substr(0, equals));
        auto value = form_decode(equals == std::string_view::npos ? "" : one.substr(equals + 1));
        if (!key || !value) {
            return Error("InvalidArgument",
                         "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL "
                         "query parameters without tag name duplicates.")
                .with("ArgumentName", "x-amz-tagging")
                .with("ArgumentValue", std::string(header));
        }
        tags.emplace_back(std::move(*key), std::move(*value));
    }
    return checked(std::move(tags), kMaxObjectTags);
}

std::string tagging_xml(const Pairs& tags) {
    xml::Writer answer("Tagging");
    answer.open("TagSet");
    for (const auto& [key, value] : tags)
        answer.open("Tag").text("Key", key).text("Value", value).close();
    return answer.finish();
}

}  // namespace csd::airmos::ops
