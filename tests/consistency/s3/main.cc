// SPDX-License-Identifier: BSD-3-Clause
//
// csd-consistency-s3: does an S3 node keep its promises about what happens at once?
//
//     csd-consistency-s3 ENDPOINT [OPTION...]
//
// Clients, each with a thread and a connection of its own, send random requests to a few names of one prefix and write down
// when each began and ended and what it told. After some hundred requests the names change, and the history is
// checked: there must be an order of the requests that explains every answer, in which each stands between its beginning
// and its end (linearizability.hpp, model.hpp). A request takes effect at one instant for all names: a listing shows one instant
// of them, and a Complete ends its upload when its object appears. Only a copy has two instants: it reads its source at one
// and stores at a later one. Values say which they are, so an answer that mixes two versions is found as well.
//
// Keys are in AIRMOS_ACCESS_KEY and AIRMOS_SECRET_KEY. The node's bucket `consistency-SEED` is made for it. The same seed gives
// each client the same choices. The last line says how many requests of which kind were checked; exit status 1 and a
// counterexample is a broken promise. Run by tests/consistency/airmos_test.sh.
#include <algorithm>
#include <barrier>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <stdexcept>
#include <thread>

#include "consistency/s3/player.hpp"

namespace csd::consistency::s3 {
namespace {

using Clock = std::chrono::steady_clock;
using History = std::vector<Entry<Operation>>;

constexpr char kUsage[] =
    "usage: csd-consistency-s3 ENDPOINT [--operations N] [--seconds-limit S] [--threads N] "
    "[--round N]\n    [--seed S] [--mix KIND=WEIGHT,...] [--progress]\n";

// A copy is drawn as copy-read.
constexpr std::array<double, kKinds> kMix = {16, 5, 20, 10, 3, 3, 16, 5, 0, 6, 6, 3, 5, 4, 4, 5, 1};

struct Options {
    std::string endpoint;
    uint64_t operations = 100'000;
    uint64_t seconds_limit = 0;
    uint32_t threads = 6;
    uint32_t round = 480;  // requests of all threads
    uint64_t seed = 1;
    std::array<double, kKinds> mix = kMix;
    bool progress = false;
};

// Checks one round's history while the next is played.
class Checking {
  public:
    Checking() : thread_([this] { run(); }) {}
    ~Checking() { finish(); }
    Checking(const Checking&) = delete;
    Checking& operator=(const Checking&) = delete;

    void submit(uint64_t round, History history) {
        constexpr size_t kMaxWaiting = 8;
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_.size() < kMaxWaiting; });
        waiting_.emplace_back(round, std::move(history));
        changed_.notify_all();
    }
    std::string wrong() const {
        const std::lock_guard lock(mutex_);
        return wrong_;
    }
    void finish() {
        if (!thread_.joinable()) return;
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
            changed_.notify_all();
        }
        thread_.join();
    }
    uint64_t checked() const {
        const std::lock_guard lock(mutex_);
        return checked_;
    }
    // After finish().
    std::string summary() const {
        std::string text;
        for (size_t i = 0; i < kKinds; i++) {
            if (static_cast<Kind>(i) == Kind::kCopyWrite) continue;  // of a copy that was read
            const std::string name =
                static_cast<Kind>(i) == Kind::kCopyRead ? "copy" : name_of(static_cast<Kind>(i));
            text += std::string(i == 0 ? "" : ", ") + std::to_string(kinds_[i]) + " " + name;
        }
        return text + "; " + std::to_string(refused_) + " of them refused";
    }

  private:
    void run() {
        std::unique_lock lock(mutex_);
        for (;;) {
            changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            const auto [round, history] = std::move(waiting_.front());
            waiting_.pop_front();
            changed_.notify_all();
            lock.unlock();
            const Verdict verdict = check_linearizability<Model>(Model(), history, Model::State());
            lock.lock();
            for (const auto& entry : history) {
                if (entry.operation.kind == Kind::kCopyWrite) continue;
                checked_++;
                kinds_[static_cast<size_t>(entry.operation.kind)]++;
                refused_ += entry.operation.result != Result::kDone;
            }
            if (!verdict.linearizable() && wrong_.empty()) {
                wrong_ = "round " + std::to_string(round) + ":\n" + verdict.explanation;
            }
        }
    }

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_.
    std::deque<std::pair<uint64_t, History>> waiting_;
    std::string wrong_;
    bool ending_ = false;
    uint64_t checked_ = 0, refused_ = 0;
    std::array<uint64_t, kKinds> kinds_{};
    std::thread thread_;  // last: it uses the others
};

airmos::auth::Keys keys_of_environment() {
    const char* access = std::getenv("AIRMOS_ACCESS_KEY");
    const char* secret = std::getenv("AIRMOS_SECRET_KEY");
    if (access == nullptr || secret == nullptr) {
        throw std::runtime_error("AIRMOS_ACCESS_KEY and AIRMOS_SECRET_KEY are not set");
    }
    return {access, secret};
}

class Play {
  public:
    Play(const Options& options, Checking& checking)
        : options_(options),
          checking_(checking),
          keys_(keys_of_environment()),
          bucket_("consistency-" + std::to_string(options.seed)),
          histories_(options.threads) {
        Request put;
        put.method = "PUT";
        put.path = "/" + bucket_;
        const Response made = Connection(options.endpoint, keys_).send(put);
        if (made.status != 200) throw std::runtime_error("the bucket: " + made.body);
    }

