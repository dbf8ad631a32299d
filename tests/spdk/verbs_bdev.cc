// SPDX-License-Identifier: BSD-3-Clause
//
// The bdev level of csd-spdk-verbs: SPDK's bdev layer itself, on one thread and with few bdev_ios, so that a crowd of
// commands has to wait for them.
#include <filesystem>
#include <optional>
#include <vector>

#include "csd/spdk/bdev_kv.h"
#include "csd/spdk/compat_init.h"
#include "verbs.hpp"

namespace {

constexpr uint32_t kPoolEntries = 12;
constexpr uint32_t kCacheEntries = 2;
constexpr size_t kBufferBytes = 5 << 20;
constexpr uint32_t kTransferBytes = 256 << 10;

spdk_thread* g_thread = nullptr;
int g_waits = 0;  // of the library, for a bdev_io

struct BdevLevel : csd::spdk::BdevVerbs {
    static int32_t poll(Handle*) { return spdk_thread_poll(g_thread, 0, 0); }
};

template <typename Done>
void until(Done done) {
    while (!done()) spdk_thread_poll(g_thread, 0, 0);
}

void keep(void* outcome, int rc) {
    *static_cast<std::optional<int>*>(outcome) = rc;
}

// Programs that ask for the same key, over and over, and wait for a bdev_io where there is none.
class Crowd {
  public:
    Crowd(spdk_io_channel* channel, csd_bdev_kv* kv, spdk_bdev* bdev)
        : channel_(channel), kv_(kv), bdev_(bdev), members_(3 * kPoolEntries) {}

    void start() {
        for (Member& member : members_) {
            member.crowd = this;
            send(&member);
        }
    }
    void end() { ends_ = true; }
    bool is_gone() const { return gone_ == members_.size(); }
    int refusals() const { return refusals_; }

    static void send(void* argument) {
        Member& member = *static_cast<Member*>(argument);
        Crowd& crowd = *member.crowd;
        const csd_kv_key key = key_of("verbs.none");
        int rc = -EINVAL;
        while (rc == -EINVAL) {  // there is a bdev_io now
            rc = csd_bdev_kv_exist(crowd.kv_, &member.request, &key, answered, &member);
            if (rc != -ENOMEM) break;
            crowd.refusals_++;
            member.wait = {};
            member.wait.bdev = crowd.bdev_;
            member.wait.cb_fn = send;
            member.wait.cb_arg = &member;
            rc = spdk_bdev_queue_io_wait(crowd.bdev_, crowd.channel_, &member.wait);
        }
        if (rc != 0) check("a command of the crowd is taken", false);
    }

  private:
    struct Member {
        Crowd* crowd = nullptr;
        csd_kv_request request;
        spdk_bdev_io_wait_entry wait;
    };
    static void answered(void* argument, const spdk_nvme_cpl* completion) {
        Member& member = *static_cast<Member*>(argument);
        if (completion->status.sc != 0x87) check("the crowd finds no such key", false);
        if (!member.crowd->ends_) return send(&member);
        member.crowd->gone_++;
    }

