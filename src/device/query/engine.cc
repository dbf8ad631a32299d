// SPDX-License-Identifier: BSD-3-Clause
// Tested by query_test.cc.
#include "device/query/engine.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <optional>

#include "base/signals.hpp"
#include "device/query/answer.hpp"
#include "device/query/socket.hpp"
#include "nvme/query_reason.hpp"

namespace csd::query {

namespace {

using namespace std::chrono_literals;
using nvme::query_failure;
using nvme::ReasonCode;

// A query that is still running after this is no small one: its worker moves to the idle class, so that
// small queries, the drive and the host go first. Again and again, for threads made in between.
constexpr auto kDemoteAfter = 25ms;
constexpr auto kDemoteAgain = 100ms;
// The shortest time between two looks at a worker's processor time.
constexpr auto kLookAgain = 5ms;
// How often run() looks at its token by itself, in case nobody calls wake().
constexpr auto kTokenInterval = 20ms;
constexpr auto kGoneWithin = 1s;

// epoll tags: a worker's id and which of its descriptors spoke; ids start at 1.
enum Tag : uint64_t { kTagEvent = 0, kTagControl = 1, kTagSocket = 2, kTagPidfd = 3 };
constexpr uint64_t tag_of(uint64_t id, Tag kind) {
    return id << 2 | kind;
}

int kill_by_pidfd(int pidfd) {
    return static_cast<int>(syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0));
}

Outcome failure(ReasonCode code, std::string_view text, const nvme::ReasonParts& parts = {}) {
    return {query_failure(code, text, parts), {}, 0};
}

Outcome died() {
    return failure(ReasonCode::kEngineDied,
                   "the query's process died while it ran the query; the drive is well");
}

Outcome query_stopped() {
    return {Status(Code::kAborted, "the query was stopped"), {}, 0};
}

}  // namespace

Result<std::unique_ptr<QueryEngine>> QueryEngine::open(const Options& options) {
    if (options.concurrent == 0 || options.threads == 0 || options.deadline_ms == 0)
        return Status(Code::kUsage, "query limits must not be 0");
    auto engine = std::make_unique<Engine>(options);
    Status begun = engine->begin();
    if (!begun.ok()) return begun;
    return std::unique_ptr<QueryEngine>(std::move(engine));
}

Engine::Engine(const Options& options)
    : options_(options),
      program_(options.worker_path.empty() ? find_worker_program() : options.worker_path) {}

Status Engine::begin() {
    epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
    event_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_ || !event_)
        return Status(Code::kQueryEngine,
                      std::string("no descriptors for queries: ") + std::strerror(errno));
    watch(event_.get(), tag_of(0, kTagEvent));
    {
        // A missing program fails the first select, with its reason, and not the drive.
        std::lock_guard lock(mutex_);
        Status started = ensure_launcher();
        if (!started.ok() && options_.log) options_.log(LogLevel::kWarning, started.message());
    }
    // The reaper must not take the host's signals: it is made with all of them blocked.
    const AllSignalsBlocked quiet;
    reaper_ = std::thread([this] { reap(); });
    pthread_setname_np(reaper_.native_handle(), "csd-reaper");
    return {};
}

