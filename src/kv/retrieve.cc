// SPDX-License-Identifier: BSD-3-Clause
//
// Retrieve and describe.
//
// One command is one version of the value, so the client first asks for little, then, if that was not all, for the
// rest in one transfer. What does not fit one transfer is fetched in pieces, a few ahead, between two
// descriptions that must name the same version. Tested by retrieve_test.cc.
#include <algorithm>
#include <deque>

#include "kv/core.hpp"

namespace csd::kv {
namespace {

// The first try at a value of unknown size. A drive answers so much without another thread.
constexpr uint32_t kProbeBytes = 64 * kKiB;
constexpr int kVersionTries = 4;
constexpr size_t kPiecesAhead = 3;
// Of an async retrieve into a sink: one is written while the next one comes. Many such retrieves run at once.
constexpr size_t kMaxPiecesHeld = 2;

// A completion tells no size of 4 GiB - 1 or more. A description sent after it may tell the size of a later version, so
// these bytes and that size must not be put together.
constexpr uint64_t kLeastUntoldSize = UINT32_MAX;
constexpr uint64_t kMaxSize = UINT64_MAX;

// Whether any value that reaches beyond the offset is too large for its completion.
bool is_size_untold(const Core& core, uint64_t offset) {
    return core.can_describe() && offset >= kLeastUntoldSize;
}

Status changed() {
    return {Code::kOffsetMismatch, "the value changed while it was read"};
}

uint64_t wanted_of(const Range& range, uint64_t size) {
    if (range.offset >= size) return 0;
    const uint64_t rest = size - range.offset;
    return range.length ? std::min(*range.length, rest) : rest;
}

Result<nvme::Retrieve> retrieve_command(const Core& core, const Key& key, uint64_t offset,
                                        size_t bytes) {
    nvme::Retrieve retrieve;
    retrieve.key = key;
    retrieve.bytes = static_cast<uint32_t>(bytes);
    retrieve.offset = offset;
    retrieve.extended = core.is_2023() || core.extended_only() || offset != 0;
    if (core.is_2023() && offset >= UINT32_MAX) {
        return Status(Code::kUnsupported, "offsets of the 2023 dialect end at 4 GiB - 1");
    }
    return retrieve;
}

nvme::Retrieve describe_command(const Key& key) {
    nvme::Retrieve command;
    command.key = key;
    command.bytes = nvme::kDescribeBytes;
    command.extended = true;
    command.describe = true;
    return command;
}

// Pieces of one value, in order, asked for before they are needed.
class ReadAhead {
  public:
    ReadAhead(Core& core, const Key& key, uint64_t offset, uint64_t bytes)
        : core_(core), key_(key), offset_(offset), end_(offset + bytes) {}
    ~ReadAhead() {
        core_.wait_until([this] {
            return std::all_of(slots_.begin(), slots_.end(),
                               [](const auto& slot) { return slot->answer.has_value(); });
        });
    }
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    // The next piece, valid until the next call; `size` is what the drive says of the whole value. Empty at the end.
    struct Next {
        Bytes bytes;
        std::optional<uint64_t> size;
    };
    Result<Next> next() {
        if (!slots_.empty() && returned_) {
            free_.push_back(std::move(slots_.front()));
            slots_.pop_front();
        }
        returned_ = true;
        while (slots_.size() < kPiecesAhead && offset_ < end_) {
            if (const Status asked = ask(); !asked.ok()) return asked;
        }
        if (slots_.empty()) return Next{};
        Slot& slot = *slots_.front();
        core_.wait_until([&slot] { return slot.answer.has_value(); });
        if (slot.answer->status != nvme::kSuccess) return core_.failure(*slot.answer);
        if (core_.cancelled()) return Status(Code::kAborted, "interrupted");
        return Next{slot.buffer.first(slot.bytes), core_.size_of(*slot.answer)};
    }

  private:
    struct Slot {
        Buffer buffer;
        size_t bytes = 0;
        std::optional<nvme::Cqe> answer;
    };

