// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/workload.hpp"

#include <time.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <mutex>
#include <thread>

#include "kv/transport/registry.hpp"
#include "nvme/list_page.hpp"

namespace csd::consistency {

uint64_t now_ns() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000u +
           static_cast<uint64_t>(time.tv_nsec);
}

uint64_t Random::next() {
    uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

// --- Choosing ---------------------------------------------------------------------------------------------

Mix Mix::usual() {
    Mix mix;
    const auto set = [&](Kind kind, uint32_t weight) {
        mix.weights[static_cast<size_t>(kind)] = weight;
    };
    set(Kind::kStore, 2200);
    set(Kind::kStoreStaged, 200);
    set(Kind::kAppend, 400);
    set(Kind::kAppendGuarded, 400);
    set(Kind::kAppendClient, 200);
    set(Kind::kDelete, 800);
    set(Kind::kExist, 800);
    set(Kind::kDescribe, 1400);
    set(Kind::kRetrieve, 1200);
    set(Kind::kRetrieveRange, 1200);
    set(Kind::kSelect, 1);
    set(Kind::kList, 500);
    set(Kind::kCompose, 600);
    set(Kind::kFormat, 2);
    return mix;
}

bool Mix::change(std::string_view text) {
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        const size_t equals = word.find('=');
        if (equals == std::string_view::npos) return false;
        const std::string_view digits = word.substr(equals + 1);
        uint32_t weight = 0;
        const auto [end, error] = std::from_chars(digits.begin(), digits.end(), weight);
        if (error != std::errc() || end != digits.end()) return false;
        bool found = false;
        for (size_t i = 0; i < kKinds; i++) {
            const std::string_view name = word.substr(0, equals);
            if (name != "all" && name != name_of(static_cast<Kind>(i))) continue;
            weights[i] = weight;
            found = true;
        }
        if (!found) return false;
    }
    return std::ranges::any_of(weights, [](uint32_t weight) { return weight != 0; });
}

Kind Mix::pick(Random& random) const {
    uint64_t total = 0;
    for (const uint32_t weight : weights) total += weight;
    uint64_t at = random.below(total);
    for (size_t i = 0;; i++) {
        if (at < weights[i]) return static_cast<Kind>(i);
        at -= weights[i];
    }
}

Key key_of(uint64_t round, size_t key) {
    char text[17];
    std::snprintf(text, sizeof text, "c%08llx%zu", static_cast<unsigned long long>(round), key);
    return *Key::from_text(text);
}

static uint32_t any_length(Random& random, uint32_t transfer_bytes, bool may_be_pieces) {
    const uint64_t dice = random.below(20);
    if (dice == 0) return 0;
    if (dice < 4 && may_be_pieces) {
        return transfer_bytes + 1 + static_cast<uint32_t>(random.below(2 * transfer_bytes));
    }
    const uint64_t most = dice < 14 ? 400 : 3000;
    return kLineBytes + static_cast<uint32_t>(random.below(most));
}

static kv::When any_condition(Random& random) {
    const uint64_t dice = random.below(8);
    return dice == 0 ? kv::When::kOnlyAdd : dice == 1 ? kv::When::kOnlyUpdate : kv::When::kAlways;
}

// What a drive cannot do becomes a description or a store. The pieces of a staged value belong to a controller, and
// several clients are one controller unless the drive is embedded; so `pieces` is only for one client there, which
// sends the stores of a key one after the other. It has one operation in flight while it stages by hand.
static Kind possible(Kind kind, const WorkloadOptions& options, const Abilities& abilities) {
    if (kind == Kind::kFormat && !abilities.formats) return Kind::kDescribe;
    if (kind == Kind::kStoreStaged && (!options.pieces || options.depth * options.groups > 1))
        return Kind::kStore;
    if (!abilities.is_2023) return kind;
    if (kind == Kind::kCompose || kind == Kind::kStoreStaged) return Kind::kStore;
    if (kind == Kind::kAppendGuarded || kind == Kind::kAppendClient) return Kind::kAppend;
    return kind;
}

