// SPDX-License-Identifier: BSD-3-Clause
#include "kv/transport/spdk/bdev_layer.hpp"

#include <unistd.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <functional>
#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "base/signals.hpp"
#include "csd/spdk/compat_init.h"
#include "kv/transport/spdk/log.hpp"
#include "kv/transport/spdk/patience.hpp"
#include "kv/transport/spdk/sdk.hpp"
#include "kv/transport/spdk/socket_deadline.hpp"

namespace csd::kv {
namespace {

namespace fs = std::filesystem;

constexpr uint32_t kConfigureMs = 60'000;
constexpr uint32_t kSilentMs = 20'000;  // of a target within a configuration
constexpr uint32_t kEndMs = 5'000;
constexpr uint32_t kLeaveMs = 2'000;
constexpr std::chrono::microseconds kNap{500};

// SPDK's own sizes are for a server, and take seconds to set up.
constexpr uint32_t kPoolEntries = 8191;
constexpr uint32_t kCacheEntries = 32;

// A directory of ours alone, for the socket that SPDK configures itself through.
class PrivateDirectory {
  public:
    PrivateDirectory() {
        std::string pattern = (fs::temp_directory_path() / "csd-spdk-XXXXXX").string();
        if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
    }
    ~PrivateDirectory() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    PrivateDirectory(const PrivateDirectory&) = delete;
    PrivateDirectory& operator=(const PrivateDirectory&) = delete;
    const fs::path& path() const { return path_; }

  private:
    fs::path path_;
};

// The outcome of something of SPDK's that calls back on the layer's thread.
struct Outcome {
    bool done = false;
    int error = 0;
    static void set(int error, void* self) { *static_cast<Outcome*>(self) = {true, error}; }
};

class Layer {
  public:
    Status start();
    Status configure(const std::string& file, const OpenOptions& options);
    void end();

  private:
    void look_after();
    // Runs it on the layer's thread, and waits for it.
    int run(const std::function<int()>& task);
    int load(const std::string& file, const OpenOptions& options, std::string& reason);
    int wait_for(const Outcome& outcome, uint32_t timeout_ms, const CancelToken& cancel = {});

    std::thread keeper_;
    spdk_thread* thread_ = nullptr;  // of the keeper
    std::atomic<bool> ends_ = false;
    std::mutex mutex_;
    std::packaged_task<int()> task_;  // guarded by mutex_
};

Status Layer::start() {
    if (spdk_thread_lib_init(nullptr, 0) != 0) {
        return {Code::kTransport, "SPDK's threads do not start: out of memory"};
    }
    spdk_bdev_opts options{};
    csd_spdk_bdev_get_opts(&options);
    options.bdev_io_pool_size = kPoolEntries;
    options.bdev_io_cache_size = kCacheEntries;
    csd_spdk_few_buffers(&options);
    spdk_bdev_set_opts(&options);
    thread_ = spdk_thread_create("csd", nullptr);
    if (thread_ == nullptr) return {Code::kTransport, "SPDK has no memory for a thread"};
    spdk_rpc_set_state(SPDK_RPC_STARTUP);
    const AllSignalsBlocked signals;
    keeper_ = std::thread([this] { look_after(); });
    pthread_setname_np(keeper_.native_handle(), "csd-bdev");
    return {};
}

void Layer::look_after() {
    while (!ends_) {
        std::packaged_task<int()> task;
        {
            const std::lock_guard lock(mutex_);
            std::swap(task, task_);
        }
        if (task.valid()) task();
        if (spdk_thread_poll(thread_, 0, 0) == 0) std::this_thread::sleep_for(kNap);
    }
}

int Layer::run(const std::function<int()>& work) {
    std::packaged_task<int()> task(work);
    std::future<int> outcome = task.get_future();
    {
        const std::lock_guard lock(mutex_);
        task_ = std::move(task);
    }
    return outcome.get();
}

// On the layer's thread, which goes on polling meanwhile.
int Layer::wait_for(const Outcome& outcome, uint32_t timeout_ms, const CancelToken& cancel) {
    const Patience patience(timeout_ms);
    while (!outcome.done) {
        if (cancel.cancelled()) return -ECANCELED;
        spdk_thread_poll(thread_, 0, 0);
        if (!outcome.done && !patience.pause()) return -ETIMEDOUT;
    }
    return outcome.error;
}

int Layer::load(const std::string& file, const OpenOptions& options, std::string& reason) {
    static Outcome outcome;  // SPDK may call back after the time is over
    outcome = {};
    const PrivateDirectory directory;
    LogScope said(options.log);
    const SocketDeadline deadline(kSilentMs, options.cancel);
    spdk_set_thread(thread_);
    csd_spdk_load_config(file.c_str(), (directory.path() / "rpc").c_str(), Outcome::set, &outcome);
    spdk_set_thread(nullptr);
    const int error = wait_for(outcome, kConfigureMs, options.cancel);
    reason = said.reason();
    if (deadline.is_silent()) reason += "; a target that it names does not answer";
    return error;
}

Status Layer::configure(const std::string& file, const OpenOptions& options) {
    std::string reason;
    const int error = run([&] { return load(file, options, reason); });
    if (error == 0) return {};
    if (options.cancel.cancelled()) return {Code::kAborted, "interrupted"};
    return {Code::kTransport, "SPDK does not carry out the configuration in " + file + ": " +
                                  std::strerror(std::abs(error)) + reason};
}

void Layer::end() {
    run([this] {
        static Outcome outcome;
        const SocketDeadline deadline(kLeaveMs);
        spdk_set_thread(thread_);
        spdk_subsystem_fini([](void* self) { Outcome::set(0, self); }, &outcome);
        spdk_set_thread(nullptr);
        return wait_for(outcome, kEndMs);
    });
    ends_ = true;
    keeper_.join();
}

std::mutex g_mutex;
// Guarded by g_mutex; never freed, as SPDK's threads may outlive every static object.
Layer* g_layer = nullptr;
std::set<std::string>& configured() {
    static auto* const files = new std::set<std::string>;
    return *files;
}

Status start_layer() {
    if (g_layer != nullptr) return {};
    auto layer = std::make_unique<Layer>();
    if (const Status started = layer->start(); !started.ok()) return started;
    g_layer = layer.release();
    std::atexit([] { g_layer->end(); });
    return {};
}

}  // namespace

Status configure_bdevs(const std::string& file, const OpenOptions& options) {
    const std::lock_guard lock(g_mutex);
    std::error_code failed;
    const std::string path = fs::canonical(file, failed).string();
    if (failed || access(path.c_str(), R_OK) != 0) {
        return {Code::kTransport, "the configuration " + file + " cannot be read: " +
                                      (failed ? failed.message() : std::strerror(errno))};
    }
    if (fs::is_directory(path, failed)) {
        return {Code::kTransport, "the configuration " + file +
                                      " is a directory; it is a file of " +
                                      "JSON, see docs/guide-spdk.md"};
    }
    if (configured().contains(path)) return {};
    if (const Status started = start_layer(); !started.ok()) return started;
    if (const Status done = g_layer->configure(path, options); !done.ok()) return done;
    configured().insert(path);
    return {};
}

}  // namespace csd::kv
