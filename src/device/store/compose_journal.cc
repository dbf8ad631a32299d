// SPDX-License-Identifier: BSD-3-Clause
// Tested by compose_journal_test.cc.
#include "device/store/compose_journal.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "base/bytes.hpp"
#include "device/store/errors.hpp"
#include "device/store/layout.hpp"

namespace csd::store {
namespace {

using Source = ComposeJournal::Source;

constexpr uint32_t kMagic = 0x43445343;  // "CSDC"
constexpr size_t kDoneAt = 8;            // 0, or 1 once the value has its name
constexpr size_t kChecksumAt = 56;
constexpr size_t kHeaderBytes = 64;
constexpr size_t kSourceBytes = 48;

void put_key(MutableBytes to, const Key& key) {
    std::copy_n(key.data(), key.size(), to.begin());
}
std::optional<Key> key_at(Bytes bytes, size_t size) {
    if (size == 0 || size > Key::kMaxBytes) return std::nullopt;
    return Key::from_bytes(bytes.first(size));
}

// Of everything but the mark, which is written later, and the checksum itself.
uint64_t checksum(Bytes bytes) {
    uint64_t hash = 0xCBF29CE484222325u;
    const auto add = [&](Bytes part) {
        for (const uint8_t byte : part) hash = (hash ^ byte) * 0x100000001B3u;
    };
    add(bytes.first(kDoneAt));
    add(bytes.subspan(kDoneAt + 8, kChecksumAt - kDoneAt - 8));
    add(bytes.subspan(kHeaderBytes));
    return hash;
}

struct Content {
    Key target;
    FileId file;
    bool done = false;
    std::vector<Source> sources;
};

std::vector<uint8_t> encode(const Content& content) {
    std::vector<uint8_t> bytes(kHeaderBytes + content.sources.size() * kSourceBytes);
    const MutableBytes all(bytes);
    store_le<uint32_t>(all, 0, kMagic);
    bytes[4] = static_cast<uint8_t>(content.target.size());
    put_key(all.subspan(16), content.target);
    store_le<uint64_t>(all, 32, content.file.inode);
    store_le<uint64_t>(all, 40, content.file.born_ns);
    store_le<uint64_t>(all, 48, content.sources.size());
    size_t at = kHeaderBytes;
    for (const Source& source : content.sources) {
        bytes[at] = static_cast<uint8_t>(source.key.size());
        put_key(all.subspan(at + 8), source.key);
        store_le<uint64_t>(all, at + 24, source.file.inode);
        store_le<uint64_t>(all, at + 32, source.file.born_ns);
        store_le<uint64_t>(all, at + 40, source.size);
        at += kSourceBytes;
    }
    store_le<uint64_t>(all, kChecksumAt, checksum(bytes));
    return bytes;
}

// Nothing when the file is not whole: it was being written, so the compose had not begun.
std::optional<Content> decode(Bytes bytes) {
    if (bytes.size() < kHeaderBytes || load_le<uint32_t>(bytes, 0) != kMagic) return std::nullopt;
    const uint64_t count = load_le<uint64_t>(bytes, 48);
    if ((bytes.size() - kHeaderBytes) / kSourceBytes != count ||
        (bytes.size() - kHeaderBytes) % kSourceBytes != 0 ||
        load_le<uint64_t>(bytes, kChecksumAt) != checksum(bytes)) {
        return std::nullopt;
    }
    Content content;
    const auto target = key_at(bytes.subspan(16), bytes[4]);
    if (!target) return std::nullopt;
    content.target = *target;
    content.file = {load_le<uint64_t>(bytes, 32), load_le<uint64_t>(bytes, 40)};
    content.done = load_le<uint64_t>(bytes, kDoneAt) != 0;
    for (size_t at = kHeaderBytes; at < bytes.size(); at += kSourceBytes) {
        const auto key = key_at(bytes.subspan(at + 8), bytes[at]);
        if (!key) return std::nullopt;
        content.sources.push_back(
            {*key,
             {load_le<uint64_t>(bytes, at + 24), load_le<uint64_t>(bytes, at + 32)},
             load_le<uint64_t>(bytes, at + 40)});
    }
    return content;
}

// Whether the name means that file; `done` is what looking said.
bool is_file(int done, const FileStat& stat, const FileId& file) {
    return done == 0 && stat.regular && stat.id() == file;
}

}  // namespace

Result<ComposeJournal::Intent> ComposeJournal::begin(const Key& target, const FileId& file,
                                                     std::vector<Source> sources, bool durable) {
    Intent intent;
    intent.name = layout_.fresh_name("compose-");
    intent.file.reset(fs_.open_at(layout_.engine(), intent.name.c_str(),
                                  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    if (!intent.file.valid()) return io_error("cannot make an intent", intent.file.get());
    const std::vector<uint8_t> bytes = encode({target, file, false, sources});
    int done = write_whole(fs_, intent.file.get(), bytes, 0);
    if (done == 0 && durable) done = fs_.sync_data(intent.file.get());
    if (done == 0 && durable) done = fs_.sync_file(layout_.engine());
    if (done < 0) {
        drop(std::move(intent));
        return io_error("cannot write an intent", done);
    }
    intent.sources = std::move(sources);
    return intent;
}

void ComposeJournal::drop(Intent intent) {
    if (!intent.name.empty()) fs_.unlink_at(layout_.engine(), intent.name.c_str(), 0);
}

Status ComposeJournal::finish(Intent intent, bool durable) {
    if (intent.sources.empty()) {
        drop(std::move(intent));
        return {};
    }
    // From here on another value may take the name that proved that the compose happened.
    std::array<uint8_t, 8> mark{1};
    int done = write_whole(fs_, intent.file.get(), mark, kDoneAt);
    if (done == 0 && durable) done = fs_.sync_data(intent.file.get());
    intent.file.reset();
    remember(std::move(intent));
    return done < 0 ? io_error("cannot mark an intent", done) : Status();
}

void ComposeJournal::remember(Intent intent) {
    const std::lock_guard guard(mutex_);
    pending_.push_back(std::move(intent));
    pending_count_ = pending_.size();
}

bool ComposeJournal::is_doomed(const Key& key, const FileStat& stat) const {
    if (has_settled()) return false;
    const std::lock_guard guard(mutex_);
    return std::ranges::any_of(pending_, [&](const Intent& intent) {
        return std::ranges::any_of(intent.sources, [&](const Source& source) {
            return source.key == key && source.file == stat.id();
        });
    });
}

std::vector<Source> ComposeJournal::doomed() const {
    const std::lock_guard guard(mutex_);
    std::vector<Source> all;
    for (const Intent& intent : pending_) {
        all.insert(all.end(), intent.sources.begin(), intent.sources.end());
    }
    return all;
}

void ComposeJournal::is_gone(const Source& gone) {
    const std::lock_guard guard(mutex_);
    for (Intent& intent : pending_) {
        std::erase_if(intent.sources, [&](const Source& source) {
            return source.key == gone.key && source.file == gone.file;
        });
    }
}

// The directory is synced before an intent goes: else a loss of power might bring back a source and not the intent.
void ComposeJournal::settle() {
    std::list<Intent> over;
    {
        const std::lock_guard guard(mutex_);
        for (auto intent = pending_.begin(); intent != pending_.end();) {
            const auto here = intent++;
            if (here->sources.empty()) over.splice(over.end(), pending_, here);
        }
        pending_count_ = pending_.size();
    }
    if (over.empty()) return;
    const bool synced = fs_.sync_file(layout_.values()) == 0;
    for (Intent& intent : over) {
        if (synced) {
            drop(std::move(intent));
        } else {
            remember(std::move(intent));
        }
    }
}

void ComposeJournal::clear() {
    std::list<Intent> over;
    {
        const std::lock_guard guard(mutex_);
        over.swap(pending_);
        pending_count_ = 0;
    }
    for (Intent& intent : over) drop(std::move(intent));
}

Status ComposeJournal::recover(int values, std::span<const std::string> names,
                               unsigned* completed) {
    for (const std::string& name : names) {
        const Status recovered = recover_one(values, name, completed);
        if (!recovered.ok()) return recovered;
    }
    settle();
    return {};
}

Status ComposeJournal::recover_one(int values, const std::string& name, unsigned* completed) {
    const Result<std::vector<uint8_t>> bytes = layout_.read_whole(name.c_str());
    if (!bytes.ok()) return bytes.status();
    std::optional<Content> content = decode(bytes.value());
    Intent intent;
    intent.name = name;
    FileStat stat;
    if (content && !content->done) {
        const int looked = fs_.stat_at(values, content->target.file_name().c_str(), &stat);
        if (looked < 0 && looked != -ENOENT) return io_error("cannot look at a value", looked);
        if (!is_file(looked, stat, content->file)) content.reset();
    }
    if (!content) {
        drop(std::move(intent));
        return {};
    }
    ++*completed;
    for (Source& source : content->sources) {
        const std::string file = source.key.file_name();
        const int looked = fs_.stat_at(values, file.c_str(), &stat);
        if (looked < 0 && looked != -ENOENT) return io_error("cannot look at a value", looked);
        if (!is_file(looked, stat, source.file) || stat.size != source.size) continue;
        if (fs_.unlink_at(values, file.c_str(), 0) < 0) intent.sources.push_back(source);
    }
    remember(std::move(intent));  // settle() removes it if nothing is left
    return {};
}

}  // namespace csd::store
