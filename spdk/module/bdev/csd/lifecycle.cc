// SPDX-License-Identifier: BSD-3-Clause
//
// How a bdev_csd comes and goes. Opening and closing a drive waits for files and processes, so both are errands: a thread
// that is bound to no reactor's processor does the work and comes back to the thread that sent it. Tested by tests/spdk.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <system_error>
#include <thread>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "bdev_csd.hpp"

namespace csd::spdk {
namespace {

int init();
void fini_start();
void fini();

spdk_bdev_module module = {
    .module_init = init,
    .fini_start = fini_start,
    .module_fini = fini,
    .name = "csd",
    .get_ctx_size = context_bytes,
    .async_fini = true,
};

// All of it belongs to the application's thread.
std::list<CsdBdev*> bdevs;
int opening = 0;
bool ending = false;
bool asked_to_finish = false;
spdk_thread* home = nullptr;  // the application's thread, once the module is there

struct Errand {
    std::function<void()> work;  // on a thread of its own
    std::function<void()> then;  // back on `home`
    spdk_thread* home = nullptr;
    std::thread thread;
};

void come_back(void* argument) {
    const std::unique_ptr<Errand> errand(static_cast<Errand*>(argument));
    errand->thread.join();
    errand->then();
}

// False: the system has no thread to spare, and nothing happens.
bool send_away(std::function<void()> work, std::function<void()> then) {
    auto* const errand = new Errand{std::move(work), std::move(then), spdk_get_thread(), {}};
    try {
        errand->thread = std::thread([errand] {
            spdk_unaffinitize_thread();
            errand->work();
            send(errand->home, come_back, errand);
        });
    } catch (const std::system_error&) {
        delete errand;
        return false;
    }
    return true;
}

// A host takes a namespace whose identity changed for another one, so it must not change with a restart of the target.
void identify(const CsdBdev& csd, spdk_uuid* uuid) {
    if (!csd.uuid.empty() && spdk_uuid_parse(uuid, csd.uuid.c_str()) == 0) return;
    std::array<char, 256> host{};
    gethostname(host.data(), host.size() - 1);
    const DriveOptions& options = csd.drive->options();
    const std::string place = std::string(host.data()) + '\n' + options.root + '\n' +
                              std::to_string(options.bus) + '\n' + std::to_string(options.nsid);
    const XXH128_hash_t hash = XXH3_128bits(place.data(), place.size());
    std::array<uint8_t, 16> bytes{};
    memcpy(bytes.data(), &hash, sizeof hash);
    bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0F) |
                                    0x80);  // RFC 9562: version 8, whatever the maker likes
    bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3F) | 0x80);
    memcpy(uuid, bytes.data(), bytes.size());
}

// A channel has nothing of its own: the drive is for all threads.
int channel_created(void*, void*) {
    return 0;
}
void channel_destroyed(void*, void*) {}

const CsdBdev* bdev_of(const DriveOptions& options) {
    const auto found = std::find_if(bdevs.begin(), bdevs.end(), [&](const CsdBdev* csd) {
        const DriveOptions& other = csd->drive->options();
        return other.root == options.root && other.bus == options.bus && other.nsid == options.nsid;
    });
    return found != bdevs.end() ? *found : nullptr;
}

// On success SPDK has it, until channels_gone().
Result<CsdBdev*> add(const std::unique_ptr<CsdBdev>& csd) {
    spdk_bdev& bdev = csd->bdev;
    static char product[] = "Computational Storage Drive";
    bdev.name = csd->name.data();
    bdev.product_name = product;
    bdev.ctxt = csd.get();
    bdev.module = &module;
    bdev.fn_table = &kFunctions;
    bdev.write_cache = csd->drive->options().sync_always ? 0 : 1;
    bdev.blocklen = 1u << Drive::kBlockShift;
    bdev.blockcnt = Drive::blocks(csd->drive->device());
    identify(*csd, &bdev.uuid);
    csd_spdk_bdev_set_namespace(&bdev, csd->drive->options().nsid,
                                !csd->drive->options().dialect_2023);
    spdk_io_device_register(csd.get(), channel_created, channel_destroyed, 1, csd->name.c_str());
    const int failed = spdk_bdev_register(&bdev);
    if (failed != 0) {
        spdk_io_device_unregister(csd.get(), nullptr);
        return Status(failed == -EEXIST ? Code::kExists : Code::kInternal,
                      "SPDK does not take a bdev '" + csd->name + "': " + spdk_strerror(-failed));
    }
    bdevs.push_back(csd.get());
    return csd.get();
}