Operation choose(const WorkloadOptions& options, const Abilities& abilities, uint64_t round,
                 uint32_t thread, uint32_t index) {
    Random random(options.seed * 0x9E3779B97F4A7C15u +
                  (round << 24 | uint64_t{thread} << 16 | index));
    // Half of what happens, happens to one key, which moves on: the more do commands meet.
    const uint64_t hot = (round + index / 64) % options.keys;
    const auto any_key = [&] {
        return static_cast<uint8_t>(random.one_in(2) ? hot : random.below(options.keys));
    };
    Operation operation;
    operation.kind = possible(options.mix.pick(random), options, abilities);
    operation.key = any_key();
    operation.forgiving = abilities.forgives_delete;
    const bool writes = operation.kind <= Kind::kAppendClient;
    if (writes || operation.kind == Kind::kCompose) operation.when = any_condition(random);
    if (writes) {
        const bool pieces = options.pieces && operation.kind == Kind::kStore && !abilities.is_2023;
        operation.segment.length = any_length(random, options.transfer_bytes, pieces);
        operation.segment.id = ((round << 24 | uint64_t{thread} << 16 | index) + 1) & kMaxSegmentId;
        const bool appends = operation.kind != Kind::kStore;
        if (appends) operation.segment.length = std::max(operation.segment.length, kLineBytes);
        // An append that may only create is a store to the standard's eyes, and Client::store has it.
        if (appends && operation.kind != Kind::kStoreStaged &&
            operation.when == kv::When::kOnlyAdd) {
            operation.when = kv::When::kAlways;
        }
    }
    if (operation.kind == Kind::kRetrieveRange) {
        operation.offset = random.one_in(2) ? 0 : random.below(1500);
    }
    if (operation.kind == Kind::kCompose) {
        operation.source_count = static_cast<uint8_t>(1 + random.below(kMaxSources));
        for (size_t i = 0; i < operation.source_count; i++) operation.sources[i] = any_key();
        operation.delete_sources = random.one_in(2);
    }
    return operation;
}

// --- Playing ----------------------------------------------------------------------------------------------

static std::mutex one_command;  // of all players

static constexpr size_t kRetrieveBytes = 256 * kKiB;

Result<std::unique_ptr<Player>> Player::open(const std::string& device,
                                             const WorkloadOptions& options, const Wrap& wrap) {
    kv::OpenOptions open_options;
    open_options.max_transfer_bytes = options.transfer_bytes;
    auto transport = kv::open_transport(device, open_options);
    if (!transport.ok()) return transport.status();
    auto wrapped = std::move(transport).value();
    if (wrap) wrapped = wrap(std::move(wrapped));
    auto core = std::make_unique<kv::Core>(std::move(wrapped), open_options);
    if (const Status found = core->discover(); !found.ok()) return found;
    std::unique_ptr<Player> player(new Player(std::move(core), options));
    kv::Client& client = player->client_;
    Abilities& abilities = player->abilities_;
    abilities.is_2023 = player->core_->is_2023();
    abilities.formats = !player->core_->extended_only();
    auto strict = client.delete_missing_is_error();
    if (strict.ok() && !strict.value() && client.set_delete_missing_is_error(true).ok()) {
        strict = client.delete_missing_is_error();
    }
    abilities.forgives_delete = !strict.ok() || !strict.value();
    return player;
}

Player::Player(std::unique_ptr<kv::Core> core, const WorkloadOptions& options)
    : core_(core.get()),
      client_(std::move(core)),
      options_(options),
      lanes_(size_t{options.depth} * options.groups),
      seen_sizes_(options.groups) {
    for (Lane& lane : lanes_) lane.in.resize(kRetrieveBytes);
}