    Status ask() {
        if (free_.empty()) {
            auto buffer = core_.buffer(core_.piece_bytes());
            if (!buffer.ok()) return buffer.status();
            free_.push_back(std::make_unique<Slot>());
            free_.back()->buffer = std::move(buffer).value();
        }
        const size_t bytes = std::min<uint64_t>(core_.piece_bytes(), end_ - offset_);
        const auto command = retrieve_command(core_, key_, offset_, bytes);
        if (!command.ok()) return command.status();
        slots_.push_back(std::move(free_.back()));
        free_.pop_back();
        Slot& slot = *slots_.back();
        slot.bytes = bytes;
        slot.answer.reset();
        core_.send(command.value(), slot.buffer.first(bytes),
                   [&slot](const nvme::Cqe& cqe) { slot.answer = cqe; });
        offset_ += bytes;
        return {};
    }

    Core& core_;
    const Key key_;
    uint64_t offset_;
    const uint64_t end_;
    bool returned_ = false;
    std::deque<std::unique_ptr<Slot>> slots_;
    std::vector<std::unique_ptr<Slot>> free_;
};

// One pass over a long value. False: it changed meanwhile; `delivered` bytes are in the sink.
Result<bool> stream_once(Core& core, const Key& key, const Range& range, const Sink& sink,
                         uint64_t& delivered) {
    const auto before = core.describe(key);
    if (!before.ok()) return before.status();
    const uint64_t wanted = wanted_of(range, before.value().size);
    ReadAhead pieces(core, key, range.offset, wanted);
    while (delivered < wanted) {
        const auto piece = pieces.next();
        if (!piece.ok()) return piece.status();
        if (piece.value().size && *piece.value().size != before.value().size) return false;
        if (const Status written = sink.write(piece.value().bytes); !written.ok()) return written;
        delivered += piece.value().bytes.size();
    }
    const auto after = core.describe(key);
    if (!after.ok()) return after.status();
    return before.value().size == after.value().size &&
           before.value().version == after.value().version;
}

Result<uint64_t> stream(Core& core, const Key& key, const Range& range, const Sink& sink) {
    for (int tries = 1;; tries++) {
        uint64_t delivered = 0;
        const auto whole = stream_once(core, key, range, sink, delivered);
        if (!whole.ok()) return whole.status();
        if (whole.value()) return delivered;
        if (tries == kVersionTries || (delivered > 0 && !sink.restart)) return changed();
        if (delivered == 0) continue;
        if (const Status again = sink.restart(); !again.ok()) return again;
    }
}

// What one command found: `bytes` of the buffer are the value from the range's offset on.
struct Glance {
    Bytes bytes;
    uint64_t wanted = 0;  // by the size the value had then
};

// The standard's Retrieve has no offset: there the bytes before it are fetched and dropped.
Result<Glance> glance(Core& core, const Key& key, const Range& range, MutableBytes buffer) {
    const uint64_t skip = core.can_offset() ? 0 : range.offset;
    const auto command = retrieve_command(core, key, range.offset - skip, buffer.size());
    if (!command.ok()) return command.status();
    const auto answer = core.run(command.value(), buffer);
    if (!answer.ok()) return answer.status();
    const auto size = core.size_of(answer.value());
    const uint64_t wanted = wanted_of(range, size.value_or(kMaxSize));
    const uint64_t room = buffer.size() > skip ? buffer.size() - skip : 0;
    // The value has at least so many bytes; where the buffer reaches further, only stream() can tell what is in it.
    if (!size && room > kLeastUntoldSize - range.offset) return Glance{MutableBytes(), kMaxSize};
    const uint64_t there = std::min(wanted, room);
    return Glance{there > 0 ? buffer.subspan(skip, there) : MutableBytes(), wanted};
}

// A retrieve into memory, driven by completions.
struct Retrieving : std::enable_shared_from_this<Retrieving> {
    Core& core;
    Key key;
    MutableBytes buffer;
    uint64_t offset;
    Client::Done<Retrieved> done;
    uint64_t filled = 0;
    nvme::ValueDescription before;
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    int tries = 1;

