// SPDX-License-Identifier: BSD-3-Clause
//
// A select in the drive against downloading the object and asking DuckDB, in time and in bytes that leave the node.
#include <fmt/core.h>

#include <fstream>
#include <sstream>

#include "airmos/rows.hpp"
#include "duck.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

// About 1 % of the table.
constexpr const char* kExpression =
    "SELECT s.id, s.colour, s.price FROM S3Object s WHERE CAST(s.quantity AS INT) &gt;= 990";
constexpr const char* kLocal = "SELECT id, colour, price FROM '{}' WHERE quantity >= 990";

std::string select_body() {
    return std::string("<SelectObjectContentRequest><Expression>") + kExpression +
           "</Expression><ExpressionType>SQL</"
           "ExpressionType><InputSerialization><CSV><FileHeaderInfo>USE"
           "</FileHeaderInfo></CSV></InputSerialization><OutputSerialization><CSV/></"
           "OutputSerialization>"
           "</SelectObjectContentRequest>";
}

uint32_t number(std::string_view bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++) value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

// The payloads of the Records messages.
std::string records_of(std::string_view stream) {
    std::string records;
    bool ended = false;
    while (stream.size() >= 16) {
        const uint32_t total = number(stream), headers = number(stream.substr(4));
        if (total > stream.size() || headers + 16 > total)
            throw Failure("the answer is no event stream");
        const std::string_view names = stream.substr(12, headers);
        if (names.find("error") != std::string_view::npos)
            throw Failure("the select failed: " + std::string(names));
        if (names.find("Records") != std::string_view::npos)
            records += stream.substr(12 + headers, total - headers - 16);
        ended = names.find("End") != std::string_view::npos;
        stream.remove_prefix(total);
    }
    if (!ended) throw Failure("the answer has no end");
    return records;
}

std::string contents(const std::string& file) {
    std::stringstream text;
    text << std::ifstream(file, std::ios::binary).rdbuf();
    return text.str();
}

}  // namespace

void rows_select(const Setting& setting, const Servers& servers) {
    const uint64_t rows = setting.scaled(servers.at_length ? 3'250'000 : 1'000'000);
    const std::string file = setting.dir + "/table.csv",
                      downloaded = setting.dir + "/downloaded.csv";
    Duck duck(2);
    duck.execute(fmt::format("COPY ({}) TO '{}' (HEADER)", made_table(rows), file));
    const std::string table = contents(file);
    (void)servers.node.send(servers.node.request("PUT", "/bench/table", table));

    const std::string body = select_body();
    Samples moved;
    auto ours = [&] {
        std::string stream;
        const Stopwatch watch;
        (void)put_under_load(servers.node.endpoint(), 1,
                             {servers.node.request("POST", "/bench/table", body,
                                                   {{"select", ""}, {"select-type", "2"}})},
                             [&](std::string_view piece) { stream += piece; });
        const double milliseconds = watch.seconds() * 1e3;
        moved.ours.push_back(static_cast<double>(stream.size()));
        const std::string expected = duck.select(fmt::format(fmt::runtime(kLocal), file));
        if (records_of(stream) != expected) throw Failure("the node and DuckDB answer differently");
        return milliseconds;
    };
    auto theirs = [&] {
        const Stopwatch watch;
        std::ofstream out(downloaded, std::ios::binary | std::ios::trunc);
        const Load load = put_under_load(
            servers.node.endpoint(), 1, {servers.node.request("GET", "/bench/table")},
            [&](std::string_view piece) {
                out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
            });
        out.close();
        (void)duck.select(fmt::format(fmt::runtime(kLocal), downloaded));
        const double milliseconds = watch.seconds() * 1e3;
        moved.yardstick.push_back(static_cast<double>(load.bytes));
        return milliseconds;
    };
    const Samples times = alternate(setting.rounds, ours, theirs);
    const std::string work = fmt::format("select 1 % of {} MB of CSV", table.size() / 1'000'000);
    report(setting, {.work = work + ", time",
                     .unit = Unit::kMilliseconds,
                     .samples = times,
                     .yardstick = "GET, then DuckDB on the file"});
    report(setting, {.work = work + ", bytes moved",
                     .unit = Unit::kBytes,
                     .samples = moved,
                     .yardstick = "GET, then DuckDB on the file"});
}

}  // namespace csd::bench