void Player::play(uint64_t round, uint32_t thread, uint32_t from, uint32_t to,
                  const std::function<DriveEntry&(uint32_t, uint32_t)>& record,
                  const std::atomic<bool>& stop) {
    if (from == 0) std::ranges::fill(seen_sizes_, std::array<uint64_t, kMaxKeys>{});
    std::vector<uint32_t> next(options_.groups, from);
    for (;;) {
        bool busy = false;
        for (size_t i = 0; i < lanes_.size(); i++) {
            Lane& lane = lanes_[i];
            const auto group = static_cast<uint32_t>(i / options_.depth);
            if (lane.entry == nullptr && next[group] < to && !stop) {
                lane.group = group;
                lane.round = round + group;
                Operation operation = choose(options_, abilities_, lane.round, thread, next[group]);
                operation.guard = seen_sizes_[group][operation.key];
                lane.entry = &record(group, next[group]++);
                lane.entry->operation = operation;
                lane.entry->thread = thread;
                lane.entry->completed = false;
                lane.entry->ended = kNever;
                begin_in_turn(lane);
            }
            busy = busy || lane.entry != nullptr;
        }
        if (busy) {
            client_.wait(20);
        } else if (stop || std::ranges::all_of(next, [to](uint32_t n) { return n >= to; })) {
            return;
        }
    }
}

// Where the drive gets one command at a time, the others do not know of that.
void Player::begin_in_turn(Lane& lane) {
    lane.entry->began = now_ns();
    if (!options_.one_at_a_time) return begin(lane);
    const std::lock_guard lock(one_command);
    begin(lane);
    while (lane.entry != nullptr) client_.wait(20);
}

void Player::begin(Lane& lane) {
    Operation& operation = lane.entry->operation;
    const Key key = key_of(lane.round, operation.key);
    lane.out.clear();
    if (operation.kind <= Kind::kAppendClient) append_bytes(operation.segment, lane.out);
    switch (operation.kind) {
        case Kind::kStore:
            return client_.async_store(
                key, lane.out, operation.when,
                [this, &lane](const Result<uint64_t>& size) { finish_sized(lane, size); });
        case Kind::kAppend:
        case Kind::kAppendGuarded: return append(lane);
        case Kind::kDelete:
            return client_.async_erase(
                key, [this, &lane](const Status& status) { finish(lane, status.code()); });
        case Kind::kExist:
            return client_.async_exists(key, [this, &lane](const Result<bool>& exists) {
                lane.entry->operation.present = exists.ok() && exists.value() ? 1 : 0;
                finish(lane, exists.code());
            });
        case Kind::kDescribe:
            return client_.async_describe(key, [this, &lane](const Result<kv::ValueInfo>& info) {
                if (info.ok()) {
                    lane.entry->operation.size = info.value().size;
                    lane.entry->operation.version = info.value().version.value_or(0);
                }
                finish(lane, info.code());
            });
        case Kind::kRetrieveRange: return retrieve(lane);
        case Kind::kRetrieve: return retrieve_pieces(lane);
        case Kind::kList: return list(lane);
        case Kind::kCompose: return compose(lane);
        default: return run_blocking(lane);
    }
}

// Verbs that are several commands, or that have no other form.
void Player::run_blocking(Lane& lane) {
    Operation& operation = lane.entry->operation;
    const Key key = key_of(lane.round, operation.key);
    switch (operation.kind) {
        case Kind::kStoreStaged: return store_staged(lane);
        case Kind::kAppendClient:
            return finish_sized(lane, client_.append(key, Bytes(lane.out), operation.when));
        case Kind::kFormat: return finish(lane, client_.format().code());
        default: return select(lane);
    }
}

// Two commands with other threads' between them.
void Player::store_staged(Lane& lane) {
    Operation& operation = lane.entry->operation;
    const Key key = key_of(lane.round, operation.key);
    const Bytes all(lane.out);
    const size_t half = std::min<size_t>(all.size() / 2, options_.transfer_bytes);
    const auto first = client_.store_piece(key, all.first(half), {.offset = 0, .last = false});
    if (!first.ok()) return finish(lane, first.code());
    operation.staged_since = now_ns();
    for (uint64_t i = operation.segment.id % 4; i > 0; i--) std::this_thread::yield();
    operation.published_at = now_ns();
    finish_sized(lane, client_.store_piece(key, all.subspan(half), {.offset = half, .last = true},
                                           operation.when));
}