    Retrieving(Core& core_, const Key& key_, MutableBytes buffer_, uint64_t offset_,
               Client::Done<Retrieved> done_)
        : core(core_), key(key_), buffer(buffer_), offset(offset_), done(std::move(done_)) {}

    void start() {
        if (buffer.size() <= core.piece_bytes() && !is_size_untold(core, offset)) {
            return retrieve_once();
        }
        if (!core.can_describe()) {
            return done(Status(Code::kUnsupported,
                               "this drive cannot retrieve more than one transfer at once"));
        }
        retrieve_between_descriptions();
    }

    void retrieve_between_descriptions() {
        describe([](Retrieving& self, const nvme::ValueDescription& value) {
            self.before = value;
            self.filled = 0;
            self.retrieve_piece();
        });
    }

    void retrieve_once() {
        send(buffer, [](Retrieving& self, const nvme::Cqe& cqe) {
            if (const auto size = self.core.size_of(cqe)) return self.finish(*size);
            // A description that follows may be of another version than these bytes.
            self.retrieve_between_descriptions();
        });
    }

    void retrieve_piece() {
        const uint64_t wanted = wanted_of({offset, buffer.size()}, before.size);
        if (filled >= wanted) {
            return describe(
                [](Retrieving& self, const nvme::ValueDescription& value) { self.judge(value); });
        }
        const size_t bytes = std::min<uint64_t>(wanted - filled, core.piece_bytes());
        send(buffer.subspan(filled, bytes), [bytes](Retrieving& self, const nvme::Cqe&) {
            self.filled += bytes;
            self.retrieve_piece();
        });
    }

    void judge(const nvme::ValueDescription& after) {
        if (after.size == before.size && after.version == before.version) return finish(after.size);
        if (tries++ == kVersionTries) return done(changed());
        retrieve_between_descriptions();
    }

    void finish(uint64_t size) { done(Retrieved{wanted_of({offset, buffer.size()}, size), size}); }

    template <typename Then>
    void send(MutableBytes part, Then then) {
        const auto command = retrieve_command(core, key, offset + filled, part.size());
        if (!command.ok()) return done(command.status());
        core.send(command.value(), part, [self = shared_from_this(), then](const nvme::Cqe& cqe) {
            if (cqe.status != nvme::kSuccess) return self->done(self->core.failure(cqe));
            if (self->core.cancelled()) return self->done(Status(Code::kAborted, "interrupted"));
            then(*self, cqe);
        });
    }

    template <typename Then>
    void describe(Then then) {
        core.send(describe_command(key), MutableBytes(page),
                  [self = shared_from_this(), then](const nvme::Cqe& cqe) {
                      if (cqe.status != nvme::kSuccess) return self->done(self->core.failure(cqe));
                      then(*self, nvme::read_value_description(self->page));
                  });
    }
};

// A retrieve into a sink, driven by completions. Pieces are asked for ahead, delivered in order, and all of them have
// arrived before it ends or starts again, because the drive writes into their buffers.
struct Streaming : std::enable_shared_from_this<Streaming> {
    struct Piece {
        Buffer buffer;
        size_t bytes = 0;
        std::optional<nvme::Cqe> completion;
    };

    Core& core;
    const Key key;
    const Range range;
    const Sink sink;
    const Client::Done<uint64_t> done;
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    nvme::ValueDescription before;
    uint64_t wanted = 0;
    uint64_t asked = 0;
    uint64_t delivered = 0;
    std::deque<std::unique_ptr<Piece>> pieces;  // asked for, in order
    std::vector<std::unique_ptr<Piece>> free;
    Status failure;
    bool has_changed = false;
    bool is_advancing = false;
    int tries = 1;

    Streaming(Core& core_, const Key& key_, const Range& range_, const Sink& sink_,
              Client::Done<uint64_t> done_)
        : core(core_), key(key_), range(range_), sink(sink_), done(std::move(done_)) {}

