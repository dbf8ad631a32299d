// SPDX-License-Identifier: BSD-3-Clause
//
// Store, append and compose.
//
// A value of one transfer is one 01h. A larger one is a run of 81h with `more`, joined by a last piece without it, so
// that the drive replaces the value at once; on the 2023 dialect it is a store and appends. The condition is judged
// with the last piece, and asked before the first so that a refusal comes before the data.
// Tested by store_test.cc.
#include <algorithm>

#include "kv/core.hpp"
#include "kv/status.hpp"
#include "nvme/list_page.hpp"

namespace csd::kv {
namespace {

nvme::StoreCondition condition_of(When when) {
    return {.must_exist = when == When::kOnlyUpdate, .must_not_exist = when == When::kOnlyAdd};
}

Status refusal(When when, bool exists) {
    if (when == When::kOnlyAdd && exists) return {Code::kExists, "the key exists"};
    if (when == When::kOnlyUpdate && !exists) return {Code::kNotFound, "the key does not exist"};
    return {};
}

Status too_large_for_the_standard(const Core& core) {
    return {Code::kUnsupported,
            "this drive has no extensions, and a standard store takes at most " +
                std::to_string(core.store_bytes()) + " bytes"};
}

bool can_store_pieces(const Core& core) {
    return core.can_more() || core.is_2023();
}
// Bytes to gather before it is clear whether one command is enough.
uint32_t piece_of(const Core& core) {
    return can_store_pieces(core) ? core.piece_bytes() : core.store_bytes();
}

struct Transfer {
    uint64_t offset = 0;
    uint32_t bytes = 0;
    bool last = false;
    bool whole() const { return offset == 0 && last; }
};

nvme::Store store_command(const Core& core, const Key& key, When when, const Transfer& piece) {
    nvme::Store store;
    store.key = key;
    store.bytes = piece.bytes;
    if (core.is_2023()) {
        // Its Store has no stages: what follows the first piece is appended, and the condition is the first's.
        store.extended = true;
        store.append = piece.offset != 0;
        if (piece.offset == 0) store.condition = condition_of(when);
        return store;
    }
    store.extended = core.extended_only() || !piece.whole() || piece.bytes > core.store_bytes();
    store.more = !piece.last;
    store.offset = piece.offset;
    if (piece.last) store.condition = condition_of(when);
    return store;
}

// SCT 7h SC 08h to a piece after the first: there is no staged value of the size that the pieces before it had. The
// drive has dropped it; the value itself is as it was.
Status failed_piece(Core& core, const Transfer& piece, const nvme::Cqe& cqe) {
    if (piece.offset == 0 || to_code(cqe.status) != Code::kOffsetMismatch) return core.failure(cqe);
    return core.lost(
        cqe,
        "the drive lost the pieces of the value before the last one came, so nothing was "
        "stored: the drive was reset, or another store of the key on this controller "
        "took their place");
}

// A store from memory, one piece after the other, driven by completions.
struct Storing : std::enable_shared_from_this<Storing> {
    Core& core;
    Key key;
    Bytes rest;
    When when;
    Client::Done<uint64_t> done;
    uint64_t offset = 0;

    Storing(Core& core_, const Key& key_, Bytes value, When when_, Client::Done<uint64_t> done_)
        : core(core_), key(key_), rest(value), when(when_), done(std::move(done_)) {}

    void start() {
        const bool one_command = rest.size() <= piece_of(core);
        if (one_command) return send_piece();
        if (!can_store_pieces(core)) return finish(too_large_for_the_standard(core));
        when == When::kAlways ? send_piece() : ask_condition();
    }

    void ask_condition() {
        core.send(nvme::Exist{key}, Bytes(), [self = shared_from_this()](const nvme::Cqe& cqe) {
            const Status failed = cqe.status == nvme::kSuccess ? Status() : self->core.failure(cqe);
            if (!failed.ok() && failed.code() != Code::kNotFound) return self->finish(failed);
            const Status refused = refusal(self->when, failed.ok());
            refused.ok() ? self->send_piece() : self->finish(refused);
        });
    }

    void send_piece() {
        const size_t bytes = std::min<size_t>(rest.size(), piece_of(core));
        const Transfer piece{offset, static_cast<uint32_t>(bytes), bytes == rest.size()};
        core.send(
            store_command(core, key, when, piece), rest.first(bytes),
            [self = shared_from_this(), piece](const nvme::Cqe& cqe) { self->sent(piece, cqe); });
    }

    void sent(const Transfer& piece, const nvme::Cqe& cqe) {
        if (cqe.status != nvme::kSuccess) return finish(failed_piece(core, piece, cqe));
        offset += piece.bytes;
        rest = rest.subspan(piece.bytes);
        if (piece.last) return finish(offset);
        if (core.cancelled()) return finish(Status(Code::kAborted, "interrupted"));
        send_piece();
    }