Engine::~Engine() {
    {
        std::lock_guard lock(mutex_);
        closing_ = true;
        std::vector<uint64_t> tickets;
        for (auto& [ticket, query] : queries_) tickets.push_back(ticket);
        for (uint64_t ticket : tickets) finish(ticket, query_stopped());
        for (auto& [id, worker] : workers_) kill_worker(worker);
    }
    poke();
    if (reaper_.joinable()) reaper_.join();
    launcher_.end();
    auto end = Clock::now() + kGoneWithin;
    for (auto& [id, worker] : workers_) {
        auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
        pollfd gone{worker.pidfd.get(), POLLIN, 0};
        poll(&gone, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    }
}

Outcome Engine::run(Request request, CancelToken cancel, const Started& started) {
    struct Waiting {
        std::mutex mutex;
        std::optional<Outcome> outcome;
    };
    auto waiting = std::make_shared<Waiting>();
    // changed_ belongs to the engine, which outlives its callbacks.
    auto ticket = start(std::move(request), [this, waiting](Outcome outcome) {
        {
            std::lock_guard lock(mutex_);
            waiting->outcome = std::move(outcome);
        }
        changed_.notify_all();
    });
    if (!ticket.ok()) return {ticket.status(), {}, 0};
    if (started) started(ticket.value());
    std::unique_lock lock(mutex_);
    bool stopped = false;
    while (!waiting->outcome) {
        if (!stopped && cancel.cancelled()) {
            stopped = true;
            finish(ticket.value(), query_stopped());
            poke();
        }
        changed_.wait_for(lock, kTokenInterval);
    }
    return std::move(*waiting->outcome);
}

Result<uint64_t> Engine::start(Request request, Done done) {
    if (request.sql.size() > options_.sql_bytes)
        return query_failure(ReasonCode::kSqlBytes, "the SQL is longer than {1} bytes",
                             {.details = {std::to_string(options_.sql_bytes)}});
    if (request.options.size() > kMaxOptionBytes)
        return query_failure(ReasonCode::kOptionsMalformed, "the options are longer than {1} bytes",
                             {.details = {std::to_string(kMaxOptionBytes)}});
    Query query;
    query.result.reset(memfd_create("csd-result", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!query.result)
        return Status(Code::kQueryBusy,
                      std::string("no file for the result: ") + std::strerror(errno));
    query.request = std::move(request);
    query.done = std::move(done);
    query.deadline =
        Clock::now() + kClockFactor * std::chrono::milliseconds(int64_t{options_.deadline_ms});

    std::lock_guard lock(mutex_);
    if (closing_) return query_stopped().status;
    if (queries_.size() >= options_.concurrent)
        return Status(Code::kQueryBusy, "as many queries run as may at once; try again");
    Status launched = ensure_launcher();
    if (!launched.ok()) return launched;
    uint64_t ticket = next_id_++;
    query.ticket = ticket;
    queries_.emplace(ticket, std::move(query));
    waiting_.push_back(ticket);
    place_waiting();
    order_workers();
    poke();  // the reaper's next deadline may be nearer now
    return ticket;
}

void Engine::stop(uint64_t ticket) {
    {
        std::lock_guard lock(mutex_);
        finish(ticket, query_stopped());
    }
    poke();
}

void Engine::wake() {
    changed_.notify_all();
}

void Engine::poke() {
    uint64_t one = 1;
    (void)!write(event_.get(), &one, sizeof(one));
}

void Engine::watch(int fd, uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
}

Status Engine::ensure_launcher() {
    if (launcher_.running()) return {};
    if (program_.empty())
        return query_failure(
            ReasonCode::kEngineMissing,
            "the query worker program csd-query-worker was not found; install it beside the "
            "program or name it in the options");
    Config config;
    config.memory_bytes = options_.memory_bytes;
    config.result_bytes = options_.result_bytes;
    config.threads = options_.threads;
    config.sql_bytes = options_.sql_bytes;
    config.allow_without_landlock = options_.allow_without_landlock;
    auto started = LauncherProcess::start(program_, config);
    if (!started.ok()) return started.status();
    launcher_ = std::move(started).value();
    ordered_ = 0;
    watch(launcher_.socket(), tag_of(++launcher_generation_, kTagControl));
    return {};
}

// Keeps `ready_workers` waiting beyond what is needed now. The first order makes the launcher load the engine.
void Engine::order_workers() {
    size_t wanted = waiting_.size() + options_.ready_workers;
    while (ready_.size() + ordered_ < wanted && launcher_.order({Order::Kind::kHire, 0}))
        ordered_++;
}

bool Engine::assign(Query& query, Worker& worker) {
    const Request& request = query.request;
    Task task;
    task.value_bytes = request.value_bytes;
    task.option_bytes = static_cast<uint32_t>(request.options.size());
    task.sql_bytes = static_cast<uint32_t>(request.sql.size());
    task.input = static_cast<uint8_t>(request.input);
    task.output = static_cast<uint8_t>(request.output);
    task.input_header = request.input_header;
    task.output_header = request.output_header;
    std::array<iovec, 3> parts{
        iovec{&task, sizeof(task)},
        iovec{const_cast<char*>(request.options.data()), request.options.size()},
        iovec{const_cast<char*>(request.sql.data()), request.sql.size()}};
    std::array<int, 2> fds{request.value.get(), query.result.get()};
    if (!send_message(worker.socket.get(), parts, fds, false)) return false;
    worker.ticket = query.ticket;
    if (!options_.normal_priority) worker.demote_at = Clock::now() + kDemoteAfter;
    query.worker = worker.id;
    const auto budget = std::chrono::milliseconds(int64_t{options_.deadline_ms});
    query.allowed = processor_time_of(worker) + threads_of(query) * budget;
    query.look_at = Clock::now() + budget;
    return true;
}

void Engine::place_waiting() {
    while (!waiting_.empty() && !ready_.empty()) {
        Worker& worker = workers_.at(ready_.front());
        ready_.pop_front();
        if (assign(queries_.at(waiting_.front()), worker))
            waiting_.pop_front();
        else
            kill_worker(worker);  // it died while it waited; the next one will do
    }
}

void Engine::kill_worker(Worker& worker) {
    if (!worker.dying) kill_by_pidfd(worker.pidfd.get());
    worker.dying = true;
    worker.ticket = 0;
    worker.demote_at = Clock::time_point::max();
    std::erase(ready_, worker.id);
}

void Engine::forget_worker(uint64_t id) {
    std::erase(ready_, id);
    workers_.erase(id);  // closing a descriptor takes it out of the epoll set
}

void Engine::finish(uint64_t ticket, Outcome outcome) {
    auto found = queries_.find(ticket);
    if (found == queries_.end()) return;
    Query& query = found->second;
    if (query.worker != 0)
        kill_worker(workers_.at(query.worker));
    else
        std::erase(waiting_, ticket);
    finished_.push_back({std::move(query.done), std::move(outcome), std::move(query.request.hold)});
    queries_.erase(found);
}

void Engine::accept_hired() {
    Hired hired;
    iovec part{&hired, sizeof(hired)};
    Received received = receive_message(launcher_.socket(), {&part, 1}, 2, false);
    if (received.bytes < 0 && errno == EAGAIN) return;
    if (received.bytes <= 0) return lose_launcher({});
    if (ordered_ > 0) ordered_--;
    if (hired.pid == 0 || received.fds.size() != 2) {
        hired.reason[sizeof(hired.reason) - 1] = 0;
        return lose_launcher(hired.pid == 0 ? hired.reason : "no descriptors are left");
    }
    Worker worker;
    worker.id = next_id_++;
    worker.pid = hired.pid;
    worker.socket = std::move(received.fds[0]);
    worker.pidfd = std::move(received.fds[1]);
    watch(worker.socket.get(), tag_of(worker.id, kTagSocket));
    watch(worker.pidfd.get(), tag_of(worker.id, kTagPidfd));
    ready_.push_back(worker.id);
    workers_.emplace(worker.id, std::move(worker));
    place_waiting();
}

// Queries that wait cannot be served; those that run have lost their workers and fail when that shows.
// The next query tries another launcher.
void Engine::lose_launcher(const std::string& why) {
    std::string ended = launcher_.end();
    std::string text = why.empty() ? "the query launcher is gone (" + ended + ")" : why;
    if (options_.log) options_.log(LogLevel::kError, text);
    ordered_ = 0;
    while (!waiting_.empty()) finish(waiting_.front(), failure(ReasonCode::kEngine, text));
    while (!ready_.empty()) kill_worker(workers_.at(ready_.front()));
}

void Engine::read_answer(Worker& worker) {
    std::array<char, sizeof(Answer) + kMaxAnswerText> buffer;
    iovec part{buffer.data(), buffer.size()};
    Received received = receive_message(worker.socket.get(), {&part, 1}, 0, false);
    if (received.bytes < 0 && errno == EAGAIN) return;
    if (worker.ticket == 0) return kill_worker(worker);  // it has nothing to say
    uint64_t ticket = worker.ticket;
    if (received.bytes <= 0) return finish(ticket, died());
    Status status = judge_answer({buffer.data(), static_cast<size_t>(received.bytes)});
    Outcome outcome{status, {}, 0};
    if (status.ok()) {
        kill_worker(worker);
        outcome = seal_result(std::move(queries_.at(ticket).result), worker.pidfd.get(),
                              options_.result_bytes);
    }
    finish(ticket, std::move(outcome));
}

unsigned Engine::threads_of(const Query& query) const {
    return query.request.value_bytes < kSmallValueBytes ? 1 : options_.threads;
}

std::chrono::nanoseconds Engine::processor_time_of(const Worker& worker) const {
    if (options_.processor_time) return options_.processor_time(worker.pid);
    clockid_t clock;
    timespec used{};
    // A worker that has just died is found dead by its descriptor.
    if (clock_getcpuclockid(worker.pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return std::chrono::nanoseconds(0);
    return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

// The worker can't use up what is left of its processor time before `look_at`, however many processors it has.
bool Engine::is_over_time(Query& query, Clock::time_point now) {
    if (query.deadline <= now) return true;
    if (query.look_at > now) return false;
    const auto left = query.allowed - processor_time_of(workers_.at(query.worker));
    if (left <= std::chrono::nanoseconds(0)) return true;
    query.look_at = now + std::max<Clock::duration>(left / threads_of(query), kLookAgain);
    return false;
}

void Engine::enforce_time(Clock::time_point now) {
    std::vector<uint64_t> late;
    for (auto& [ticket, query] : queries_)
        if (is_over_time(query, now)) late.push_back(ticket);
    for (uint64_t ticket : late)
        finish(
            ticket,
            failure(ReasonCode::kTime,
                    "the query took longer than {1} ms, which is the most that this drive allows",
                    {.details = {std::to_string(options_.deadline_ms)}}));
    for (auto& [id, worker] : workers_) {
        if (worker.demote_at > now) continue;
        launcher_.order({Order::Kind::kDemote, worker.pid});
        worker.demote_at = now + kDemoteAgain;
    }
}

int Engine::next_timeout_ms(Clock::time_point now) const {
    auto next = Clock::time_point::max();
    for (auto& [ticket, query] : queries_) next = std::min({next, query.deadline, query.look_at});
    for (auto& [id, worker] : workers_) next = std::min(next, worker.demote_at);
    if (next == Clock::time_point::max()) return -1;
    auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
    return static_cast<int>(std::clamp<int64_t>(left, 0, 60'000));
}

void Engine::handle(uint64_t tag) {
    uint64_t id = tag >> 2;
    auto kind = static_cast<Tag>(tag & 3);
    if (kind == kTagEvent) {
        uint64_t count;
        (void)!read(event_.get(), &count, sizeof(count));
    } else if (kind == kTagControl) {
        if (launcher_.running() && id == launcher_generation_) accept_hired();
    } else if (auto found = workers_.find(id); found != workers_.end()) {
        // A worker that has answered and ended makes both descriptors readable: the answer comes first.
        Worker& worker = found->second;
        if (!worker.dying) read_answer(worker);
        if (kind == kTagPidfd) {
            if (worker.ticket != 0) finish(worker.ticket, died());
            forget_worker(id);
        } else if (worker.dying) {
            // Its death comes through the pidfd; until then a readable socket would only spin.
            epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, worker.socket.get(), nullptr);
        }
    }
}

void Engine::reap() {
    std::array<epoll_event, 16> events;
    std::unique_lock lock(mutex_);
    while (!closing_ || !finished_.empty()) {
        std::vector<Finished> finished;
        finished.swap(finished_);
        int timeout_ms = closing_ || !finished.empty() ? 0 : next_timeout_ms(Clock::now());
        lock.unlock();
        for (Finished& one : finished) one.done(std::move(one.outcome));
        finished.clear();
        int count = epoll_wait(epoll_.get(), events.data(), events.size(), timeout_ms);
        lock.lock();
        for (int i = 0; i < count; i++) handle(events[static_cast<size_t>(i)].data.u64);
        if (closing_) continue;
        enforce_time(Clock::now());
        if (!waiting_.empty()) order_workers();  // one that should have served them died
    }
}

}  // namespace csd::query