    void start() {
        if (!core.can_describe()) {
            return done(Status(Code::kUnsupported,
                               "this drive cannot retrieve more than one transfer at once"));
        }
        describe([](Streaming& self, const nvme::ValueDescription& value) { self.begin(value); });
    }

    void begin(const nvme::ValueDescription& value) {
        before = value;
        wanted = wanted_of(range, value.size);
        asked = delivered = 0;
        has_changed = false;
        advance();
    }

    // A command that the transport refuses completes inside send(), hence the flag.
    void advance() {
        if (is_advancing) return;
        is_advancing = true;
        do {
            deliver();
        } while (ask());
        is_advancing = false;
        if (!pieces.empty()) return;
        if (!failure.ok()) return done(failure);
        if (has_changed) return again();
        describe([](Streaming& self, const nvme::ValueDescription& value) { self.check(value); });
    }

    void deliver() {
        while (!pieces.empty() && pieces.front()->completion) {
            std::unique_ptr<Piece> piece = std::move(pieces.front());
            pieces.pop_front();
            if (failure.ok() && !has_changed) failure = write(*piece);
            free.push_back(std::move(piece));
        }
    }

    Status write(const Piece& piece) {
        if (piece.completion->status != nvme::kSuccess) return core.failure(*piece.completion);
        if (core.cancelled()) return {Code::kAborted, "interrupted"};
        const auto size = core.size_of(*piece.completion);
        has_changed = size && *size != before.size;
        if (has_changed) return {};
        delivered += piece.bytes;
        return sink.write(piece.buffer.first(piece.bytes));
    }

    // False: no more for now.
    bool ask() {
        if (!failure.ok() || has_changed || asked >= wanted || pieces.size() >= kMaxPiecesHeld) {
            return false;
        }
        const size_t bytes = std::min<uint64_t>(core.piece_bytes(), wanted - asked);
        const auto command = retrieve_command(core, key, range.offset + asked, bytes);
        auto piece = command.ok() ? free_piece() : Result<std::unique_ptr<Piece>>(command.status());
        if (!piece.ok()) {
            failure = piece.status();
            return false;
        }
        pieces.push_back(std::move(piece).value());
        Piece& next = *pieces.back();
        next.bytes = bytes;
        next.completion.reset();
        asked += bytes;
        core.send(command.value(), next.buffer.first(bytes),
                  [self = shared_from_this(), &next](const nvme::Cqe& cqe) {
                      next.completion = cqe;
                      self->advance();
                  });
        return true;
    }

    Result<std::unique_ptr<Piece>> free_piece() {
        if (!free.empty()) {
            auto piece = std::move(free.back());
            free.pop_back();
            return piece;
        }
        auto buffer = core.buffer(std::min<uint64_t>(core.piece_bytes(), wanted));
        if (!buffer.ok()) return buffer.status();
        auto piece = std::make_unique<Piece>();
        piece->buffer = std::move(buffer).value();
        return piece;
    }

    void check(const nvme::ValueDescription& after) {
        if (after.size == before.size && after.version == before.version) return done(delivered);
        again();
    }

    void again() {
        if (tries++ == kVersionTries || (delivered > 0 && !sink.restart)) return done(changed());
        if (delivered > 0) {
            if (const Status restarted = sink.restart(); !restarted.ok()) return done(restarted);
        }
        free.clear();  // their size is the old value's
        start();
    }

