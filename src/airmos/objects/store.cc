// SPDX-License-Identifier: BSD-3-Clause
// Tested by store_test.cc.
#include "airmos/objects/store.hpp"

#include <algorithm>
#include <chrono>

#include "airmos/objects/listing.hpp"
#include "airmos/objects/rebuild.hpp"
#include "base/signals.hpp"

namespace csd::airmos {

std::vector<double> latency_bounds() {
    return {objects::kLatencyBounds.begin(), objects::kLatencyBounds.end()};
}

Result<std::unique_ptr<Objects>> Objects::open(ObjectsOptions options) {
    return objects::Store::open(std::move(options), {});
}

}  // namespace csd::airmos

namespace csd::airmos::objects {
namespace {

constexpr size_t kMostNameBytes = 1024;
constexpr auto kLookEvery = std::chrono::seconds(2);

}  // namespace

uint64_t now_ms() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

Store::Store(ObjectsOptions options, Seams seams)
    : options_(std::move(options)), seams_(std::move(seams)) {
    OpenClient open = seams_.open;
    if (!open) open = &kv::Client::open;
    for (size_t i = 0; i < options_.devices.size(); i++) {
        drives_.push_back(std::make_unique<Drive>(
            DriveSettings{.device = options_.devices[i],
                          .index = i,
                          .quick_threads = std::max<uint32_t>(options_.threads_per_drive, 1),
                          .open = open,
                          .log = options_.log}));
    }
}

Store::~Store() {
    {
        const std::lock_guard lock(keeper_mutex_);
        ending_ = true;
    }
    keeper_wake_.notify_all();
    for (std::thread& keeper : keepers_) keeper.join();
    drives_.clear();  // before what their last jobs touch
}

Result<std::unique_ptr<Objects>> Store::open(ObjectsOptions options, Seams seams) {
    if (options.devices.empty()) return Status(Code::kUsage, "no drive is given");
    auto store = std::make_unique<Store>(std::move(options), std::move(seams));
    if (const Status started = store->start(); !started.ok()) return started;
    return std::unique_ptr<Objects>(std::move(store));
}

// Judges the set and reads the buckets; the rest is the keepers', and waited for a while.
Status Store::start() {
    std::vector<SetAnswer> answers;
    for (const auto& drive : drives_) answers.push_back(ask_for_set(*drive));
    if (std::none_of(answers.begin(), answers.end(), [](const auto& a) { return a.reachable; })) {
        return {Code::kTransport, answers.front().why_not};
    }
    const auto judged = judge_set(answers);
    if (!judged.ok()) return judged.status();
    set_ = judged.value().set;
    if (!judged.value().formed) {
        const auto formed = form_set(drives_, judged.value());
        if (!formed.ok()) return formed.status();
        set_ = formed.value();
        if (options_.log) {
            std::string names;
            for (const std::string& device : options_.devices) names += " " + device;
            options_.log(LogLevel::kInfo, "made a new store on" + names);
        }
    }
    if (const Status read = Rebuild::buckets(*this, answers); !read.ok()) return read;
    const AllSignalsBlocked blocked;
    for (const auto& drive : drives_) {
        keepers_.emplace_back([this, &drive = *drive] { keep_drive(drive); });
    }
    std::unique_lock lock(keeper_mutex_);
    keeper_wake_.wait_for(lock, std::chrono::milliseconds(options_.rebuild_wait_ms),
                          [this] { return drives_looked_at_ == drives_.size(); });
    return {};
}

// The keeper of a drive: rebuilds what memory knows of it, as soon as it answers, and asks for its figures.
void Store::keep_drive(Drive& drive) {
    bool looked_at = false;
    for (;;) {
        if (!drive.health().ready()) {
            const Status rebuilt = Rebuild::drive(*this, drive);
            if (rebuilt.ok()) {
                drive.health().set_ready();
            } else {
                drive.health().set_unreadable(rebuilt.message());
                if (!looked_at && options_.log) {
                    options_.log(
                        LogLevel::kWarning,
                        drive.device() + ": its objects are not served: " + rebuilt.message());
                }
            }
        } else if (drive.refresh().ok() && unclear_count_ > 0) {
            drive
                .run_now(Lane::kQuick,
                         [&](kv::Client& client) -> Outcome<> {
                             settle_all(client, drive);
                             return Nothing{};
                         })
                .ok();
        }
        if (drive.health().ready()) forget_completions(drive);
        std::unique_lock lock(keeper_mutex_);
        if (!looked_at) drives_looked_at_++;
        looked_at = true;
        keeper_wake_.notify_all();
        if (keeper_wake_.wait_for(lock, kLookEvery, [this] { return ending_; })) return;
    }
}

Outcome<BucketPointer> Store::find_bucket(const std::string& name) const {
    auto bucket = catalog_.find(name);
    if (!bucket) return Error("NoSuchBucket").with("BucketName", name);
    return bucket;
}

Outcome<Place> Store::place(const std::string& bucket, std::string name) const {
    auto found = find_bucket(bucket);
    if (!found.ok()) return found.error();
    if (name.size() > kMostNameBytes) return Error("KeyTooLongError");
    Place place;
    place.bucket = std::move(found).value();
    place.hash = seams_.hash(place.bucket->id, name);
    place.name = std::move(name);
    place.drive = drives_[place.hash.spread % drives_.size()].get();
    if (const auto there = place.drive->health().available(); !there.ok()) return there.error();
    return place;
}

Outcome<> Store::all_available() const {
    for (const auto& drive : drives_) {
        if (const auto there = drive->health().available(); !there.ok()) return there.error();
    }
    return Nothing{};
}

// A page that would be incomplete is refused: a client that believes it may delete what it does not see.
Outcome<ListPage> Store::list(const std::string& bucket, const ListQuery& query) const {
    const auto found = find_bucket(bucket);
    if (!found.ok()) return found.error();
    if (const auto all = all_available(); !all.ok()) return all.error();
    const std::shared_lock lock(found.value()->mutex);
    return list_page(found.value()->names, query);
}

Task<Outcome<ObjectInfo>> Store::head(std::string bucket, std::string name) {
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    const Place& at = where.value();
    if (!remembered(at)) co_return Error("NoSuchKey").with("Key", at.name);
    auto found =
        co_await at.drive->run_small([&](kv::Client& client) { return try_manifest(client, at); });
    if (!found.ok()) co_return found.error();
    if (found.value()) co_return std::move(found.value()->info);
    auto manifest = co_await at.drive->run(Lane::kQuick, [&](kv::Client& client) {
        const std::lock_guard one_at_a_time(at.drive->lock_of(at.hash));
        return read_manifest(client, at);
    });
    if (!manifest.ok()) co_return manifest.error();
    co_return std::move(manifest.value().info);
}

Task<Outcome<bool>> Store::remove(std::string bucket, std::string name, Condition condition) {
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    auto work = [&](kv::Client& client) {
        return erase_manifest(client, where.value(), condition);
    };
    co_return co_await where.value().drive->run(Lane::kQuick, std::move(work));
}

Task<Outcome<>> Store::set_tags(std::string bucket, std::string name, Pairs tags) {
    const auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    auto work = [&](kv::Client& client) { return change_tags(client, where.value(), tags); };
    co_return co_await where.value().drive->run(Lane::kQuick, std::move(work));
}

Task<Outcome<std::optional<std::string>>> Store::node_record(std::string name) {
    using Answer = Outcome<std::optional<std::string>>;
    Drive& first = *drives_.front();
    auto work = [&](kv::Client& client) -> Answer {
        auto record = read_record<NodeRecord>(first, client, node_key(name));
        if (record.code() == Code::kNotFound) return std::optional<std::string>();
        if (!record.ok()) return error_of(record.status());
        return std::optional<std::string>(std::move(record).value().value);
    };
    co_return co_await first.run(Lane::kQuick, std::move(work));
}

Task<Outcome<>> Store::set_node_record(std::string name, std::string value) {
    Drive& first = *drives_.front();
    auto work = [&](kv::Client& client) -> Outcome<> {
        const Status stored =
            store_value(first, client, node_key(name), encode(NodeRecord{name, value}));
        if (!stored.ok()) return error_of(stored);
        return Nothing{};
    };
    co_return co_await first.run(Lane::kQuick, std::move(work));
}

std::vector<DriveState> Store::drives() const {
    std::vector<DriveState> states;
    for (const auto& drive : drives_) states.push_back(drive->state());
    return states;
}

bool Store::ready() const {
    return all_available().ok();
}

}  // namespace csd::airmos::objects
