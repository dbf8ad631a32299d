// SPDX-License-Identifier: BSD-3-Clause
//
// Core: the verbs, over whatever submits a command. The driver level and the bdev level derive from it.
//
//     verb -> Command -> nvme::encode -> submit() of the level ... answered() -> the caller's callback
//
// No exceptions, and no memory is allocated but at open(). Threads: those of csd/spdk/kv.h.
// Tested by core_test.cc (commands, errors), large_test.cc (pieces), discover_test.cc.
#pragma once

#include <memory>
#include <optional>

#include "nvme/command.hpp"
#include "request.hpp"

namespace csd::spdk {

// The data pointer's alignment is the level's matter; the rest of a verb's arguments is judged here.
class Core {
  public:
    Core();
    virtual ~Core();
    Core(const Core&) = delete;
    Core& operator=(const Core&) = delete;

    const csd_kv_info& info() const { return info_; }
    bool opening() const { return discovery_ != nullptr; }

    int open(const csd_kv_opts* options, csd_kv_open_cb function, void* argument);
    int close();

    int store(Request& request, const csd_kv_key* key, const Data& data, uint32_t flags,
              Callback done);
    int retrieve(Request& request, const csd_kv_key* key, const Data& data, uint64_t offset,
                 Callback done);
    int list(Request& request, const csd_kv_key* start, const Data& data, Callback done);
    int exist(Request& request, const csd_kv_key* key, Callback done);
    int erase(Request& request, const csd_kv_key* key, Callback done);
    int store_extended(Request& request, const csd_kv_key* key, const Data& data, uint64_t offset,
                       uint32_t flags, Callback done);
    int retrieve_extended(Request& request, const csd_kv_key* key, const Data& data,
                          uint64_t offset, uint32_t flags, Callback done);
    int compose(Request& request, const csd_kv_key* key, const Data& data, uint32_t flags,
                Callback done);
    int select_send(Request& request, const csd_kv_key* key, const csd_kv_select* select,
                    const Data& data, Callback done);
    int select_retrieve(Request& request, uint32_t id, const Data& data, uint64_t offset,
                        uint32_t flags, Callback done);

    // By the level, when a command it has submitted is complete.
    static void answered(Request& request, const spdk_nvme_cpl& completion);
    // By the level, when there may be room again for a command that had to wait.
    void go_on(Request& request);

  protected:
    // Sends request.command with its data. 0: answered() will be called, perhaps at once. A negated errno: whatever
    // answered() was told meanwhile is void.
    virtual int submit(Request& request) = 0;
    virtual int submit_admin(Request& request) = 0;
    virtual bool takes_admin() const = 0;
    virtual bool knows_namespace() const = 0;  // nsid_ is the one the commands will reach
    // There was no room for a command: go_on() is to be called when there is. -EAGAIN: now. Else it never will.
    virtual int wait(Request& request) = 0;
    // The end of a closed handle.
    virtual void dispose() { delete this; }
    // Most data of one command, 0 when only the drive knows.
    virtual uint32_t transfer_limit() const = 0;
    // Something below sends failed commands again.
    virtual bool resends() const = 0;
    // Whether all of a large value's data can be moved, wherever a piece of it begins.
    virtual bool takes_pieces_of(const Data&) const { return true; }
    // Ends a request that waits, as if its next command had failed.
    static void give_up(Request& request);

    uint32_t nsid_ = 0;

  private:
    friend class Discovery;

    bool is_2023() const { return info_.dialect == CSD_KV_2023; }
    bool has(csd_kv_extension extension) const { return (info_.extensions & extension) != 0; }
    nvme::Dialect dialect() const {
        return is_2023() ? nvme::Dialect::k2023 : nvme::Dialect::kKeyValue;
    }
    std::optional<Key> key_of(const csd_kv_key* key) const;
    int judge(const Data& data) const;

    void encode(Request& request, const nvme::Command& command);
    int start(Request& request, const nvme::Command& command, const Data& data, Callback done);
    int start(Request& request);
    int try_submit(Request& request);
    void finish(Request& request, const spdk_nvme_cpl& completion);

    // Large values.
    int start_large(Request& request, const Key& key, const Data& data, Callback done);
    int store_large(Request& request, const Key& key, const Data& data, uint32_t flags,
                    Callback done);
    int retrieve_large(Request& request, const Key& key, const Data& data, uint64_t offset,
                       Callback done);
    void prepare_store(Request& request);
    void prepare_retrieve(Request& request);
    void prepare_description(Request& request);
    static void stored_piece(Request& request, const spdk_nvme_cpl& completion);
    static void retrieved_piece(Request& request, const spdk_nvme_cpl& completion);
    static void described(Request& request, const spdk_nvme_cpl& completion);
    void describe_again(Request& request);
    bool take_turn(Request& request);
    void end_turn(Request& request);

    csd_kv_info info_{};
    bool ready_ = false;
    uint32_t in_flight_ = 0;
    Request* large_stores_ = nullptr;  // those under way, and those that wait for one of their key
    std::unique_ptr<class Discovery> discovery_;
};

// A completion that nothing below has made.
spdk_nvme_cpl completion_of(uint16_t status, uint64_t size = 0);
uint16_t status_of(const spdk_nvme_cpl& completion);  // SC, SCT, DNR as nvme/status.hpp has them
bool succeeded(const spdk_nvme_cpl& completion);

}  // namespace csd::spdk
