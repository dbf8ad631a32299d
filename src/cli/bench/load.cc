// SPDX-License-Identifier: BSD-3-Clause
// Tested by tests/cli.
#include "cli/bench/load.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

namespace csd::cli {
namespace {

using Clock = std::chrono::steady_clock;

// A key for an operation, spread over all keys in an order that is the same in every run.
uint64_t scatter(uint64_t number) {
    return (number + 1) * 0x9E3779B97F4A7C15u >> 17;
}

uint32_t digits_of(uint64_t number, uint8_t* out) {
    const std::string text = std::to_string(number);
    std::copy(text.begin(), text.end(), out);
    return static_cast<uint32_t>(text.size());
}

// Keeps `queue_depth` operations in flight, each in a lane of its own.
class Lanes {
  public:
    Lanes(kv::Client& client, const LoadOptions& options, LoadClock& clock)
        : client_(client),
          options_(options),
          clock_(clock),
          value_(bench_value(options.verb, options.value_bytes)) {}

    LoadResult run() {
        lanes_.resize(std::max<uint32_t>(1, options_.queue_depth));
        for (Lane& lane : lanes_) {
            if (reads() && !streams()) lane.buffer.resize(options_.value_bytes);
            start(lane);
        }
        while (busy_ > 0) client_.wait(100);
        return std::move(result_);
    }

  private:
    struct Lane {
        std::vector<uint8_t> buffer;
        Clock::time_point began;
    };

    bool reads() const {
        return options_.verb == LoadVerb::kRetrieve || options_.verb == LoadVerb::kMixed;
    }

    // A value of more than one transfer is not held: its pieces are counted and dropped.
    bool streams() const { return options_.value_bytes > client_.max_transfer_bytes(); }

    void start(Lane& lane) {
        if (options_.cancel.cancelled() || !result_.failure.ok()) return;
        const auto number = clock_.next();
        if (!number) return;
        busy_++;
        lane.began = Clock::now();
        const bool in_turn = options_.verb == LoadVerb::kDelete;
        const Key key = bench_key((in_turn ? *number : scatter(*number)) % options_.keys);
        switch (options_.verb) {
            case LoadVerb::kStore: return store(lane, key);
            case LoadVerb::kMixed: return *number % 2 == 0 ? store(lane, key) : retrieve(lane, key);
            case LoadVerb::kExists:
                return client_.async_exists(
                    key, [&](const Result<bool>& done) { finish(lane, done.status(), 0); });
            case LoadVerb::kDelete:
                return client_.async_erase(key, [&](const Status& done) { finish(lane, done, 0); });
            default: return retrieve(lane, key);
        }
    }

    void store(Lane& lane, const Key& key) {
        client_.async_store(key, value_, kv::When::kAlways, [&](Result<uint64_t> done) {
            finish(lane, done.status(), done.ok() ? done.value() : 0);
        });
    }

    void retrieve(Lane& lane, const Key& key) {
        if (streams()) {
            static const kv::Sink drop = {[](Bytes) { return Status(); }, [] { return Status(); }};
            return client_.async_retrieve(key, {}, drop, [&](Result<uint64_t> done) {
                finish(lane, done.status(), done.ok() ? done.value() : 0);
            });
        }
        client_.async_retrieve(key, lane.buffer, 0, [&](Result<kv::Retrieved> done) {
            finish(lane, done.status(), done.ok() ? done.value().bytes : 0);
        });
    }

    void finish(Lane& lane, const Status& done, uint64_t bytes) {
        busy_--;
        const auto took = Clock::now() - lane.began;
        if (done.ok()) {
            result_.latency_ns.add(static_cast<uint64_t>(std::chrono::nanoseconds(took).count()));
            result_.bytes += bytes;
        } else if (result_.failure.ok()) {
            result_.failure = done;
        }
        start(lane);
    }