    void finish(Result<uint64_t> result) {
        core.end_turn(key);
        done(std::move(result));
    }
};

// The turn of a blocking store.
class Turn {
  public:
    Turn(Core& core, const Key& key) : core_(core), key_(key) {
        bool mine = false;
        core_.take_turn(key_, [&mine] { mine = true; });
        core_.wait_until([&mine] { return mine; });
    }
    ~Turn() { core_.end_turn(key_); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    Core& core_;
    const Key key_;
};

// Fills the buffer, so that every piece but the last is whole. Fewer bytes: the source has ended.
Result<size_t> fill(const Source& source, MutableBytes buffer) {
    size_t filled = 0;
    while (filled < buffer.size()) {
        const auto more = source.read(buffer.subspan(filled));
        if (!more.ok()) return more.status();
        if (more.value() == 0) break;
        filled += more.value();
    }
    return filled;
}

// Whether a value of several pieces may be sent at all.
Status may_begin(Core& core, const Key& key, When when) {
    if (!can_store_pieces(core)) return too_large_for_the_standard(core);
    if (when == When::kAlways) return {};
    const auto found = core.run(nvme::Exist{key}, Bytes());
    if (!found.ok() && found.code() != Code::kNotFound) return found.status();
    return refusal(when, found.ok());
}

// Stores what the source has after the first `bytes`, which are in `now`.
Result<uint64_t> store_pieces(Core& core, const Key& key, const Source& source, When when,
                              Buffer& now, size_t bytes) {
    auto made = core.buffer(now.size());
    if (!made.ok()) return made.status();
    Buffer next = std::move(made).value();
    for (uint64_t offset = 0;;) {
        // Whether a piece is the last is known only when the next one is there, or is empty.
        const auto ahead =
            bytes < now.size() ? Result<size_t>(size_t{0}) : fill(source, next.bytes());
        if (!ahead.ok()) return ahead.status();
        const Transfer piece{offset, static_cast<uint32_t>(bytes), ahead.value() == 0};
        if (offset == 0 && !piece.last) {
            if (const Status may = may_begin(core, key, when); !may.ok()) return may;
        }
        const auto sent = core.exchange(store_command(core, key, when, piece), now.first(bytes));
        if (!sent.ok()) return sent.status();
        if (sent.value().status != nvme::kSuccess) return failed_piece(core, piece, sent.value());
        offset += bytes;
        if (piece.last) return offset;
        std::swap(now, next);
        bytes = ahead.value();
    }
}

// How a piece of an append went: the size of the value after it.
Result<uint64_t> append_piece(Core& core, const Key& key, Bytes data, uint64_t at,
                              const nvme::StoreCondition& condition) {
    nvme::Store store;
    store.key = key;
    store.bytes = static_cast<uint32_t>(data.size());
    store.condition = condition;
    store.extended = true;
    store.append = true;
    if (!core.is_2023()) {
        store.at_offset = true;
        store.offset = at;
    }
    const auto sent = core.run(store, data);
    if (!sent.ok()) return sent.status();
    return at + data.size();
}

Result<uint64_t> size_now(Core& core, const Key& key, When when) {
    const auto info = core.describe(key);
    if (!info.ok() && info.code() != Code::kNotFound) return info.status();
    if (const Status refused = refusal(when, info.ok()); !refused.ok()) return refused;
    return info.ok() ? info.value().size : 0;
}

// Another writer may append between our look at the size and our piece: then look again.
constexpr int kAppendTries = 16;

Result<uint64_t> append_first(Core& core, const Key& key, Bytes data, When when) {
    for (int tries = 1;; tries++) {
        const auto at = size_now(core, key, when);
        if (!at.ok()) return at;
        const auto size = append_piece(core, key, data, at.value(), condition_of(when));
        if (size.code() != Code::kOffsetMismatch || tries == kAppendTries) return size;
        // Where something below sends commands again, the piece may have been appended by the first of two sendings.
        // The second one then finds the value grown by it, and another look would append it twice.
        if (core.resends()) {
            return Status(size.code(),
                          "the value has grown meanwhile, perhaps by this append: the transport "
                          "may send a command twice");
        }
    }
}

Status partly_appended(const Status& why, uint64_t bytes) {
    return {why.code(), why.message() + "; " + std::to_string(bytes) + " bytes had been appended"};
}

}  // namespace

void Client::async_store(const Key& key, Bytes value, When when, Done<uint64_t> done) {
    auto storing = std::make_shared<Storing>(*core_, key, value, when, std::move(done));
    core_->take_turn(key, [storing] { storing->start(); });
}

Status Client::store(const Key& key, Bytes value, When when) {
    core_->forget_status();
    if (core_->cancelled()) return {Code::kAborted, "interrupted"};
    std::optional<Result<uint64_t>> stored;
    async_store(key, value, when,
                [&stored](Result<uint64_t> result) { stored = std::move(result); });
    core_->wait_until([&stored] { return stored.has_value(); });
    return stored->status();
}

Result<uint64_t> Client::store(const Key& key, const Source& source, When when) {
    core_->forget_status();
    auto made = core_->buffer(piece_of(*core_));
    if (!made.ok()) return made.status();
    Buffer buffer = std::move(made).value();
    const auto filled = fill(source, buffer.bytes());
    if (!filled.ok()) return filled.status();
    const Turn turn(*core_, key);
    const size_t bytes = filled.value();
    if (bytes == buffer.size()) return store_pieces(*core_, key, source, when, buffer, bytes);
    const Transfer piece{0, static_cast<uint32_t>(bytes), true};
    const auto sent =
        core_->run(store_command(*core_, key, when, piece), Bytes(buffer.first(bytes)));
    if (!sent.ok()) return sent.status();
    return bytes;
}

Result<uint64_t> Client::store_piece(const Key& key, Bytes data, const Piece& piece, When when) {
    core_->forget_status();
    if (!core_->can_more()) {
        return Status(Code::kUnsupported, "this drive cannot take a value in pieces");
    }
    if (data.size() > core_->piece_bytes()) {
        return Status(Code::kInvalidValueSize, "a piece is at most one transfer");
    }
    const Turn turn(*core_, key);
    const Transfer transfer{piece.offset, static_cast<uint32_t>(data.size()), piece.last};
    const auto sent = core_->run(store_command(*core_, key, when, transfer), data);
    if (sent.code() == Code::kOffsetMismatch) {
        return Status(sent.code(),
                      "the pieces that the drive has of this value do not end at byte " +
                          std::to_string(piece.offset) +
                          "; it has none after a reset, or when ten minutes have passed");
    }
    if (!sent.ok()) return sent.status();
    return piece.offset + data.size();
}

void Client::async_append(const Key& key, Bytes data, uint64_t expected_size, Done<uint64_t> done) {
    if (!core_->can_append() || core_->is_2023()) {
        return done(Status(Code::kUnsupported, "this drive has no guarded append"));
    }
    if (data.size() > core_->piece_bytes()) {
        return done(Status(Code::kInvalidValueSize, "an async append is at most one transfer"));
    }
    nvme::Store store;
    store.key = key;
    store.bytes = static_cast<uint32_t>(data.size());
    store.extended = true;
    store.append = true;
    store.at_offset = true;
    store.offset = expected_size;
    core_->send(
        store, data,
        [this, size = expected_size + data.size(), done = std::move(done)](const nvme::Cqe& cqe) {
            if (cqe.status != nvme::kSuccess) return done(core_->failure(cqe));
            done(size);
        });
}

Result<uint64_t> Client::append(const Key& key, Bytes data, When when) {
    return append(key, Source::from(data), when);
}

Result<uint64_t> Client::append(const Key& key, const Source& source, When when) {
    core_->forget_status();
    if (!core_->can_append()) {
        return Status(Code::kUnsupported,
                      "this drive has no extensions, and the standard has no append");
    }
    auto made = core_->buffer(core_->piece_bytes());
    if (!made.ok()) return made.status();
    const Buffer buffer = std::move(made).value();
    const Turn turn(*core_, key);
    uint64_t appended = 0;
    uint64_t size = 0;
    for (bool first = true;; first = false) {
        const auto filled = fill(source, buffer.bytes());
        if (!filled.ok())
            return first ? filled.status() : partly_appended(filled.status(), appended);
        if (filled.value() == 0 && !first) return size;
        const Bytes data = buffer.first(filled.value());
        const auto now = first ? append_first(*core_, key, data, when)
                               : append_piece(*core_, key, data, size, {});
        if (!now.ok()) return first ? now.status() : partly_appended(now.status(), appended);
        size = now.value();
        appended += data.size();
        if (data.size() < buffer.size()) return size;
    }
}

Result<uint64_t> Client::compose(const Key& key, const std::vector<Key>& sources,
                                 const ComposeOptions& options) {
    core_->forget_status();
    if (core_->is_2023() || !core_->extensions() || !core_->extensions()->compose) {
        return Status(Code::kUnsupported, "this drive cannot compose values");
    }
    const std::vector<uint8_t> list = nvme::build_key_list(sources, nvme::Dialect::kKeyValue);
    if (list.size() > core_->piece_bytes()) {
        return Status(Code::kUsage, "the names of the sources do not fit in one transfer");
    }
    nvme::Compose command;
    command.key = key;
    command.bytes = static_cast<uint32_t>(list.size());
    command.condition = condition_of(options.when);
    command.delete_sources = options.delete_sources;
    const auto answer = core_->run(command, Bytes(list));
    if (answer.code() == Code::kNotFound) {
        const bool is_a_source = options.when != When::kOnlyUpdate;
        return Status(Code::kNotFound, is_a_source ? "a source does not exist"
                                                   : "a source, or the key, does not exist");
    }
    if (!answer.ok()) return answer.status();
    if (const auto size = core_->size_of(answer.value())) return *size;
    const auto info = core_->describe(key);
    if (!info.ok()) return info.status();
    return info.value().size;
}

}  // namespace csd::kv
