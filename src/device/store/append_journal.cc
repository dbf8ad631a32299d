// SPDX-License-Identifier: BSD-3-Clause
// Tested by append_journal_test.cc.
#include "device/store/append_journal.hpp"

#include <algorithm>
#include <array>

#include "base/bytes.hpp"
#include "device/store/errors.hpp"

namespace csd::store {

static constexpr char kFileName[] = "appends";
static constexpr uint32_t kMagic = 0x41445343;  // "CSDA"
static constexpr size_t kChecked = 64;          // the checksum covers the bytes before it

using State = AppendJournal::Slot::State;
using Block = std::array<uint8_t, AppendJournal::kSlotBytes>;

static uint64_t checksum(Bytes bytes) {
    uint64_t hash = 0xCBF29CE484222325u;
    for (const uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3u;
    return hash;
}

static Block encode(const AppendJournal::Slot& slot) {
    Block block{};
    if (slot.state == State::kFree) return block;
    store_le<uint32_t>(block, 0, kMagic);
    block[4] = static_cast<uint8_t>(slot.state);
    block[5] = static_cast<uint8_t>(slot.key.size());
    std::copy_n(slot.key.data(), slot.key.size(), block.begin() + 8);
    store_le<uint64_t>(block, 24, slot.file.inode);
    store_le<uint64_t>(block, 32, slot.file.born_ns);
    store_le<uint64_t>(block, 40, slot.durable);
    store_le<uint64_t>(block, 48, slot.committed);
    store_le<uint64_t>(block, 56, slot.boot);
    store_le<uint64_t>(block, kChecked, checksum(Bytes(block).first(kChecked)));
    return block;
}

// A slot that does not check is free: it was never needed, because begin() syncs before it returns.
static AppendJournal::Slot decode(Bytes block) {
    AppendJournal::Slot slot;
    if (load_le<uint32_t>(block, 0) != kMagic || block[4] < 1 || block[4] > 2) return slot;
    if (load_le<uint64_t>(block, kChecked) != checksum(block.first(kChecked))) return slot;
    const auto key =
        block[5] <= Key::kMaxBytes ? Key::from_bytes(block.subspan(8, block[5])) : std::nullopt;
    if (!key || key->empty()) return slot;
    slot.state = static_cast<State>(block[4]);
    slot.key = *key;
    slot.file = {load_le<uint64_t>(block, 24), load_le<uint64_t>(block, 32)};
    slot.durable = load_le<uint64_t>(block, 40);
    slot.committed = load_le<uint64_t>(block, 48);
    slot.boot = load_le<uint64_t>(block, 56);
    return slot;
}

Status AppendJournal::create() {
    if (file_.valid()) return {};
    UniqueFd file(
        fs_.open_at(engine_, kFileName, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0600));
    if (!file.valid()) return io_error("cannot make the append journal", file.get());
    // Written out in full now, so that no later write of a slot can meet a full disk.
    const std::vector<uint8_t> zeros(kSlots * kSlotBytes);
    int done = write_whole(fs_, file.get(), zeros, 0);
    if (done == 0) done = fs_.sync_data(file.get());
    if (done == 0) done = fs_.sync_file(engine_);
    if (done < 0) return io_error("cannot write the append journal", done);
    slots_.assign(kSlots, Slot());
    file_ = std::move(file);
    return {};
}

Status AppendJournal::load() {
    const int fd = fs_.open_at(engine_, kFileName, O_RDWR | O_NOFOLLOW | O_NONBLOCK, 0);
    if (fd == -ENOENT) return {};
    if (fd < 0) return io_error("cannot open the append journal", fd);
    UniqueFd file(fd);
    std::vector<uint8_t> content(kSlots * kSlotBytes);
    const iovec buffer{content.data(), content.size()};
    const ssize_t got = fs_.read(fd, {&buffer, 1}, 0);
    if (got < 0) return io_error("cannot read the append journal", got);
    // Shorter than it should be: a crash while it was made. create() makes it anew.
    if (static_cast<size_t>(got) != content.size()) return {};
    slots_.assign(kSlots, Slot());
    for (size_t i = 0; i < kSlots; i++) {
        slots_[i] = decode(Bytes(content).subspan(i * kSlotBytes, kSlotBytes));
    }
    file_ = std::move(file);
    return {};
}

Status AppendJournal::recover(int values, unsigned* repaired) {
    const std::lock_guard guard(mutex_);
    const Status loaded = load();
    if (!loaded.ok()) return loaded;
    bool changed = false;
    for (Slot& slot : slots_) {
        if (slot.state == State::kFree) continue;
        const bool same_boot = slot.boot == boot_;
        // After a kill the page cache has every rename: the file a superseded slot names is gone.
        if (same_boot && slot.state == State::kSuperseded) {
            slot.needs_flush = true;
            continue;
        }
        const uint64_t whole = same_boot ? slot.committed : slot.durable;
        const UniqueFd file(fs_.open_at(values, slot.key.file_name().c_str(),
                                        O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0));
        FileStat stat;
        const bool ours = file.valid() && fs_.stat(file.get(), &stat) == 0 && stat.regular &&
                          stat.links == 1 && FileId{stat.inode, stat.born_ns} == slot.file;
        if (!file.valid() && file.get() != -ENOENT && file.get() != -ELOOP) {
            return io_error("cannot open a value that was appended to", file.get());
        }
        if (ours && stat.size > whole) {
            int done = fs_.truncate(file.get(), whole);
            if (done == 0 && !same_boot) done = fs_.sync_file(file.get());
            if (done < 0) return io_error("cannot cut back an unfinished append", done);
            ++*repaired;
        }
        if (ours && same_boot) {
            slot.needs_flush = true;
            live_[slot.key] = static_cast<size_t>(&slot - slots_.data());
        } else {
            slot = Slot();
        }
        changed = true;
    }
    if (!changed) return {};
    // Also the slots that stay: the process before may have died between writing one and syncing it.
    rewrite_all_ = true;
    return sync();
}

Status AppendJournal::write_slot(size_t slot) {
    const int done = write_whole(fs_, file_.get(), encode(slots_[slot]), slot * kSlotBytes);
    if (done == 0) return {};
    // A torn slot does not check and would count as free: it is written again before any sync.
    rewrite_all_ = true;
    return io_error("cannot write the append journal", done);
}

Status AppendJournal::sync() {
    if (rewrite_all_) {
        rewrite_all_ = false;
        for (size_t i = 0; i < slots_.size(); i++) {
            const Status status = write_slot(i);
            if (!status.ok()) return status;
        }
    }
    const int done = fs_.sync_data(file_.get());
    if (done == 0) return {};
    rewrite_all_ = true;
    return io_error("cannot sync the append journal", done);
}

bool AppendJournal::has(const Key& key, const FileId& file) const {
    const std::lock_guard guard(mutex_);
    const auto found = live_.find(key);
    return found != live_.end() && slots_[found->second].file == file;
}

Status AppendJournal::begin(const Key& key, const FileId& file, uint64_t size) {
    const std::lock_guard guard(mutex_);
    const Status created = create();
    if (!created.ok()) return created;
    const auto known = live_.find(key);
    if (known != live_.end()) {
        Slot& slot = slots_[known->second];
        if (slot.file == file) {
            slot.writing = slot.needs_flush = true;
            slot.changes++;
            return {};
        }
        slot.state = Slot::State::kSuperseded;  // the file was exchanged behind the engine's back
        live_.erase(known);
    }
    const auto unused = [](const Slot& slot) { return slot.state == State::kFree; };
    const auto idle = [](const Slot& slot) {
        return slot.state == State::kLive && !slot.needs_flush;
    };
    auto place = std::find_if(slots_.begin(), slots_.end(), unused);
    if (place == slots_.end()) place = std::find_if(slots_.begin(), slots_.end(), idle);
    if (place == slots_.end()) return {Code::kNotReady, "the append journal is full until a flush"};
    if (place->state == State::kLive) live_.erase(place->key);
    *place = {.state = State::kLive,
              .key = key,
              .file = file,
              .durable = size,
              .committed = size,
              .boot = boot_,
              .writing = true,
              .needs_flush = true,
              .changes = place->changes + 1};
    const auto index = static_cast<size_t>(place - slots_.begin());
    Status status = write_slot(index);
    if (status.ok()) status = sync();
    if (!status.ok()) {
        const uint64_t changes = place->changes;
        *place = Slot();
        place->changes = changes + 1;
        return status;
    }
    live_[key] = index;
    return {};
}

Status AppendJournal::commit(const Key& key, uint64_t size, bool durable) {
    const std::lock_guard guard(mutex_);
    const size_t index = live_.at(key);
    Slot& slot = slots_[index];
    const Slot before = slot;
    slot.committed = size;
    if (durable) slot.durable = size;
    slot.changes++;
    Status status = write_slot(index);
    if (status.ok() && durable) status = sync();
    if (!status.ok()) {
        slot = before;
        rewrite_all_ = true;
        // The kill-proof part at least must say again what the value is.
        if (const Status again = write_slot(index); !again.ok()) return again;
        return status;
    }
    slot.writing = false;
    slot.needs_flush = !durable;
    return {};
}

void AppendJournal::abort(const Key& key, bool cut_back) {
    const std::lock_guard guard(mutex_);
    const auto found = live_.find(key);
    if (found != live_.end() && cut_back) slots_[found->second].writing = false;
}

Status AppendJournal::supersede(const Key& key) {
    const std::lock_guard guard(mutex_);
    const auto found = live_.find(key);
    if (found == live_.end()) return {};
    Slot& slot = slots_[found->second];
    slot.state = State::kSuperseded;
    slot.needs_flush = true;
    slot.changes++;
    const Status status = write_slot(found->second);
    live_.erase(found);
    return status;
}

Status AppendJournal::supersede_all() {
    const std::lock_guard guard(mutex_);
    Status status;
    for (const auto& [key, index] : live_) {
        slots_[index].state = State::kSuperseded;
        slots_[index].needs_flush = true;
        slots_[index].changes++;
        if (status.ok()) status = write_slot(index);
    }
    live_.clear();
    return status;
}

AppendJournal::Snapshot AppendJournal::snapshot() const {
    const std::lock_guard guard(mutex_);
    Snapshot snapshot;
    for (size_t i = 0; i < slots_.size(); i++) {
        const Slot& slot = slots_[i];
        if (slot.state == State::kFree || !slot.needs_flush) continue;
        snapshot.parts.push_back(
            {i, slot.file, slot.changes, slot.committed, slot.state == State::kSuperseded});
    }
    return snapshot;
}

Status AppendJournal::flushed(const Snapshot& snapshot) {
    const std::lock_guard guard(mutex_);
    if (snapshot.parts.empty()) return {};
    for (const Snapshot::Part& part : snapshot.parts) {
        Slot& slot = slots_[part.slot];
        if (slot.file != part.file)
            continue;  // was made durable and given to another value meanwhile
        const bool unmoved = slot.changes == part.changes;
        if (part.superseded) {
            if (!unmoved) continue;
            const uint64_t changes = slot.changes;
            slot = Slot();
            slot.changes = changes + 1;
        } else {
            // Only an append may have come since, or the end of the value: both keep what was whole then.
            slot.durable = std::max(slot.durable, part.committed);
            if (unmoved && !slot.writing) slot.needs_flush = false;
        }
        const Status status = write_slot(part.slot);
        if (!status.ok()) return status;
    }
    return sync();
}

std::vector<AppendJournal::Slot> AppendJournal::unflushed() const {
    const std::lock_guard guard(mutex_);
    std::vector<Slot> slots;
    for (const Slot& slot : slots_) {
        if (slot.state == State::kLive && slot.durable != slot.committed) slots.push_back(slot);
    }
    return slots;
}

}  // namespace csd::store