    void run() {
        round_.begin(number_);
        std::vector<std::thread> threads;
        for (uint32_t i = 0; i < options_.threads; i++) {
            threads.emplace_back([this, i] { play(i); });
        }
        for (std::thread& thread : threads) thread.join();
        if (!failure_.empty()) throw std::runtime_error(failure_);
    }

  private:
    void play(uint32_t thread) {
        try {
            Player player(thread, options_.seed, options_.endpoint, keys_, bucket_, options_.mix,
                          round_);
            while (!stop_) {
                for (uint32_t i = 0; i < options_.round / options_.threads; i++) {
                    while (!player.play(histories_[thread])) continue;
                }
                barrier_.arrive_and_wait();
            }
        } catch (const std::exception& failed) {
            const std::lock_guard lock(failure_mutex_);
            failure_ = failed.what();
            stop_ = true;
            barrier_.arrive_and_drop();
        }
    }

    // While all players wait.
    void end_round() noexcept {
        std::vector<SeenEntry> seen;
        for (auto& each : histories_) {
            seen.insert(seen.end(), each.begin(), each.end());
            each.clear();
        }
        played_ +=
            static_cast<uint64_t>(std::count_if(seen.begin(), seen.end(), [](const auto& one) {
                return one.entry.operation.kind != Kind::kCopyWrite;
            }));
        if (!stop_) checking_.submit(number_, round_.resolve(std::move(seen)));
        round_.begin(++number_);
        const bool late = options_.seconds_limit > 0 &&
                          Clock::now() - began_ > std::chrono::seconds(options_.seconds_limit);
        if (played_ >= options_.operations || late || !checking_.wrong().empty()) stop_ = true;
        if (options_.progress && number_ % 20 == 0) {
            std::printf("%llu requests\n", static_cast<unsigned long long>(played_));
        }
    }

    struct EndOfRound {
        Play* play;
        void operator()() noexcept { play->end_round(); }
    };

    const Options& options_;
    Checking& checking_;
    const airmos::auth::Keys keys_;
    const std::string bucket_;
    const Clock::time_point began_ = Clock::now();
    Round round_;
    uint64_t number_ = 1;
    uint64_t played_ = 0;
    std::vector<std::vector<SeenEntry>> histories_;  // by thread, of this round
    std::atomic<bool> stop_ = false;
    std::mutex failure_mutex_;
    std::string failure_;  // guarded by failure_mutex_
    std::barrier<EndOfRound> barrier_{static_cast<ptrdiff_t>(options_.threads), EndOfRound{this}};
};

bool set_mix(const char* text, std::array<double, kKinds>& mix) {
    mix.fill(0);
    for (std::string rest = text; !rest.empty();) {
        const size_t comma = rest.find(',');
        const std::string one = rest.substr(0, comma);
        rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
        const size_t equals = one.find('=');
        bool known = false;
        for (size_t i = 0; i < kKinds && equals != std::string::npos; i++) {
            if (one.substr(0, equals) != name_of(static_cast<Kind>(i))) continue;
            mix[i] = std::atof(one.c_str() + equals + 1);
            known = true;
        }
        if (!known) return false;
    }
    return true;
}

bool parse(int argc, char** argv, Options& options) {
    for (int i = 1; i < argc; i++) {
        const std::string_view name = argv[i];
        if (name == "--progress") {
            options.progress = true;
        } else if (!name.starts_with("--")) {
            options.endpoint = name;
        } else if (i + 1 == argc) {
            return false;
        } else if (const char* value = argv[++i]; name == "--mix") {
            if (!set_mix(value, options.mix)) return false;
        } else {
            const uint64_t number = std::strtoull(value, nullptr, 10);
            if (name == "--operations") {
                options.operations = number;
            } else if (name == "--seconds-limit") {
                options.seconds_limit = number;
            } else if (name == "--threads") {
                options.threads = static_cast<uint32_t>(number);
            } else if (name == "--round") {
                options.round = static_cast<uint32_t>(number);
            } else if (name == "--seed") {
                options.seed = number;
            } else {
                return false;
            }
        }
    }
    return !options.endpoint.empty() && options.threads >= 1 && options.threads <= kThreads;
}

int main_of(int argc, char** argv) {
    Options options;
    if (!parse(argc, argv, options)) {
        std::fputs(kUsage, stderr);
        return 2;
    }
    Checking checking;
    const auto began = Clock::now();
    Play(options, checking).run();
    checking.finish();
    if (const std::string wrong = checking.wrong(); !wrong.empty()) {
        std::printf("a promise is broken after %llu requests, in %s",
                    static_cast<unsigned long long>(checking.checked()), wrong.c_str());
        return 1;
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("%llu requests in %.1f s were checked: %s\n",
                static_cast<unsigned long long>(checking.checked()), seconds,
                checking.summary().c_str());
    return 0;
}

}  // namespace
}  // namespace csd::consistency::s3

int main(int argc, char** argv) {
    try {
        return csd::consistency::s3::main_of(argc, argv);
    } catch (const std::exception& failed) {
        std::fprintf(stderr, "csd-consistency-s3: %s\n", failed.what());
        return 2;
    }
}
