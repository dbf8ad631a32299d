// SPDX-License-Identifier: BSD-3-Clause
//
// Selects on the drive against the same query through libduckdb, with the same threads, on the same file.
//
// On 300 MB the yardstick is an instance opened before the clock starts, as the drive's workers are. On a few
// kilobytes it is one connection that stays open and warm over all queries; a drive gives each query a
// process of its own, and the rows below that show what of the difference DuckDB itself costs in a fresh one.
#include <fmt/core.h>

#include <filesystem>
#include <optional>
#include <thread>

#include "benchmarks.hpp"
#include "duck.hpp"
#include "host.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

using nvme::DataFormat;

constexpr int kThreads = 2;  // the engine's default

// One object on the drive, and how to ask both sides for the same thing.
struct Object {
    std::string name;
    DataFormat format;
    std::string copy;    // options of the COPY that makes it
    std::string reader;  // table function of the yardstick, with {} for the file
    std::string options = "";
};

class SelectBench {
  public:
    SelectBench(const Setting& setting, Object object, uint64_t rows, const std::string& condition)
        : setting_(setting),
          object_(std::move(object)),
          host_(setting.dir + "/" + object_.name,
                setting.normal_priority ? CSD_NORMAL_PRIORITY : 0),
          key_(key_of(1)) {
        const std::string made = setting.dir + "/made";
        Duck(kThreads).execute(
            fmt::format("COPY ({}) TO '{}' ({})", made_table(rows), made, object_.copy));
        host_.store_file(key_, made);
        bytes_ = std::filesystem::file_size(made);
        std::filesystem::remove(made);
        settle(setting.dir);
        sql_ = "SELECT id, customer, price, sold FROM {} WHERE " + condition;
        if (ours() != theirs(warm())) {
            throw Failure("the drive and libduckdb answer differently: " + object_.name);
        }
    }

    uint64_t bytes() const { return bytes_; }

    std::string ours() {
        return host_.select({key_, object_.format, object_.options, with_table("s3object")});
    }
    std::string theirs(Duck& duck) {
        const std::string file = host_.file_of(key_);
        return duck.select(with_table(fmt::format(fmt::runtime(object_.reader), file)));
    }
    Duck& warm() {
        if (!warm_) warm_.emplace(kThreads);
        return *warm_;
    }

    double our_ms() {
        const Stopwatch watch;
        ours();
        return watch.seconds() * 1e3;
    }
    double their_ms(Duck& duck) {
        const Stopwatch watch;
        theirs(duck);
        return watch.seconds() * 1e3;
    }

  private:
    std::string with_table(const std::string& table) const {
        return fmt::format(fmt::runtime(sql_), table);
    }

    const Setting& setting_;
    const Object object_;
    Host host_;
    const Key key_;
    uint64_t bytes_ = 0;
    std::string sql_;
    std::optional<Duck> warm_;
};

void scan(const Setting& setting, const Object& object, uint64_t rows) {
    SelectBench bench(setting, object, setting.scaled(rows), "quantity >= 990");
    const auto per_second = [&](double ms) {
        return static_cast<double>(bench.bytes()) / 1e3 / ms;
    };
    const auto ours = [&] { return per_second(bench.our_ms()); };
    const auto theirs = [&] {
        Duck fresh(kThreads);
        return per_second(bench.their_ms(fresh));
    };
    report(setting,
           {.work = fmt::format("select, {} MB of {}", bench.bytes() / 1'000'000, object.name),
            .unit = Unit::kMegabytesPerSecond,
            .samples = alternate(setting.rounds, ours, theirs),
            .yardstick = "the same through libduckdb, opened before",
            .target = Target::ratio_at_least(0.9)});
}

struct Pace {
    std::string name;
    int queries;
    std::chrono::milliseconds pause;
};

// The median of some queries, one each `pause`.
double p50_ms(const Pace& pace, const Measure& one) {
    std::vector<double> times;
    for (int i = 0; i < pace.queries; ++i) {
        std::this_thread::sleep_for(pace.pause);
        times.push_back(one());
    }
    return median(times);
}

