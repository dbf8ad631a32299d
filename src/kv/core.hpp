// SPDX-License-Identifier: BSD-3-Clause
//
// Core: what every verb of the Client is built on: one typed command, sent or run to its end.
//
//     core.send(nvme::Exist{key}, {}, [](const nvme::Cqe& cqe) { ... });       async
//     Result<nvme::Cqe> done = core.run(nvme::Exist{key}, {});                    blocking
//
// It encodes in the dialect of the namespace, queues what the transport cannot take yet, copies data into
// the transport's memory where that is needed, and knows what the drive can do. Verbs are in store.cc,
// retrieve.cc, list.cc, select.cc and client.cc.
//
// Threads: as Client. Tested by client_test.cc.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "csd/kv.hpp"
#include "kv/buffer.hpp"
#include "kv/transport/transport.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {

class Core {
  public:
    Core(std::unique_ptr<Transport> transport, const OpenOptions& options);
    ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    // Finds out the dialect, the extensions and the limits. Before that nothing else may be called.
    Status discover();

    // --- One command --------------------------------------------------------------------------------------
    void send(const nvme::Command& command, MutableBytes data, Transport::Done done);
    // For commands whose data goes to the drive. The drive does not write there.
    void send(const nvme::Command& command, Bytes data, Transport::Done done) {
        send(command, MutableBytes(const_cast<uint8_t*>(data.data()), data.size()),
             std::move(done));
    }

    // Waits for the completion, whatever its status; kAborted when the caller has cancelled before it was sent.
    Result<nvme::Cqe> exchange(const nvme::Command& command, MutableBytes data);
    // The same, with a status other than success as a failure.
    Result<nvme::Cqe> run(const nvme::Command& command, MutableBytes data);
    Result<nvme::Cqe> run(const nvme::Command& command, Bytes data) {
        return run(command, MutableBytes(const_cast<uint8_t*>(data.data()), data.size()));
    }
    Result<nvme::Cqe> admin(const nvme::Sqe& sqe, MutableBytes data);
    // A failed completion as a Status, remembered for last_nvme_status(). Command Abort Requested is kAborted only if the
    // caller has cancelled, else kReset.
    Status failure(const nvme::Cqe& cqe);
    // A failed completion that means: the drive no longer holds what this client left there. kReset, with `what` as the
    // sentence. For a status that has another meaning elsewhere, so that only the sender of the command knows.
    Status lost(const nvme::Cqe& cqe, const std::string& what);
    // Whether a reset of the drive explains the failure, so that a command that only reads may be sent again.
    bool may_be_reset(const Status& failed) const;

    size_t poll();
    size_t wait(uint32_t timeout_ms);
    size_t in_flight() const { return waiting_.size() + sent_; }
    template <typename Ready>
    void wait_until(Ready ready) {
        while (!ready()) wait(kWaitMs);
    }
    // Lets time pass, no less than asked for unless cancelled.
    Status pause(uint32_t time_ms);

    // --- Turns: stores of one key, one after the other --------------------------------------------------------
    // Runs `start` now, or when the store of this key that has the turn calls end_turn().
    void take_turn(const Key& key, std::function<void()> start);
    void end_turn(const Key& key);

    // --- What the drive can do --------------------------------------------------------------------------------
    bool is_2023() const { return info_.dialect == nvme::Dialect::k2023; }
    const std::optional<nvme::Extensions>& extensions() const { return info_.extensions; }
    // Pieces, offsets and descriptions of a Key Value drive with our extensions.
    bool can_more() const { return !is_2023() && extensions() && extensions()->more; }
    bool can_append() const { return is_2023() || (extensions() && extensions()->append); }
    bool can_offset() const { return is_2023() || (extensions() && extensions()->offset); }
    // Where a target answers Identify itself it may also take 01h and 02h for its own Write and Read.
    bool extended_only() const { return !identifies_; }
    bool can_describe() const { return !is_2023() && extensions() && extensions()->offset; }
    uint32_t piece_bytes() const { return piece_bytes_; }
    // Most bytes of one standard Store: a piece, or the format's VML where that is less.
    uint32_t store_bytes() const { return store_bytes_; }
    bool cancels_slowly() const { return !transport_->limits().can_cancel; }
    bool resends() const { return limits_.resends; }
    bool cancelled() const { return options_.cancel.cancelled(); }

    const DriveInfo& drive() const { return info_; }
    Status refresh();  // asks for the figures of info again
    Result<Buffer> buffer(size_t bytes) { return Buffer::of(*transport_, bytes); }

    // The size a completion tells. Nothing where it does not fit in what arrived: then the client describes.
    std::optional<uint64_t> size_of(const nvme::Cqe& cqe) const;
    Result<ValueInfo> describe(const Key& key);

    uint32_t nsid() const { return transport_->nsid(); }
    uint16_t last_status() const { return last_status_; }
    void forget_status() { last_status_ = 0; }

  private:
    // Between looks at the cancel token. A completion ends the wait at once.
    static constexpr uint32_t kWaitMs = 20;

    struct Entry {
        nvme::Sqe sqe;
        MutableBytes data;
        Transport::Done done;
        Buffer copy;  // what travels in the place of data that is not in the transport's memory
    };

    void send_entry(Entry entry);
    void submit_waiting();
    bool submit(Entry& entry);
    void refuse(Entry& entry, const Status& why);
    void finish(uint32_t place, const nvme::Cqe& cqe);
    void notice_cancel();
    Status make_copy(Entry& entry);
    void end_copy(Entry& entry);

    Result<bool> discover_key_value();
    Result<bool> discover_2023();
    Result<bool> probe();
    void read_controller();
    void adopt(const nvme::KeyValueNamespace& ns);
    void set_limits();

    const OpenOptions options_;
    const std::unique_ptr<Transport> transport_;
    const TransportLimits limits_;
    DriveInfo info_;
    bool identifies_ = true;  // false: the page came through 82h, and so it must again
    uint32_t piece_bytes_ = 4096;
    uint32_t store_bytes_ = 4096;
    uint32_t format_value_bytes_ = UINT32_MAX;  // VML

    std::deque<Entry> waiting_;  // for room in the transport
    size_t sent_ = 0;
    std::vector<Entry> in_transport_;    // what was sent
    std::vector<uint32_t> free_places_;  // among them
    bool closing_ = false;               // callbacks are dropped
    bool cancel_sent_ = false;
    uint16_t last_status_ = 0;
    Status
        refusal_;  // of the entry that the transport refused last, until it takes one or failure() has told it
    std::map<size_t, std::vector<Buffer>> copies_;  // free ones, by size
    std::map<Key, std::deque<std::function<void()>>> turns_;
};

}  // namespace csd::kv
