// SPDX-License-Identifier: BSD-3-Clause
//
// Device: one namespace of the drive, behind the C interface of include/csd/device.h.
//
// A command travels decode (nvme/command.hpp) -> try_execute or execute (execute.cc, select.cc) ->
// store/ or query/ -> completion (completion.hpp). describe.cc answers what the drive says of
// itself.
//
// Threads: as device.h promises. The device adds no lock of its own: store, results and query
// engine each keep theirs, and none calls another while holding one. Its own thread, the janitor,
// fills the index and then looks after what is idle or left to remove.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "csd/cancel.hpp"
#include "csd/log.hpp"
#include "csd/status.hpp"
#include "device/completion.hpp"
#include "device/host_memory.hpp"
#include "device/query/query.hpp"
#include "device/results.hpp"
#include "device/store/store.hpp"
#include "nvme/admin.hpp"
#include "nvme/command.hpp"
#include "nvme/identify.hpp"

namespace csd::device {

struct DeviceOptions {
    store::Options store;
    query::Options query;
    ResultTable::Limits results;
    nvme::Rules rules;
};

// What a running command knows beside its own fields.
struct Call {
    uint32_t controller = 0;
    HostMemory memory;
    CancelToken cancel;
};

struct Statistics {
    std::atomic<uint64_t> commands{0};
    std::atomic<uint64_t> read_bytes{0};
    std::atomic<uint64_t> written_bytes{0};
    std::atomic<uint64_t> selects{0};
    std::atomic<uint64_t> selects_failed{0};
    std::atomic<uint64_t> select_scanned_bytes{0};
    std::atomic<uint64_t> select_returned_bytes{0};
};

class Device {
  public:
    static Result<std::unique_ptr<Device>> open(const DeviceOptions& options);
    ~Device();

    const nvme::Rules& rules() const { return rules_; }

    std::optional<Completion> try_execute(const nvme::Command& command, const Call& call);
    Completion execute(const nvme::Command& command, const Call& call);
    void wake_cancelled() { query_->wake(); }
    void reset(uint32_t controller);
    bool end_running(uint32_t controller, uint32_t id);  // false: no such query runs

    // Fills a page of 4096 bytes; device.h, enum csd_page.
    uint16_t describe(uint32_t page, uint32_t argument, MutableBytes data);
    bool describe_ready(uint32_t page) const;
    // Get and Set Features 20h and Format NVM, judged whole before anything happens.
    uint16_t admin(const nvme::Sqe& sqe, uint32_t* dw0);
    uint16_t get_feature(uint8_t fid, uint32_t* dw0);
    uint16_t set_feature(uint8_t fid, uint32_t cdw11);
    uint16_t flush();
    uint16_t format(uint32_t format_index);

    const Statistics& statistics() const { return statistics_; }
    ResultTable::Counts result_counts() { return results_.counts(); }
    store::Usage usage() { return store_->usage(); }

  private:
    Device(const DeviceOptions& options, std::unique_ptr<store::Store> store,
           std::unique_ptr<query::QueryEngine> query);

    // execute.cc
    Completion run(const nvme::Flush& command, const Call& call);
    Completion run(const nvme::Store& command, const Call& call);
    Completion run(const nvme::Retrieve& command, const Call& call);
    Completion run(const nvme::List& command, const Call& call);
    Completion run(const nvme::Delete& command, const Call& call);
    Completion run(const nvme::Exist& command, const Call& call);
    Completion run(const nvme::Compose& command, const Call& call);
    std::optional<Completion> attempt(const nvme::Retrieve& command, const Call& call);
    std::optional<Completion> attempt(const nvme::List& command, const Call& call);
    std::optional<Completion> attempt(const nvme::Exist& command);
    Result<uint64_t> store_value(const nvme::Store& command, const Call& call);
    Result<uint64_t> append_to_nothing(const nvme::Store& command, store::Slices data,
                                       const Call& call);
    Completion completed_read(const Result<store::ReadResult>& read) const;
    Completion completed_info(const Result<store::ValueInfo>& info, const nvme::Retrieve& command,
                              const Call& call) const;
    Completion completed_list(const Status& status, uint64_t total, Bytes page,
                              const Call& call) const;
    // kOk gives a plain success.
    Completion answer(Code code) const { return failed(code, rules_.dialect); }

    // select.cc
    Completion run(const nvme::SelectSend& command, const Call& call);
    Completion run(const nvme::SelectRetrieve& command, const Call& call);
    Completion select_now(uint32_t id, query::Request request, const Call& call);
    Completion select_later(uint32_t id, query::Request request);
    void finish_later(uint32_t id, query::Outcome outcome);
    Completion failed_select(uint32_t id, const Status& why);
    Completion describe_result(const ResultTable::View& view, const nvme::SelectRetrieve& command,
                               const Call& call);
    Completion fetch(const nvme::SelectRetrieve& command, const ResultTable::View& view,
                     const Call& call);
    Completion fetch_text(const std::string& text, const nvme::SelectRetrieve& command,
                          const Call& call);

    uint32_t configuration(nvme::FeatureSelect select) const;
    nvme::KeyValueNamespace describe_namespace();
    nvme::KeyValueNamespace describe_format() const;
    nvme::Extensions extensions() const;
    void run_janitor();
    std::chrono::milliseconds keep_house(CancelToken stop);

    const nvme::Rules rules_;
    const query::Options query_options_;
    const ResultTable::Limits result_limits_;
    const Log log_;
    Statistics statistics_;

    std::unique_ptr<store::Store> store_;
    ResultTable results_;
    std::unique_ptr<query::QueryEngine> query_;  // after results_: its callbacks end there

    std::atomic<bool> index_complete_{false};
    std::atomic<uint32_t> stopping_{0};
    std::mutex janitor_mutex_;  // only for janitor_wakes_
    std::condition_variable janitor_wakes_;
    std::thread janitor_;  // last: it uses everything above
};

}  // namespace csd::device