void small(const Setting& setting, const Object& object, uint64_t rows, Target target) {
    SelectBench bench(setting, object, rows, "quantity >= 500");
    const int queries = setting.quick ? 3 : 8;
    const Pace paced{"p50", queries, std::chrono::milliseconds(100)};
    const Pace hurried{"back to back", queries, std::chrono::milliseconds(0)};
    const std::string work = fmt::format("select, {} KB of {}", bench.bytes() / 1000, object.name);
    const auto ours = [&] { return bench.our_ms(); };
    const auto theirs = [&] { return bench.their_ms(bench.warm()); };
    const auto fresh = [&] {
        Duck duck(kThreads);
        return bench.their_ms(duck);
    };
    const auto compare = [&](const Pace& pace, Target bound) {
        report(setting, {.work = fmt::format("{}, {}", work, pace.name),
                         .unit = Unit::kMilliseconds,
                         .samples = alternate(
                             setting.rounds, [&] { return p50_ms(pace, ours); },
                             [&] { return p50_ms(pace, theirs); }),
                         .yardstick = "the same through an open libduckdb connection",
                         .target = bound});
    };
    compare(paced, target);
    compare(hurried, {});
    report(setting, {.work = "  of this, DuckDB in a fresh instance",
                     .unit = Unit::kMilliseconds,
                     .samples = repeat(setting.rounds, [&] { return p50_ms(hurried, fresh); })});
}

}  // namespace

// A drive's types come from every record (docs/decisions/0009): so must those of the yardstick. Told the types, neither
// has to look.
void bench_scan(const Setting& setting) {
    const std::string told =
        R"({"columns": {"id": "BIGINT", "customer": "VARCHAR", "colour": "VARCHAR", "price": "DOUBLE",)"
        R"( "quantity": "BIGINT", "sold": "TIMESTAMP", "note": "VARCHAR"}})";
    const std::string types =
        "{{'id': 'BIGINT', 'customer': 'VARCHAR', 'colour': 'VARCHAR', 'price': 'DOUBLE',"
        " 'quantity': 'BIGINT', 'sold': 'TIMESTAMP', 'note': 'VARCHAR'}}";
    const Object csv{"CSV", DataFormat::kCsv, "FORMAT csv, HEADER",
                     "read_csv('{}', header = true, sample_size = -1)"};
    const Object json{"JSON", DataFormat::kJson, "FORMAT json",
                      "read_json('{}', sample_size = -1)"};
    scan(setting, csv, 3'250'000);
    scan(setting,
         {"CSV, types given", csv.format, csv.copy,
          "read_csv('{}', header = true, columns = " + types + ")", told},
         3'250'000);
    scan(setting, json, 1'870'000);
    scan(setting,
         {"JSON, types given", json.format, json.copy, "read_json('{}', columns = " + types + ")",
          told},
         1'870'000);
    scan(setting, {"Parquet", DataFormat::kParquet, "FORMAT parquet", "read_parquet('{}')"},
         5'400'000);
}

void bench_small_select(const Setting& setting) {
    const Object csv{"CSV", DataFormat::kCsv, "FORMAT csv, HEADER",
                     "read_csv('{}', header = true)"};
    Object told = csv;
    told.name = "CSV with options";
    told.options =
        R"({"delimiter": ",", "quote": "\"", "escape": "\"", "record_delimiter": "\n", "header": "use"})";
    told.reader =
        R"(read_csv('{}', delim = ',', quote = '"', escape = '"', new_line = '\n', header = true))";
    small(setting, csv, 230, Target::ratio_at_most(3));
    small(setting, told, 230, Target::at_most(10));
    small(setting, {"Parquet", DataFormat::kParquet, "FORMAT parquet", "read_parquet('{}')"}, 135,
          Target::ratio_at_most(5));
}

}  // namespace csd::bench