void Player::append(Lane& lane) {
    const Operation& operation = lane.entry->operation;
    nvme::Store command;
    command.key = key_of(lane.round, operation.key);
    command.bytes = static_cast<uint32_t>(lane.out.size());
    command.extended = true;
    command.append = true;
    command.condition.must_exist = operation.when == kv::When::kOnlyUpdate;
    if (operation.kind == Kind::kAppendGuarded) {
        command.at_offset = true;
        command.offset = operation.guard;
    }
    core_->send(command, Bytes(lane.out), [this, &lane](const nvme::Cqe& cqe) {
        if (cqe.status != nvme::kSuccess) return finish(lane, core_->failure(cqe).code());
        finish_sized(lane, cqe.dw0);
    });
}

void Player::retrieve(Lane& lane) {
    Operation& operation = lane.entry->operation;
    const MutableBytes buffer = MutableBytes(lane.in).first(options_.transfer_bytes);
    client_.async_retrieve(key_of(lane.round, operation.key), buffer, operation.offset,
                           [this, &lane](const Result<kv::Retrieved>& got) {
                               if (!got.ok()) return finish(lane, got.code());
                               Operation& told = lane.entry->operation;
                               told.size = got.value().size;
                               told.bytes = got.value().bytes;
                               const Bytes bytes = Bytes(lane.in).first(told.bytes);
                               told.hash = hash_bytes(bytes);
                               finish(lane, Code::kOk);
                           });
}

// The two ways to get a value of any size, one after the other.
void Player::retrieve_pieces(Lane& lane) {
    const Operation& operation = lane.entry->operation;
    const Key key = key_of(lane.round, operation.key);
    if (lanes_.size() == 1 && lane.entry->began % 2 == 0) {
        const auto value = client_.retrieve(key);
        if (!value.ok()) return finish(lane, value.code());
        return finish_retrieve(lane, value.value(), value.value().size());
    }
    // Without descriptions there is no way to get more than one transfer of one version.
    MutableBytes room(lane.in);
    if (!core_->can_describe()) room = room.first(options_.transfer_bytes);
    client_.async_retrieve(key, room, 0, [this, &lane](const Result<kv::Retrieved>& got) {
        if (!got.ok()) return finish(lane, got.code());
        finish_retrieve(lane, Bytes(lane.in).first(got.value().bytes), got.value().size);
    });
}

void Player::finish_retrieve(Lane& lane, Bytes bytes, uint64_t size) {
    Operation& operation = lane.entry->operation;
    operation.size = size;
    operation.bytes = bytes.size();
    if (bytes.size() < size) {  // more than any buffer here: what came of it
        operation.kind = Kind::kRetrieveRange;
        operation.hash = hash_bytes(bytes);
        return finish(lane, Code::kOk);
    }
    lane.entry->ended = now_ns();  // the look at the bytes does not count
    size_t wrong_at = 0;
    const auto segments = parse_segments(bytes, &wrong_at);
    operation.torn = !segments;
    operation.wrong_at = wrong_at;
    if (segments) {
        operation.hash = kEmptyHash;
        for (const Segment& segment : *segments) {
            operation.hash = extend_hash(operation.hash, segment);
            if (operation.segment_count < kMaxNamed)
                operation.ids[operation.segment_count] = segment.id;
            operation.segment_count++;
        }
    }
    finish(lane, Code::kOk);
}