    kv::Client& client_;
    const LoadOptions& options_;
    LoadClock& clock_;
    const std::vector<uint8_t> value_;
    std::vector<Lane> lanes_;
    size_t busy_ = 0;
    LoadResult result_;
};

// The verbs that are more than one command: one after the other.
Result<uint64_t> do_once(kv::Client& client, const LoadOptions& options, const Key& key,
                         Bytes value) {
    uint64_t bytes = 0;
    const kv::Sink count = {[&bytes](Bytes data) {
                                bytes += data.size();
                                return Status();
                            },
                            {}};
    if (options.verb == LoadVerb::kAppend) {
        const auto size = client.append(key, value);
        if (!size.ok()) return size.status();
        return value.size();
    }
    if (options.verb == LoadVerb::kList) {
        const auto keys = client.list({}, [](const Key&) { return true; });
        if (!keys.ok()) return keys.status();
        return uint64_t{0};
    }
    kv::SelectOptions select;
    select.input_header = true;
    const auto done =
        client.select(key, "SELECT count(*), max(amount) FROM s3object", select, count);
    if (!done.ok()) return done.status();
    return bytes;
}

LoadResult run_blocking(kv::Client& client, const LoadOptions& options, LoadClock& clock) {
    LoadResult result;
    const std::vector<uint8_t> value = bench_value(options.verb, options.value_bytes);
    while (const auto number = clock.next()) {
        const auto began = Clock::now();
        const auto bytes =
            do_once(client, options, bench_key(scatter(*number) % options.keys), value);
        const auto took = Clock::now() - began;
        if (!bytes.ok()) {
            result.failure = bytes.status();
            break;
        }
        result.latency_ns.add(static_cast<uint64_t>(std::chrono::nanoseconds(took).count()));
        result.bytes += bytes.value();
    }
    return result;
}

}  // namespace

bool needs_values(LoadVerb verb) {
    return verb != LoadVerb::kStore && verb != LoadVerb::kAppend;
}

// Text, so that a forgotten one is recognised: "bench-" and up to ten digits.
Key bench_key(uint64_t number) {
    std::array<uint8_t, 32> bytes{'b', 'e', 'n', 'c', 'h', '-'};
    const uint32_t digits = digits_of(number % 10'000'000'000, bytes.data() + 6);
    return *Key::from_bytes(Bytes(bytes).first(6 + digits));
}

bool is_bench_key(const Key& key, uint64_t keys) {
    const std::string_view digits = as_text(key.bytes()).substr(6);
    uint64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, error] = std::from_chars(digits.data(), end, number);
    return error == std::errc() && stop == end && number < keys && key == bench_key(number);
}

std::vector<uint8_t> bench_value(LoadVerb verb, uint64_t bytes) {
    std::vector<uint8_t> value;
    value.reserve(bytes + 64);
    uint64_t state = 88172645463325252u;
    const auto random = [&state] {
        state ^= state << 13;
        state ^= state >> 7;
        return state ^= state << 17;
    };
    if (verb != LoadVerb::kSelect) {
        while (value.size() < bytes) value.push_back(static_cast<uint8_t>(random()));
        return value;
    }
    std::string csv = "id,amount,name\n";
    for (uint64_t id = 0; csv.size() < bytes; id++) {
        csv += std::to_string(id) + ',' + std::to_string(random() % 100000) + ",name" +
               std::to_string(id % 97) + '\n';
    }
    value.assign(csv.begin(), csv.end());
    return value;
}

LoadClock::LoadClock(const LoadOptions& options)
    : options_(options),
      most_(options.verb == LoadVerb::kDelete
                ? std::min(options.keys, options.operations.value_or(options.keys))
                : options.operations.value_or(std::numeric_limits<uint64_t>::max())),
      start_(Clock::now()) {}

std::optional<uint64_t> LoadClock::next() {
    if (stopped_.load(std::memory_order_relaxed)) return std::nullopt;
    if (!options_.operations && Clock::now() - start_ >= options_.duration) return std::nullopt;
    const uint64_t number = taken_.fetch_add(1, std::memory_order_relaxed);
    return number < most_ ? std::optional(number) : std::nullopt;
}

double LoadClock::seconds() const {
    return std::chrono::duration<double>(Clock::now() - start_).count();
}

LoadResult run_load(kv::Client& client, const LoadOptions& options, LoadClock& clock) {
    const bool blocking = options.verb == LoadVerb::kAppend || options.verb == LoadVerb::kList ||
                          options.verb == LoadVerb::kSelect;
    LoadResult result =
        blocking ? run_blocking(client, options, clock) : Lanes(client, options, clock).run();
    if (!result.failure.ok()) clock.stop();
    return result;
}

}  // namespace csd::cli
