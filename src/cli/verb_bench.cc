// SPDX-License-Identifier: BSD-3-Clause
//
// bench: a load generator. Its values are named bench-0, bench-1, ...; it makes what it needs before
// the clock starts, and deletes them afterwards. Tested by tests/cli.
#include <fmt/format.h>

#include <map>
#include <thread>

#include "cli/bench/load.hpp"
#include "cli/interrupt.hpp"
#include "cli/units.hpp"
#include "cli/verbs.hpp"

namespace csd::cli {
namespace {

const std::map<std::string, LoadVerb> kLoadVerbs = {
    {"store", LoadVerb::kStore},   {"retrieve", LoadVerb::kRetrieve}, {"mixed", LoadVerb::kMixed},
    {"exists", LoadVerb::kExists}, {"delete", LoadVerb::kDelete},     {"append", LoadVerb::kAppend},
    {"list", LoadVerb::kList},     {"select", LoadVerb::kSelect}};

constexpr std::pair<const char*, double> kQuantiles[] = {
    {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}};

struct Report {
    LoadResult total;
    double seconds = 0;

    double rate() const {
        return seconds > 0 ? static_cast<double>(total.latency_ns.count()) / seconds : 0;
    }
    double megabytes_per_s() const {
        return seconds > 0 ? static_cast<double>(total.bytes) / 1e6 / seconds : 0;
    }
};

class BenchVerb : public Verb {
  public:
    void declare(CLI::App& app) override {
        app.add_option(
               "--verb", verb_,
               "store, retrieve, mixed, exists, delete, append, list or select (store if absent)")
            ->check(CLI::IsMember(kLoadVerbs));
        app.add_option("--size", size_, "Bytes of a value, such as 4096, 64k or 3m (4k if absent)")
            ->check(parsed_by(parse_bytes));
        app.add_option("--queue-depth", options_.queue_depth,
                       "Operations in flight in each thread (1 if absent)")
            ->check(CLI::Range(1, 4096));
        app.add_option("--threads", options_.threads,
                       "Threads, each with a connection of its own (1 if absent)")
            ->check(CLI::Range(1, 256));
        app.add_option("--keys", options_.keys,
                       "How many keys to spread the operations over (1000 if absent)")
            ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}));
        app.add_option("--duration", seconds_, "Seconds to run (5 if absent)")
            ->check(CLI::Range(0.001, 1e6));
        app.add_option("--ops", options_.operations, "Run so many operations instead")
            ->check(whole_number());
        app.add_flag("--keep", keep_, "Leave the values on the drive");
    }

    Result<int> run(Session& session) override {
        const auto size = parse_bytes(size_);
        if (!size.ok()) return size.status();
        options_.value_bytes = size.value();
        options_.verb = kLoadVerbs.at(verb_);
        options_.duration = std::chrono::milliseconds(static_cast<int64_t>(seconds_ * 1000));
        options_.cancel = interrupt_token();
        const auto drive = session.drive();
        if (!drive.ok()) return drive.status();
        const Status made = make_values(*drive.value());
        const auto report = made.ok() ? measure(session, *drive.value()) : Result<Report>(made);
        const Status cleaned =
            keep_ ? Status() : clean_up(session, *drive.value(), report.status());
        if (!report.ok() && !cleaned.ok()) {
            session.warn("values named bench-0, bench-1 and so on are still on the drive: " +
                         cleaned.message());
        }
        if (!report.ok()) return report.status();
        if (!cleaned.ok()) return cleaned;
        const Status told = session.json() ? session.print_json(to_json(report.value()))
                                           : session.print_line(to_table(report.value()));
        if (!told.ok()) return told;
        return kExitDone;
    }

  private:
    Status make_values(kv::Client& drive) const {
        if (!needs_values(options_.verb)) return {};
        const auto value = bench_value(options_.verb, options_.value_bytes);
        for (uint64_t i = 0; i < options_.keys; i++) {
            if (const Status stored = drive.store(bench_key(i), value); !stored.ok()) return stored;
        }
        return {};
    }

    // Whatever ended the run. A client that was interrupted sends nothing more, so another one deletes.
    Status clean_up(const Session& session, kv::Client& drive, const Status& run) const {
        if (run.code() == Code::kTransport) return run;
        if (!interrupted()) return delete_values(drive);
        const auto another = session.connect_to_clean_up();
        return another.ok() ? delete_values(*another.value()) : another.status();
    }

    // Of those that there are, since a run that was interrupted may have made few of very many.
    Status delete_values(kv::Client& drive) const {
        const auto found = drive.list({.prefix = *Key::from_text("bench-")});
        if (!found.ok()) return found.status();
        for (const Key& key : found.value()) {
            if (!is_bench_key(key, options_.keys)) continue;
            const Status erased = drive.erase(key);
            if (!erased.ok() && erased.code() != Code::kNotFound) return erased;
        }
        return {};
    }

    // Every thread has a Client of its own; the first uses the session's.
    Result<Report> measure(const Session& session, kv::Client& first) const {
        std::vector<std::unique_ptr<kv::Client>> others;
        for (uint32_t i = 1; i < options_.threads; i++) {
            auto opened = session.connect();
            if (!opened.ok()) return opened.status();
            others.push_back(std::move(opened).value());
        }
        std::vector<LoadResult> results(options_.threads);
        LoadClock clock(options_);
        std::vector<std::thread> threads;
        for (size_t i = 1; i < results.size(); i++) {
            threads.emplace_back(
                [&, i] { results[i] = run_load(*others[i - 1], options_, clock); });
        }
        results[0] = run_load(first, options_, clock);
        for (std::thread& thread : threads) thread.join();
        Report report;
        report.seconds = clock.seconds();
        for (const LoadResult& result : results) {
            if (!result.failure.ok()) return result.failure;
            report.total.latency_ns.merge(result.latency_ns);
            report.total.bytes += result.bytes;
        }
        if (interrupted()) return Status(Code::kAborted, "interrupted");
        return report;
    }

    nlohmann::ordered_json to_json(const Report& report) const {
        nlohmann::ordered_json latency;
        for (const auto& [name, part] : kQuantiles) {
            latency[name] = static_cast<double>(report.total.latency_ns.quantile(part)) / 1e3;
        }
        latency["max"] = static_cast<double>(report.total.latency_ns.max()) / 1e3;
        return {{"verb", verb_},
                {"size", options_.value_bytes},
                {"queue_depth", options_.queue_depth},
                {"threads", options_.threads},
                {"keys", options_.keys},
                {"operations", report.total.latency_ns.count()},
                {"seconds", report.seconds},
                {"operations_per_s", report.rate()},
                {"megabytes_per_s", report.megabytes_per_s()},
                {"latency_us", latency}};
    }

    std::string to_table(const Report& report) const {
        std::string table = fmt::format(
            "{} of {}, {} thread{}, queue depth {}: {} operations in {:.2f} s\n", verb_,
            write_bytes(options_.value_bytes), options_.threads, options_.threads == 1 ? "" : "s",
            options_.queue_depth, report.total.latency_ns.count(), report.seconds);
        table += fmt::format("{:>12} {:>10}", "operations/s", "MB/s");
        for (const auto& [name, part] : kQuantiles)
            table += fmt::format(" {:>10}", fmt::format("{} us", name));
        table += fmt::format(" {:>10}\n{:>12.0f} {:>10.1f}", "max us", report.rate(),
                             report.megabytes_per_s());
        for (const auto& [name, part] : kQuantiles) {
            table += fmt::format(" {:>10.1f}",
                                 static_cast<double>(report.total.latency_ns.quantile(part)) / 1e3);
        }
        return table +
               fmt::format(" {:>10.1f}", static_cast<double>(report.total.latency_ns.max()) / 1e3);
    }

    std::string verb_ = "store";
    std::string size_ = "4k";
    double seconds_ = 5;
    bool keep_ = false;
    LoadOptions options_;
};

}  // namespace

std::unique_ptr<Verb> make_bench() {
    return std::make_unique<BenchVerb>();
}

}  // namespace csd::cli
