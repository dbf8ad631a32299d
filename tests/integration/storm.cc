// SPDX-License-Identifier: BSD-3-Clause
//
// A host that keeps a drive busy over any transport and remembers what it was told, also while someone kills the target:
//
//     csd-storm [--killed] DEVICE SECONDS SEED
//
// 128 lanes have one command each in flight: stores and retrieves of random sizes, guarded appends, deletes. With
// --killed the drive may go away: then every command must fail soon, and the host opens the drive again and looks what
// became of the commands it has no answer to. Each happened wholly or not at all, and whatever was acknowledged is there,
// once. At the end the host opens the drive once more and looks at everything. The keys value-0 to log-127 are its own; none stays. The last line says how
// much was done; exit status 1 is a broken promise. Run by tests/integration/run, tests/spdk/storm_test.sh (with kills)
// and, in a guest, by tests/guest/spdk_test.sh.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <random>
#include <thread>

#include "csd/kv.hpp"

namespace csd::storm {
namespace {

using Clock = std::chrono::steady_clock;
using kv::Client;

constexpr size_t kLanes = 128;
constexpr size_t kMostBytes = 300'000;  // more than one transfer of SPDK's target
constexpr size_t kMostAppend = 2'000;
constexpr size_t kMostLog = 100'000;
constexpr int kMostTries = 20;
constexpr auto kMostSilence =
    std::chrono::seconds(60);  // that a command may take, and the target to come back

[[noreturn]] void broken(const std::string& what) {
    std::printf("broken: %s\n", what.c_str());
    std::exit(1);
}

// What a value consists of is a function of who wrote it and where.
uint8_t byte_of(uint64_t author, uint64_t at) {
    return static_cast<uint8_t>((author * 0x9E3779B97F4A7C15u + at * 0xC2B2AE3D27D4EB4Fu) >> 56);
}
void fill(std::vector<uint8_t>& bytes, uint64_t author, size_t size) {
    bytes.resize(size);
    for (size_t i = 0; i < size; i++) bytes[i] = byte_of(author, i);
}

struct Value {
    uint64_t author = 0;
    size_t size = 0;

    bool is(Bytes bytes) const {
        if (bytes.size() != size) return false;
        for (size_t i = 0; i < size; i++) {
            if (bytes[i] != byte_of(author, i)) return false;
        }
        return true;
    }
};
using State = std::optional<Value>;  // nothing: there is no such key

bool matches(const State& state, const Result<std::vector<uint8_t>>& found) {
    if (!found.ok()) return !state && found.code() == Code::kNotFound;
    return state && state->is(found.value());
}

struct Lane {
    Key value_key, log_key;
    State value;                         // as acknowledged
    std::optional<State> value_attempt;  // what a command without an answer would have made of it
    std::vector<uint8_t> log;            // as acknowledged
    std::optional<std::vector<uint8_t>> log_attempt;
    std::vector<uint8_t> out, in;  // buffers of the command in flight
    bool busy = false;
};

class Storm {
  public:
    Storm(std::string device, uint64_t seed, bool killed)
        : device_(std::move(device)), killed_(killed), random_(seed), next_author_(seed << 32) {
        for (size_t i = 0; i < kLanes; i++) {
            lanes_[i].value_key = *Key::from_text("value-" + std::to_string(i));
            lanes_[i].log_key = *Key::from_text("log-" + std::to_string(i));
            lanes_[i].in.resize(kMostBytes);
        }
    }
    void run(std::chrono::seconds duration);

  private:
    size_t any(size_t below) {
        return std::uniform_int_distribution<size_t>(0, below - 1)(random_);
    }
    size_t any_size() {
        return any(size_t{1} << (any(19) + 1)) % kMostBytes;
    }  // small ones more often

    Status reach();
    void connect();
    void open_and(void (Storm::*step)(Lane&));
    void went_away();
    void work_until(Clock::time_point end);
    void drain();
    void next(Lane& lane);
    void store(Lane& lane);
    void retrieve(Lane& lane);
    void append(Lane& lane);
    void erase(Lane& lane);
    bool is_away(const Status& status) const;
    bool answered(const Status& status);
    bool there(const Status& status);
    void look(Lane& lane);
    void clear(Lane& lane);