    template <typename Then>
    void describe(Then then) {
        core.send(describe_command(key), MutableBytes(page),
                  [self = shared_from_this(), then](const nvme::Cqe& cqe) {
                      if (cqe.status != nvme::kSuccess) return self->done(self->core.failure(cqe));
                      if (self->core.cancelled())
                          return self->done(Status(Code::kAborted, "interrupted"));
                      then(*self, nvme::read_value_description(self->page));
                  });
    }
};

}  // namespace

// A drive without descriptions tells the size with any retrieve. The buffer is not empty because a
// fabric has no such command.
Result<ValueInfo> Core::describe(const Key& key) {
    std::array<uint8_t, nvme::kDescribeBytes> page{};
    nvme::Retrieve command;
    command.key = key;
    command.bytes = can_describe() ? nvme::kDescribeBytes : sizeof(uint32_t);
    command.extended = can_describe() || is_2023();
    command.describe = can_describe();
    const auto answer = run(command, MutableBytes(page).first(command.bytes));
    if (!answer.ok()) return answer.status();
    if (!command.describe) return ValueInfo{answer.value().dw0, std::nullopt};
    const auto value = nvme::read_value_description(page);
    return ValueInfo{value.size, value.version};
}

Result<ValueInfo> Client::describe(const Key& key) {
    core_->forget_status();
    return core_->describe(key);
}

void Client::async_describe(const Key& key, Done<ValueInfo> done) {
    auto page = std::make_shared<std::array<uint8_t, nvme::kDescribeBytes>>();
    nvme::Retrieve command;
    command.key = key;
    command.describe = core_->can_describe();
    command.extended = command.describe || core_->is_2023();
    command.bytes = command.describe ? nvme::kDescribeBytes : sizeof(uint32_t);
    core_->send(
        command, MutableBytes(*page).first(command.bytes),
        [this, page, described = command.describe, done = std::move(done)](const nvme::Cqe& cqe) {
            if (cqe.status != nvme::kSuccess) return done(core_->failure(cqe));
            if (!described) return done(ValueInfo{cqe.dw0, std::nullopt});
            const auto value = nvme::read_value_description(*page);
            done(ValueInfo{value.size, value.version});
        });
}

void Client::async_retrieve(const Key& key, MutableBytes buffer, uint64_t offset,
                            Done<Retrieved> done) {
    if (offset != 0 && !core_->can_offset()) {
        return done(Status(Code::kUnsupported,
                           "this drive has no extensions, and a standard retrieve no offset"));
    }
    std::make_shared<Retrieving>(*core_, key, buffer, offset, std::move(done))->start();
}

void Client::async_retrieve(const Key& key, const Range& range, const Sink& sink,
                            Done<uint64_t> done) {
    std::make_shared<Streaming>(*core_, key, range, sink, std::move(done))->start();
}

Result<uint64_t> Client::retrieve(const Key& key, const Range& range, const Sink& sink) {
    core_->forget_status();
    if (is_size_untold(*core_, range.offset)) return stream(*core_, key, range, sink);
    const uint64_t skip = core_->can_offset() ? 0 : range.offset;
    const uint64_t most = core_->piece_bytes();
    const uint64_t least = std::min<uint64_t>(sizeof(uint32_t), most);
    uint64_t room = range.length ? std::min(*range.length, most) : kProbeBytes;
    room = std::clamp(skip > most ? most : room + skip, least, most);
    for (bool last = room == most;; last = true) {
        const auto buffer = core_->buffer(room);
        if (!buffer.ok()) return buffer.status();
        const auto seen = glance(*core_, key, range, buffer.value().bytes());
        if (!seen.ok()) return seen.status();
        if (seen.value().bytes.size() == seen.value().wanted) {
            if (const Status done = sink.write(seen.value().bytes); !done.ok()) return done;
            return seen.value().wanted;
        }
        // Grown meanwhile, or simply more than one transfer.
        if (last || skip + seen.value().wanted > most) break;
        room = skip + seen.value().wanted;
    }
    if (core_->can_offset()) return stream(*core_, key, range, sink);
    return Status(Code::kUnsupported,
                  "this drive has no extensions, and a standard retrieve reaches only the first " +
                      std::to_string(most) + " bytes of a value");
}

Result<std::vector<uint8_t>> Client::retrieve(const Key& key, const Range& range) {
    std::vector<uint8_t> value;
    const auto done = retrieve(key, range, Sink::to(value));
    if (!done.ok()) return done.status();
    return value;
}

}  // namespace csd::kv