// The drive goes away beside the reactors, then `then` follows.
void close(std::unique_ptr<Drive> drive, const std::function<void()>& then) {
    auto* const closing = drive.release();
    if (send_away([closing] { delete closing; }, then)) return;
    delete closing;  // late rather than never
    then();
}

void opened() {
    opening--;
    if (opening == 0 && asked_to_finish) csd_spdk_bdev_module_fini_done();
}

void drive_opened(std::unique_ptr<CsdBdev> csd, const Created& done) {
    const Result<CsdBdev*> added =
        ending ? Status(Code::kAborted, "the application is ending") : add(csd);
    done(added);
    if (added.ok()) {
        csd.release();  // NOLINT(bugprone-unused-return-value): the bdev layer has it now
        opened();
    } else {
        close(std::move(csd->drive), opened);
    }
}

int init() {
    home = spdk_get_thread();
    return 0;
}

void fini_start() {
    ending = true;
}

void fini() {
    asked_to_finish = true;
    if (opening == 0) csd_spdk_bdev_module_fini_done();
}

void channels_gone(void* context) {
    auto* const csd = static_cast<CsdBdev*>(context);
    bdevs.remove(csd);
    close(std::move(csd->drive), [csd] {
        spdk_bdev_destruct_done(&csd->bdev, 0);
        delete csd;
    });
}

}  // namespace

void send(spdk_thread* thread, spdk_msg_fn function, void* argument) {
    while (spdk_thread_send_msg(thread, function, argument) == -ENOMEM) usleep(100);
}

void host_ended(uint32_t number) {
    const auto forget = [](void* argument) {
        const std::unique_ptr<uint32_t> host(static_cast<uint32_t*>(argument));
        for (const CsdBdev* csd : bdevs) csd->drive->forget(*host);
    };
    send(home, forget, new uint32_t(number));
}

void create_bdev(const std::string& name, const std::string& uuid, const DriveOptions& options,
                 const Created& done) {
    if (spdk_bdev_get_by_name(name.c_str()) != nullptr) {
        done(Status(Code::kExists, "there is a bdev '" + name + "' already"));
        return;
    }
    if (const CsdBdev* other = bdev_of(options)) {  // the engine would wait for it a while
        done(Status(Code::kExists, "the bdev '" + other->name + "' is this drive already"));
        return;
    }
    auto opened_drive =
        std::make_shared<Result<std::unique_ptr<Drive>>>(Code::kInternal, "not opened");
    auto work = [opened_drive, options] { *opened_drive = Drive::open(options); };
    auto then = [opened_drive, name, uuid, done] {
        if (!opened_drive->ok()) {
            done(opened_drive->status());
            opened();
            return;
        }
        auto csd = std::make_unique<CsdBdev>();
        csd->name = name;
        csd->uuid = uuid;
        csd->drive = std::move(*opened_drive).value();
        drive_opened(std::move(csd), done);
    };
    opening++;
    if (!send_away(work, then)) {
        done(Status(Code::kInternal, "the system has no thread to open the drive with"));
        opened();
    }
}

int delete_bdev(const std::string& name, Deleted done) {
    spdk_bdev* const bdev = spdk_bdev_get_by_name(name.c_str());
    if (bdev == nullptr || bdev->module != &module) return -ENODEV;
    const auto deleted = [](void* context, int error) {
        const std::unique_ptr<Deleted> waiting(static_cast<Deleted*>(context));
        (*waiting)(error);
    };
    spdk_bdev_unregister(bdev, deleted, new Deleted(std::move(done)));
    return 0;
}

const std::list<CsdBdev*>& all_bdevs() {
    return bdevs;
}

// The last user is gone. 1: spdk_bdev_destruct_done follows.
int destruct(void* context) {
    spdk_io_device_unregister(context, channels_gone);
    return 1;
}

spdk_io_channel* get_io_channel(void* context) {
    return spdk_get_io_channel(context);
}

SPDK_BDEV_MODULE_REGISTER(csd, &module)

}  // namespace csd::spdk
