// SPDX-License-Identifier: BSD-3-Clause
//
// ListObjectsV2: all names of a bucket, page by page.
#include <fmt/core.h>

#include <string>

#include "airmos/rows.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

// The text between a tag and its end, or "".
std::string text_of(const std::string& xml, const std::string& tag) {
    const size_t begin = xml.find("<" + tag + ">");
    if (begin == std::string::npos) return {};
    const size_t from = begin + tag.size() + 2;
    return xml.substr(from, xml.find("</" + tag + ">", from) - from);
}

size_t count_of(const std::string& xml, const std::string& tag) {
    size_t count = 0;
    for (size_t at = xml.find(tag); at != std::string::npos; at = xml.find(tag, at + tag.size()))
        count++;
    return count;
}

size_t list_all(const S3& node) {
    size_t names = 0;
    std::string token;
    do {
        QueryArguments query = {{"list-type", "2"}, {"max-keys", "1000"}};
        if (!token.empty()) query.emplace_back("continuation-token", token);
        const std::string page = node.send(node.request("GET", "/names", {}, query));
        names += count_of(page, "<Key>");
        token = text_of(page, "NextContinuationToken");
    } while (!token.empty());
    return names;
}

}  // namespace

void rows_list(const Setting& setting, const Servers& servers) {
    const size_t names = setting.scaled(servers.at_length ? 1'000'000 : 100'000);
    (void)servers.node.send(servers.node.request("PUT", "/names"));
    constexpr size_t kBatch = 10'000;
    for (size_t from = 0; from < names; from += kBatch) {
        std::vector<HttpRequest> requests;
        for (size_t i = from; i < std::min(from + kBatch, names); i++)
            requests.push_back(servers.node.request(
                "PUT", fmt::format("/names/{:016x}/object-{}", scramble(i), i)));
        (void)put_under_load(servers.node.endpoint(), 32, requests);
    }
    const Samples samples = repeat(setting.rounds, [&] {
        const Stopwatch watch;
        const size_t found = list_all(servers.node);
        if (found != names) throw Failure(fmt::format("{} of {} names were listed", found, names));
        return static_cast<double>(names) / watch.seconds();
    });
    report(setting, {.work = fmt::format("ListObjectsV2 of {} names, a page of 1000", names),
                     .unit = Unit::kPerSecond,
                     .samples = samples,
                     .target = Target::at_least(50'000)});
}

}  // namespace csd::bench