    spdk_io_channel* const channel_;
    csd_bdev_kv* const kv_;
    spdk_bdev* const bdev_;
    std::vector<Member> members_;
    bool ends_ = false;
    size_t gone_ = 0;
    int refusals_ = 0;
};

// Between the pieces of a large value somebody else takes its bdev_io: the library waits for the next one.
void crowds(csd_bdev_kv* kv, spdk_io_channel* channel, spdk_bdev* bdev, uint8_t* buffer) {
    const csd_kv_key key = key_of("verbs.large");
    std::string value(kBufferBytes, ' ');
    for (size_t i = 0; i < value.size(); i++) value[i] = static_cast<char>(i * 2654435761u >> 24);
    csd_kv_request request;
    for (const bool store : {true, false}) {
        Answer large;
        Crowd crowd(channel, kv, bdev);
        g_waits = 0;
        int rc = 0;
        if (store) {
            std::copy(value.begin(), value.end(), buffer);
            rc = csd_bdev_kv_store(kv, &request, &key, buffer, kBufferBytes, 0, Answer::arrived,
                                   &large);
        } else {
            std::fill_n(buffer, kBufferBytes, uint8_t{0});
            rc = csd_bdev_kv_retrieve(kv, &request, &key, buffer, kBufferBytes, 0, Answer::arrived,
                                      &large);
        }
        check("a large value sets out in a crowd", rc == 0);
        crowd.start();
        until([&] { return large.done; });
        crowd.end();
        until([&] { return crowd.is_gone(); });
        check("it arrives", large.ok());
        check("the crowd has waited", crowd.refusals() > 0);
        check("and so has the value", g_waits > 0);
    }
    check("it is whole", std::string_view(reinterpret_cast<char*>(buffer), kBufferBytes) == value);
    Answer erased;
    check("it is deleted", csd_bdev_kv_delete(kv, &request, &key, Answer::arrived, &erased) == 0);
    until([&] { return erased.done; });
}

void start_layer(const char* configuration) {
    std::string directory = (std::filesystem::temp_directory_path() / "verbs-XXXXXX").string();
    check("there is a directory for SPDK's socket", mkdtemp(directory.data()) != nullptr);
    spdk_thread_lib_init(nullptr, 0);
    spdk_bdev_opts options{};
    csd_spdk_bdev_get_opts(&options);
    options.bdev_io_pool_size = kPoolEntries;
    options.bdev_io_cache_size = kCacheEntries;
    check("the layer has few bdev_ios", spdk_bdev_set_opts(&options) == 0);
    g_thread = spdk_thread_create("verbs", nullptr);
    spdk_set_thread(g_thread);
    spdk_rpc_set_state(SPDK_RPC_STARTUP);
    std::optional<int> loaded;
    csd_spdk_load_config(
        configuration, (directory + "/rpc").c_str(),
        [](int rc, void* outcome) { keep(outcome, rc); }, &loaded);
    until([&] { return loaded.has_value(); });
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
    check("the configuration is carried out", *loaded == 0);
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the linker makes these names
extern "C" {
int __real_spdk_bdev_queue_io_wait(spdk_bdev* bdev, spdk_io_channel* channel,
                                   spdk_bdev_io_wait_entry* entry);
int __wrap_spdk_bdev_queue_io_wait(spdk_bdev* bdev, spdk_io_channel* channel,
                                   spdk_bdev_io_wait_entry* entry) {
    if (entry->cb_fn != Crowd::send) g_waits++;
    return __real_spdk_bdev_queue_io_wait(bdev, channel, entry);
}
}
// NOLINTEND(readability-identifier-naming)

void run_on_bdev(const char* name, const char* configuration) {
    start_layer(configuration);
    spdk_bdev_desc* desc = nullptr;
    const auto ignore = [](spdk_bdev_event_type, spdk_bdev*, void*) {};
    check("there is the bdev", spdk_bdev_open_ext(name, true, ignore, nullptr, &desc) == 0);
    spdk_io_channel* const channel = spdk_bdev_get_io_channel(desc);
    auto* const buffer = static_cast<uint8_t*>(spdk_dma_zmalloc(kBufferBytes, 4096, nullptr));
    check("with a channel and memory", channel != nullptr && buffer != nullptr);
    csd_kv_opts options{};
    options.max_transfer_bytes = kTransferBytes;
    std::optional<int> opened;
    csd_bdev_kv* kv = nullptr;
    check("opening begins", csd_bdev_kv_open(desc, channel, &options, keep, &opened, &kv) == 0);
    until([&] { return opened.has_value(); });
    check("it is a drive", *opened == 0);
    Verbs<BdevLevel>(kv, buffer, kBufferBytes).run();
    crowds(kv, channel, spdk_bdev_desc_get_bdev(desc), buffer);
    check("the handle is closed", csd_bdev_kv_close(kv) == 0);
    spdk_dma_free(buffer);
    spdk_put_io_channel(channel);
    spdk_bdev_close(desc);
    std::optional<int> ended;
    spdk_subsystem_fini([](void* outcome) { keep(outcome, 0); }, &ended);
    until([&] { return ended.has_value(); });
}