void Player::list(Lane& lane) {
    const nvme::List command{key_of(lane.round, 0), 512};
    const MutableBytes page = MutableBytes(lane.in).first(command.bytes);
    std::fill_n(page.begin(), sizeof(uint32_t), 0);
    core_->send(command, page, [this, &lane, page](const nvme::Cqe& cqe) {
        if (cqe.status != nvme::kSuccess) return finish(lane, core_->failure(cqe).code());
        const auto keys = nvme::parse_key_list(page, core_->drive().dialect);
        if (!keys.ok()) return finish(lane, keys.code());
        for (size_t i = 0; i < options_.keys; i++) {
            const bool there =
                std::ranges::find(keys.value(), key_of(lane.round, i)) != keys.value().end();
            if (there) lane.entry->operation.present |= 1U << i;
        }
        finish(lane, Code::kOk);
    });
}

void Player::compose(Lane& lane) {
    const Operation& operation = lane.entry->operation;
    std::vector<Key> sources;
    for (size_t i = 0; i < operation.source_count; i++) {
        sources.push_back(key_of(lane.round, operation.sources[i]));
    }
    lane.out = nvme::build_key_list(sources, nvme::Dialect::kKeyValue);
    nvme::Compose command;
    command.key = key_of(lane.round, operation.key);
    command.bytes = static_cast<uint32_t>(lane.out.size());
    command.condition = {operation.when == kv::When::kOnlyUpdate,
                         operation.when == kv::When::kOnlyAdd};
    command.delete_sources = operation.delete_sources;
    core_->send(command, Bytes(lane.out), [this, &lane](const nvme::Cqe& cqe) {
        if (cqe.status != nvme::kSuccess) return finish(lane, core_->failure(cqe).code());
        finish_sized(lane, cqe.dw0);
    });
}

void Player::select(Lane& lane) {
    Operation& operation = lane.entry->operation;
    std::string rows;
    const auto selected =
        client_.select(key_of(lane.round, operation.key),
                       "SELECT count(*), min(_1), max(_1) FROM s3object", {}, kv::Sink::to(rows));
    if (!selected.ok()) return finish(lane, selected.code());
    unsigned lines = 0;
    unsigned long long first = 0, last = 0;
    const int fields = std::sscanf(rows.c_str(), "%u,x%llx,x%llx", &lines, &first, &last);
    if (fields != 3 && !(fields == 1 && lines == 0)) {
        operation.torn = true;
    }
    operation.lines = lines;
    operation.first_id = first;
    operation.last_id = last;
    finish(lane, Code::kOk);
}

void Player::finish_sized(Lane& lane, const Result<uint64_t>& size) {
    if (size.ok()) lane.entry->operation.size = size.value();
    finish(lane, size.code());
}

// The order of these writes matters to whoever looks at the entry after a kill.
void Player::finish(Lane& lane, Code code) {
    DriveEntry& entry = *lane.entry;
    if (entry.ended == kNever) entry.ended = now_ns();
    // The 2023 dialect has one status for most failures. That a format ran beside the command is checked for either; a
    // select also fails so on a missing key.
    if (abilities_.is_2023 && code != Code::kOk && entry.operation.kind == Kind::kSelect) {
        code = Code::kQueryBusy;
    } else if (abilities_.is_2023 && code == Code::kIo) {
        code = Code::kFormatInProgress;
    }
    entry.operation.code = code;
    entry.operation.known = true;
    std::atomic_ref<bool>(entry.completed).store(true, std::memory_order_release);
    learn(lane);
    lane.entry = nullptr;
}

void Player::learn(const Lane& lane) {
    const Operation& operation = lane.entry->operation;
    auto& sizes = seen_sizes_[lane.group];
    uint64_t& seen = sizes[operation.key];
    if (operation.code == Code::kNotFound) seen = 0;
    if (operation.code != Code::kOk) return;
    switch (operation.kind) {
        case Kind::kDelete: seen = 0; break;
        case Kind::kFormat: sizes.fill(0); break;
        case Kind::kList:
        case Kind::kExist:
        case Kind::kSelect: break;
        default: seen = operation.size;
    }
}

void Player::erase_keys(uint64_t round) {
    for (size_t i = 0; i < options_.keys; i++) (void)client_.erase(key_of(round, i));
}

}  // namespace csd::consistency