    const std::string device_;
    const bool killed_;
    std::mt19937_64 random_;
    uint64_t next_author_;
    std::unique_ptr<Client> client_;
    std::array<Lane, kLanes> lanes_;
    bool away_ = false;     // the drive, since a command failed
    bool appends_ = false;  // it has guarded ones, which the dialect of 2023 has not
    uint64_t done_ = 0, bytes_ = 0, unanswered_ = 0, reopened_ = 0;
};

bool Storm::is_away(const Status& status) const {
    return killed_ && (status.code() == Code::kTransport || status.code() == Code::kAborted);
}

// False: nobody knows whether it happened. Every other failure is a defect.
bool Storm::answered(const Status& status) {
    if (status.ok()) {
        done_++;
        return true;
    }
    if (!is_away(status)) broken(status.message());
    unanswered_++;
    away_ = true;
    return false;
}

void Storm::store(Lane& lane) {
    const Value wanted{next_author_++, any_size()};
    fill(lane.out, wanted.author, wanted.size);
    client_->async_store(lane.value_key, lane.out, kv::When::kAlways,
                         [this, &lane, wanted](Result<uint64_t> size) {
                             lane.busy = false;
                             if (answered(size.status())) {
                                 bytes_ += wanted.size;
                                 lane.value = wanted;
                             } else {
                                 lane.value_attempt = wanted;
                             }
                         });
}

void Storm::retrieve(Lane& lane) {
    client_->async_retrieve(lane.value_key, lane.in, 0, [this, &lane](Result<kv::Retrieved> got) {
        lane.busy = false;
        if (got.code() == Code::kNotFound && !lane.value) return;
        if (!answered(got.status())) return;
        if (!lane.value || !lane.value->is(Bytes(lane.in).first(got.value().bytes)))
            broken("a value is not what was stored");
        bytes_ += got.value().bytes;
    });
}

void Storm::append(Lane& lane) {
    fill(lane.out, next_author_++, 1 + any(kMostAppend));
    client_->async_append(lane.log_key, lane.out, lane.log.size(),
                          [this, &lane](Result<uint64_t> size) {
                              lane.busy = false;
                              auto longer = lane.log;
                              longer.insert(longer.end(), lane.out.begin(), lane.out.end());
                              if (!answered(size.status())) {
                                  lane.log_attempt = std::move(longer);
                                  return;
                              }
                              if (size.value() != longer.size())
                                  broken("a log has another size than what was appended");
                              bytes_ += lane.out.size();
                              lane.log = std::move(longer);
                          });
}

void Storm::erase(Lane& lane) {
    client_->async_erase(lane.value_key, [this, &lane](const Status& status) {
        lane.busy = false;
        if (status.code() == Code::kNotFound && !lane.value) return;
        if (answered(status)) {
            lane.value.reset();
        } else {
            lane.value_attempt = State();
        }
    });
}

void Storm::next(Lane& lane) {
    lane.busy = true;
    const size_t dice = any(100);
    if (dice < 40) {
        store(lane);
    } else if (dice < 75) {
        retrieve(lane);
    } else if (dice < 95 && appends_ && lane.log.size() < kMostLog) {
        append(lane);
    } else {
        erase(lane);
    }
}

// Success, or something that a drive which is there may say; otherwise it went away again.
bool Storm::there(const Status& status) {
    if (is_away(status)) away_ = true;
    if (!away_ && !status.ok() && status.code() != Code::kNotFound) broken(status.message());
    return !away_;
}

// What the drive holds after it came back: with or without the attempt, and nothing else.
void Storm::look(Lane& lane) {
    const auto value = client_->retrieve(lane.value_key);
    if (!there(value.status())) return;
    if (lane.value_attempt && matches(*lane.value_attempt, value)) lane.value = *lane.value_attempt;
    if (!matches(lane.value, value))
        broken("a value that was acknowledged is lost, or one was torn");
    lane.value_attempt.reset();

    const auto log = client_->retrieve(lane.log_key);
    if (!there(log.status())) return;
    const auto found = log.ok() ? log.value() : std::vector<uint8_t>();
    if (lane.log_attempt && found == *lane.log_attempt) lane.log = found;
    if (found != lane.log) broken("an append was lost, torn, or happened twice");
    lane.log_attempt.reset();
}

// An earlier run that was killed may have left keys.
void Storm::clear(Lane& lane) {
    if (there(client_->erase(lane.value_key))) there(client_->erase(lane.log_key));
}

Status Storm::reach() {
    auto opened = Client::open(device_);
    if (!opened.ok()) return opened.status();
    client_ = std::move(opened).value();
    const auto info = client_->info();
    if (info.ok()) appends_ = info.value().dialect == nvme::Dialect::kKeyValue;
    return info.status();
}

void Storm::connect() {
    const auto end = Clock::now() + kMostSilence;
    for (;;) {
        client_.reset();
        const Status reached = reach();
        if (reached.ok()) break;
        if (Clock::now() > end) broken("the drive did not come back: " + reached.message());
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    away_ = false;
}

// Opens the drive and does something with every lane; again, if the drive goes away meanwhile.
void Storm::open_and(void (Storm::*step)(Lane&)) {
    for (int tries = 0; tries < kMostTries; tries++) {
        connect();
        for (Lane& lane : lanes_) {
            if (!away_) (this->*step)(lane);
        }
        if (!away_) return;
        went_away();
    }
    broken("the drive goes away whenever it comes back");
}

void Storm::went_away() {
    std::printf("the drive went away after %lu commands\n", static_cast<unsigned long>(done_));
    std::fflush(stdout);
}

// Every command in flight gets an answer, or fails, soon.
void Storm::drain() {
    const auto end = Clock::now() + kMostSilence;
    while (client_->in_flight() != 0) {
        if (Clock::now() > end) broken("commands hang after the drive went away");
        client_->wait(100);
    }
}

void Storm::work_until(Clock::time_point end) {
    uint64_t seen = done_ + unanswered_;
    auto last = Clock::now();
    while (Clock::now() < end && !away_) {
        for (Lane& lane : lanes_) {
            if (!lane.busy && !away_) next(lane);
        }
        client_->wait(100);
        if (done_ + unanswered_ != seen) {
            seen = done_ + unanswered_;
            last = Clock::now();
        } else if (Clock::now() - last > kMostSilence) {
            broken("no command finishes any more");
        }
    }
    drain();
}

void Storm::run(std::chrono::seconds duration) {
    open_and(&Storm::clear);
    const auto end = Clock::now() + duration;
    while (Clock::now() < end) {
        std::printf("at work\n");
        std::fflush(stdout);
        work_until(end);
        if (!away_) break;
        went_away();
        open_and(&Storm::look);
        reopened_++;
    }
    if (done_ == 0) broken("no command was done");
    open_and(&Storm::look);
    open_and(&Storm::clear);
    std::printf(
        "%lu commands and %lu MiB in %ld s, %lu without an answer, opened again %lu times: all "
        "promises kept\n",
        static_cast<unsigned long>(done_), static_cast<unsigned long>(bytes_ >> 20),
        static_cast<long>(duration.count()), static_cast<unsigned long>(unanswered_),
        static_cast<unsigned long>(reopened_));
}

}  // namespace
}  // namespace csd::storm

int main(int argc, char** argv) {
    const bool killed = argc == 5 && std::strcmp(argv[1], "--killed") == 0;
    char** const words = argv + (killed ? 1 : 0);
    const int seconds = argc == (killed ? 5 : 4) ? std::atoi(words[2]) : 0;
    if (seconds < 1) {
        std::fprintf(stderr, "usage: csd-storm [--killed] DEVICE SECONDS SEED\n");
        return 2;
    }
    csd::storm::Storm(words[1], std::strtoull(words[3], nullptr, 10), killed)
        .run(std::chrono::seconds(seconds));
    return 0;
}
