// SPDX-License-Identifier: BSD-3-Clause
//
// ResultTable: the answers of selects, from the moment they are asked for until they are fetched.
//
//     Result<uint32_t> id = results.reserve(controller);       // a place, or kQueryBusy
//     results.finish(id, outcome);                             // the query ended
//     results.fetch(controller, id, ...);                      // as often as the host likes
//
// A place is in one of three states: running, done (a memory file), failed (a sentence). It belongs
// to the controller that asked; another controller's id does not exist. A full table refuses;
// nothing that was promised is ever evicted. Reasons of failed synchronous selects are the
// exception: they are small, and the newest kMostReasons of them are kept.
//
// Threads: every method from any thread; one mutex, never held across a system call that can block.
// Tested by results_test.cc.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.hpp"
#include "csd/status.hpp"
#include "nvme/identify.hpp"

namespace csd::device {

class ResultTable {
  public:
    using Clock = std::chrono::steady_clock;

    struct Limits {
        uint32_t held = 0;
        uint64_t bytes = 0;  // of all results together
        Clock::duration idle{};
    };

    struct Held {
        UniqueFd file;  // of a result; invalid for a reason
        nvme::QueryReason reason;
        uint64_t size = 0;
    };

    // What a host may fetch now.
    struct View {
        nvme::ResultState state = nvme::ResultState::kRunning;
        Code failure = Code::kOk;  // why, when the state is failed
        bool reported = false;     // the host has been told of the failure
        std::shared_ptr<const Held> held;
        uint64_t ticket = 0;  // of the running query
        uint64_t value_bytes = 0;
    };

    struct Counts {
        uint64_t held = 0;
        uint64_t bytes = 0;
    };

    explicit ResultTable(const Limits& limits);

    // A place for a query about to run over a value of so many bytes. kQueryBusy when the table is full.
    Result<uint32_t> reserve(uint32_t owner, uint64_t value_bytes = 0);
    // Names the query that runs for this place, so that freeing the place can stop it. False when
    // the place has been freed meanwhile: the caller stops the query itself.
    bool set_ticket(uint32_t id, uint64_t ticket);
    // kQueryBusy when there is no room for so many bytes: the place stays, for the reason. kAborted when it was freed
    // meanwhile. The file is a sealed memory file.
    Status finish(uint32_t id, UniqueFd file, uint64_t bytes);
    // The query failed: the place becomes the reason, which becomes its owner's last one.
    // `reported`: the host learns of it from the completion of the same command.
    void fail(uint32_t id, const Status& why, bool reported);
    void release(uint32_t id);

    // Nothing when the id is unknown or another controller's. Fetching counts as use.
    std::optional<View> look(uint32_t owner, uint32_t id);
    // True for the one who was first to tell the host of the failure.
    bool mark_reported(uint32_t id);
    // Removes the place; the ticket of a query that must now be stopped, or 0. Nothing when another caller was first.
    std::optional<uint64_t> drop(uint32_t owner, uint32_t id);
    // The same, but only while the query runs: a result or a reason that is there stays.
    std::optional<uint64_t> drop_running(uint32_t owner, uint32_t id);
    // Null when no select of this controller has failed.
    std::shared_ptr<const Held> last_reason(uint32_t owner);

    // Returns the tickets of the queries that must now be stopped.
    std::vector<uint64_t> drop_owner(uint32_t owner);
    // Drops what nobody looked at for the idle time. A running query has its own deadline instead.
    void expire(Clock::time_point now);

    Counts counts();

  private:
    struct Place {
        uint32_t owner = 0;
        nvme::ResultState state = nvme::ResultState::kRunning;
        Code failure = Code::kOk;
        bool reported = false;
        std::shared_ptr<const Held> held;
        uint64_t ticket = 0;
        uint64_t value_bytes = 0;
        Clock::time_point used{};
    };
    using Places = std::map<uint32_t, Place>;

    // The caller holds mutex_.
    uint64_t erase(Places::iterator place);
    void bound_reasons();

    const Limits limits_;

    std::mutex mutex_;
    // Guarded by mutex_.
    Places places_;
    // From a number that nobody can know on: whoever asks a drive that was restarted for what it had, must not get another's.
    uint32_t next_id_;
    uint32_t results_ = 0;  // places that are not a reported reason
    uint64_t bytes_ = 0;
    std::list<uint32_t> reasons_;  // ids of reported reasons, oldest first
    std::map<uint32_t, std::shared_ptr<const Held>> last_reasons_;  // by owner
};

}  // namespace csd::device
