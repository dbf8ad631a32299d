// SPDX-License-Identifier: BSD-3-Clause
//
// What the listings share. Tested by listing_test.cc.
#include "airmos/operations/listing.hpp"

#include <algorithm>

#include "airmos/core/encoding.hpp"
#include "airmos/operations/object_headers.hpp"
#include "airmos/operations/text.hpp"

namespace csd::airmos::ops {

static Error invalid(std::string sentence, std::string_view name, std::string_view value) {
    return Error("InvalidArgument", std::move(sentence))
        .with("ArgumentName", std::string(name))
        .with("ArgumentValue", std::string(value));
}

Outcome<uint64_t> page_limit(const Fields& query, std::string_view name, uint64_t most) {
    const std::string* text = query.find(name);
    if (!text || text->empty()) return most;
    const auto number = parse_number(*text);
    if (!number || *number > INT32_MAX) {
        return invalid("Provided " + std::string(name) + " not an integer or within integer range",
                       name, *text);
    }
    return std::min(*number, most);
}

std::string Spelling::operator()(std::string_view name) const {
    return encoded ? percent_encode(name, "/") : std::string(name);
}

Outcome<Spelling> spelling_of(const Fields& query) {
    const std::string* type = query.find("encoding-type");
    if (!type || type->empty()) return Spelling{};
    if (*type == "url") return Spelling{true};
    return invalid("Invalid Encoding Method specified in Request", "encoding-type", *type);
}

std::string make_token(const PageStart& start) {
    std::string token(1, start.is_prefix ? 'p' : 'n');
    token += hex(start.after);
    return token;
}

Outcome<PageStart> read_token(std::string_view token) {
    const auto name = token.empty() ? std::nullopt : from_hex(token.substr(1));
    if (!name || name->size() > 2048 || (token[0] != 'p' && token[0] != 'n'))
        return invalid("The continuation token provided is incorrect", "continuation-token", token);
    return PageStart{*name, token[0] == 'p'};
}

PageStart read_marker(std::string marker, const ListQuery& query) {
    bool is_prefix = false;
    if (!query.delimiter.empty() && marker.starts_with(query.prefix)) {
        const size_t at = marker.find(query.delimiter, query.prefix.size());
        is_prefix = at != std::string::npos && at + query.delimiter.size() == marker.size();
    }
    return {std::move(marker), is_prefix};
}

Outcome<PageRequest> page_request(const Fields& arguments, std::string_view limit_name,
                                  std::string_view marker_name) {
    const auto spelling = spelling_of(arguments);
    if (!spelling.ok()) return spelling.error();
    const auto limit = page_limit(arguments, limit_name, kPageLimit);
    if (!limit.ok()) return limit.error();
    PageRequest made;
    made.spelling = spelling.value();
    made.marker = arguments.get(marker_name);
    made.query.prefix = arguments.get("prefix");
    made.query.delimiter = arguments.get("delimiter");
    made.query.limit = static_cast<uint32_t>(limit.value());
    PageStart start = read_marker(made.marker, made.query);
    made.query.after = std::move(start.after);
    made.query.after_prefix = start.is_prefix;
    return made;
}

Outcome<ListPage> read_page(const Services& services, const std::string& bucket,
                            const ListQuery& query) {
    if (query.limit == 0) {
        const auto exists = services.objects.bucket(bucket);
        if (!exists.ok()) return exists.error();
        return ListPage{};
    }
    return services.objects.list(bucket, query);
}

void write_owner(xml::Writer& answer, std::string_view element, const Services& services) {
    answer.open(element)
        .text("ID", services.owner_id)
        .text("DisplayName", services.owner_name)
        .close();
}

void write_contents(xml::Writer& answer, const ObjectEntry& entry, const Spelling& spelling) {
    answer.text("Key", spelling(entry.name));
    answer.text("LastModified", iso_date(entry.modified));
    answer.text("ETag", quoted(entry.etag));
    for (const std::string& algorithm : entry.checksum_algorithms)
        answer.text("ChecksumAlgorithm", algorithm);
    if (!entry.checksum_algorithms.empty())
        answer.text("ChecksumType", checksum_type(entry.composite_checksum));
    answer.number("Size", entry.size);
}

void write_common_prefixes(xml::Writer& answer, const std::vector<std::string>& prefixes,
                           const Spelling& spelling) {
    for (const std::string& prefix : prefixes)
        answer.open("CommonPrefixes").text("Prefix", spelling(prefix)).close();
}

}  // namespace csd::airmos::ops
