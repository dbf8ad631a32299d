// SPDX-License-Identifier: BSD-3-Clause
//
// Engine: the QueryEngine there is. Hires workers from the launcher, hands each one task, and watches them.
//
// Life of a worker as the engine sees it: ordered -> ready -> busy -> dying. One task each; after its answer, at
// its deadline, or when the query is stopped it gets SIGKILL, and its socket and pidfd are watched until it is
// gone. Nobody waits for that: a query is over when its answer, its death or its end is known.
//
// Threads: public methods from any. `mutex_` guards everything below it and is never held while a callback
// runs. The reaper is the only thread that reads sockets and calls back. Tested by query_test.cc.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "device/query/launcher_process.hpp"
#include "device/query/query.hpp"

namespace csd::query {

class Engine final : public QueryEngine {
  public:
    explicit Engine(const Options& options);
    ~Engine() override;
    Status begin();  // once, before anything else

    Outcome run(Request request, CancelToken cancel, const Started& started) override;
    Result<uint64_t> start(Request request, Done done) override;
    void stop(uint64_t ticket) override;
    void wake() override;

  private:
    using Clock = std::chrono::steady_clock;

    struct Query {
        uint64_t ticket = 0;
        Request request;
        UniqueFd result;
        Done done;
        Clock::time_point deadline;  // by the clock
        uint64_t worker = 0;         // 0: waiting for one
        // Once it has a worker: the processor time that the worker may have used in the end, and when to ask for it again.
        std::chrono::nanoseconds allowed{0};
        Clock::time_point look_at = Clock::time_point::max();
    };
    struct Worker {
        uint64_t id = 0;
        int32_t pid = 0;
        UniqueFd socket;
        UniqueFd pidfd;
        uint64_t ticket = 0;  // what it works on
        Clock::time_point demote_at = Clock::time_point::max();
        bool dying = false;
    };
    struct Finished {
        Done done;
        Outcome outcome;
        std::shared_ptr<void> hold;
    };

    // All of these with mutex_ held.
    Status ensure_launcher();
    void order_workers();
    bool assign(Query& query, Worker& worker);
    void place_waiting();
    void kill_worker(Worker& worker);
    void forget_worker(uint64_t id);
    void finish(uint64_t ticket, Outcome outcome);
    void accept_hired();
    void lose_launcher(const std::string& why);
    void read_answer(Worker& worker);
    void enforce_time(Clock::time_point now);
    bool is_over_time(Query& query, Clock::time_point now);
    std::chrono::nanoseconds processor_time_of(const Worker& worker) const;
    unsigned threads_of(const Query& query) const;
    int next_timeout_ms(Clock::time_point now) const;
    void watch(int fd, uint64_t tag);

    void reap();  // the thread
    void handle(uint64_t tag);
    void poke();

    const Options options_;
    const std::string program_;
    UniqueFd epoll_;
    UniqueFd event_;
    std::thread reaper_;

    std::mutex mutex_;
    std::condition_variable changed_;  // cancelled tokens: wake() lets run() look
    LauncherProcess launcher_;
    uint64_t launcher_generation_ = 0;
    size_t ordered_ = 0;  // workers asked for and not yet hired
    uint64_t next_id_ = 1;
    bool closing_ = false;
    std::map<uint64_t, Worker> workers_;
    std::deque<uint64_t> ready_;  // of workers_, oldest first
    std::map<uint64_t, Query> queries_;
    std::deque<uint64_t> waiting_;    // of queries_, without a worker yet
    std::vector<Finished> finished_;  // the reaper calls these back
};

}  // namespace csd::query
