// SPDX-License-Identifier: BSD-3-Clause
#include "crash/drive_process.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mutex>
#include <thread>

#include "nvme/list_page.hpp"

namespace csd::crash {
namespace {

using test::Answer;
using test::Host;

// The child's side: one lane of operations.
class Worker {
  public:
    Worker(const Host& host, const Plan& plan, int index, const State& state, Journal& journal)
        : host_(host),
          lane_(lane_of(plan, index)),
          random_(random_of(plan, index)),
          state_(state),
          journal_(journal),
          progress_(journal.lanes[static_cast<size_t>(index)]) {}

    // Until it is killed, or something is wrong.
    void run() {
        while (!journal_.failing) {
            const Operation operation = next_operation(random_, lane_, state_);
            const Expectation expected = expect(operation, state_);
            progress_.started++;
            const uint16_t status = perform(operation);
            if (status != expected.status) {
                journal_.fail(describe(operation) + " says " + nvme::status_name(status) +
                              ", should say " + nvme::status_name(expected.status));
                return;
            }
            progress_.acknowledged++;
            apply_delta(expected.outcomes.back(), state_);
        }
    }

  private:
    uint32_t controller() const { return static_cast<uint32_t>(lane_.index); }

    uint16_t perform(const Operation& operation) {
        switch (operation.kind) {
            case Kind::kStore: return store(operation);
            case Kind::kStaged:
            case Kind::kAbandoned: return stage(operation);
            case Kind::kAppend: return append(operation);
            case Kind::kCompose: return compose(operation);
            case Kind::kDelete: return host_.run(nvme::Delete{key_of(operation.place)}).status;
            case Kind::kFormat: return csd_format(host_.device(), 0);
            case Kind::kFlush: return host_.run(nvme::Flush{}).status;
            case Kind::kSetEdnek: return csd_set_feature(host_.device(), 0x20, operation.flag);
            case Kind::kSelect: return select();
        }
        return nvme::kInternalError;
    }

    static nvme::Store command_of(const Operation& operation, const std::string& data) {
        nvme::Store command;
        command.key = key_of(operation.place);
        command.bytes = static_cast<uint32_t>(data.size());
        command.condition = {operation.must_exist, operation.must_not_exist};
        return command;
    }

    uint16_t store(const Operation& operation) {
        const std::string data = bytes_of(operation.pieces);
        nvme::Store command = command_of(operation, data);
        command.extended = operation.place % 2 == 1;
        return host_.run(command, data, 0, controller()).status;
    }

    uint16_t stage(const Operation& operation) {
        uint64_t offset = 0;
        for (size_t i = 0; i < operation.pieces.size(); i++) {
            const bool last = i + 1 == operation.pieces.size();
            if (last && operation.kind == Kind::kAbandoned) break;
            const std::string data = bytes_of(operation.pieces[i]);
            nvme::Store command = command_of(operation, data);
            command.extended = true;
            command.more = !last;
            command.offset = offset;
            offset += data.size();
            const uint16_t status = host_.run(command, data, 0, controller()).status;
            if (status != 0) return status;
        }
        return 0;
    }

    uint16_t append(const Operation& operation) {
        const std::string data = bytes_of(operation.pieces);
        const Value& now = state_[static_cast<size_t>(operation.place)];
        nvme::Store command = command_of(operation, data);
        command.extended = true;
        command.append = true;
        command.at_offset = operation.flag;
        if (operation.flag && now) command.offset = size_of(*now);
        return host_.run(command, data, 0, controller()).status;
    }

    uint16_t compose(const Operation& operation) {
        std::vector<Key> sources;
        for (const int source : operation.sources) sources.push_back(key_of(source));
        const auto list = nvme::build_key_list(sources, nvme::Dialect::kKeyValue);
        nvme::Compose command;
        command.key = key_of(operation.place);
        command.bytes = static_cast<uint32_t>(list.size());
        command.condition = {operation.must_exist, operation.must_not_exist};
        command.delete_sources = operation.flag;
        return host_.run(command, as_text(list)).status;
    }

    uint16_t select() {
        static constexpr std::string_view kSql =
            "select count(*), min(b) from s3object where a >= 0";
        nvme::SelectSend send;
        send.key = key_of(kTableKey);
        send.bytes = kSql.size();
        send.input_header = true;
        const Answer sent = host_.run(send, kSql);
        if (sent.status != 0) return sent.status;
        nvme::SelectRetrieve retrieve;
        retrieve.id = static_cast<uint32_t>(sent.result);
        retrieve.bytes = 100;
        const Answer got = host_.run(retrieve, {}, 100);
        const uint32_t rows = state_[kTableKey]->front().bytes;
        if (got.data != std::to_string(rows) + ",text\n") return nvme::kQueryFailed;
        return got.status;
    }

    const Host& host_;
    const Lane lane_;
    Random random_;
    State state_;
    Journal& journal_;
    Journal::Progress& progress_;
};

void work(const Plan& plan, const Knowledge& knowledge, Journal& journal) {
    std::mutex mutex;
    std::vector<std::string> log;
    Host host;
    const std::string closed = host.open(plan.root, plan.sync_always ? CSD_SYNC_ALWAYS : 0,
                                         [&](const std::string& sentence) {
                                             std::lock_guard lock(mutex);
                                             log.push_back(sentence);
                                         });
    if (!closed.empty()) return journal.fail("the drive does not open: " + closed);
    const std::string wrong = verify(host, plan.root, knowledge, journal.outcomes);
    if (!wrong.empty()) return journal.fail(wrong);
    {
        std::lock_guard lock(mutex);
        if (log.size() > 1) return journal.fail("the repair is told more than once: " + log[1]);
    }
    State state = knowledge.state;
    for (size_t i = 0; i < knowledge.operations.size(); i++) {
        const auto outcomes = expect(knowledge.operations[i], knowledge.state).outcomes;
        apply_delta(outcomes[journal.outcomes[i]], state);
    }
    journal.phase = Phase::kWorking;
    std::vector<std::thread> threads;
    for (int lane = 0; lane < plan.lanes; lane++) {
        threads.emplace_back([&, lane] { Worker(host, plan, lane, state, journal).run(); });
    }
    for (std::thread& thread : threads) thread.join();
}

}  // namespace

Random random_of(const Plan& plan, int lane) {
    return Random(plan.seed * 1000003 + static_cast<uint64_t>(lane));
}

Lane lane_of(const Plan& plan, int index) {
    return {.index = index, .count = plan.lanes, .selects = plan.selects};
}

DriveProcess::DriveProcess(const Plan& plan, const Knowledge& knowledge, Journal& journal)
    : pid_(fork()) {
    if (pid_ != 0) return;
    work(plan, knowledge, journal);
    _exit(1);  // work() returns only when something is wrong
}

bool DriveProcess::wait_for_work(Journal& journal, std::chrono::seconds most) const {
    const auto until = std::chrono::steady_clock::now() + most;
    while (journal.phase == Phase::kOpening) {
        siginfo_t ended{};
        waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
        if (ended.si_pid != 0 || std::chrono::steady_clock::now() > until) break;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return journal.phase == Phase::kWorking;
}

bool DriveProcess::kill() {
    if (pid_ < 0) return false;
    ::kill(pid_, SIGKILL);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

bool orphans_end(std::chrono::milliseconds most) {
    const auto until = std::chrono::steady_clock::now() + most;
    for (;;) {
        const pid_t ended = waitpid(-1, nullptr, WNOHANG);
        if (ended < 0) return true;  // there is none
        if (ended > 0) continue;
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
}

}  // namespace csd::crash
