// SPDX-License-Identifier: BSD-3-Clause
#include "crash/operation.hpp"

#include <algorithm>

#include "nvme/status.hpp"

namespace csd::crash {
namespace {

constexpr uint64_t kMostBytes = 256 * 1024;
constexpr size_t kMostPieces = 48;
constexpr uint32_t kTableRows = 2000;

uint64_t die(Random& random, uint64_t sides) {
    return random() % sides;
}

Piece a_piece(Random& random) {
    Piece piece;
    piece.seed = random();
    const uint64_t size_class = die(random, 16);
    const uint64_t most = size_class == 0 ? 128 * 1024 : size_class < 4 ? 16 * 1024 : 600;
    piece.bytes = static_cast<uint32_t>(die(random, most));
    return piece;
}

// The weights: a format now and then, so that there is something to lose.
Kind a_kind(Random& random, const Lane& lane) {
    const uint64_t roll = die(random, 100);
    if (lane.selects && lane.index == 0 && roll < 40) return Kind::kSelect;
    if (roll < 1 && lane.count == 1) return Kind::kFormat;
    if (roll < 2) return Kind::kFlush;
    if (roll < 4 && lane.count == 1) return Kind::kSetEdnek;
    if (roll < 30) return Kind::kStore;
    if (roll < 45) return Kind::kStaged;
    if (roll < 48) return Kind::kAbandoned;
    if (roll < 68) return Kind::kAppend;
    if (roll < 83) return Kind::kCompose;
    return Kind::kDelete;
}

int a_place(Random& random, const Lane& lane) {
    return lane.index + lane.count * static_cast<int>(die(random, kKeys / lane.count));
}

std::vector<int> some_sources(Random& random, const Lane& lane, const State& state, int target) {
    std::vector<int> sources;
    for (uint64_t wanted = 1 + die(random, 3); wanted > 0; wanted--) {
        const int place = a_place(random, lane);
        const bool used = std::find(sources.begin(), sources.end(), place) != sources.end();
        const Value& value = state[static_cast<size_t>(place)];
        if (place == target || used || !value) continue;
        sources.push_back(place);
    }
    return sources;
}

Content joined(const Operation& operation, const State& state) {
    Content whole;
    for (const int source : operation.sources) {
        const Content& content = *state[static_cast<size_t>(source)];
        whole.insert(whole.end(), content.begin(), content.end());
    }
    return whole;
}

bool is_too_large(const Content& content) {
    return content.size() > kMostPieces || size_of(content) > kMostBytes;
}

// The sources go one by one, and only when the whole is there.
std::vector<Delta> outcomes_of_compose(const Operation& operation, const State& state) {
    std::vector<Delta> outcomes = {{}};
    const Delta done = {{operation.place, joined(operation, state)}};
    const size_t sets = operation.flag ? size_t{1} << operation.sources.size() : 1;
    for (size_t set = 0; set < sets; set++) {
        Delta outcome = done;
        for (size_t i = 0; i < operation.sources.size(); i++) {
            if ((set >> i & 1) != 0) outcome[operation.sources[i]] = std::nullopt;
        }
        outcomes.push_back(outcome);
    }
    return outcomes;
}

}  // namespace

Operation next_operation(Random& random, const Lane& lane, const State& state) {
    Operation next;
    next.kind = a_kind(random, lane);
    next.place = a_place(random, lane);
    const Value& now = state[static_cast<size_t>(next.place)];
    if (next.kind == Kind::kSelect || next.kind == Kind::kSetEdnek) {
        next.place = next.kind == Kind::kSelect ? kTableKey : kEdnek;
        next.flag = die(random, 2) == 0;
        if (next.kind == Kind::kSelect && !state[kTableKey]) {
            next.kind = Kind::kStore;
            next.pieces = {{.bytes = kTableRows, .is_table = true}};
        }
        return next;
    }
    if (next.kind == Kind::kCompose) {
        next.flag = die(random, 2) == 0;
        next.sources = some_sources(random, lane, state, next.place);
        if (next.sources.empty() || is_too_large(joined(next, state))) next.kind = Kind::kStore;
    }
    if (next.kind == Kind::kAppend && now && is_too_large(*now)) next.kind = Kind::kStore;
    const bool staged = next.kind == Kind::kStaged || next.kind == Kind::kAbandoned;
    const uint64_t pieces = staged ? 2 + die(random, 3) : 1;
    for (uint64_t i = 0; i < pieces; i++) next.pieces.push_back(a_piece(random));
    // The first piece of a staged store has bytes, because offset 0 would start again.
    if (staged) next.pieces.front().bytes++;
    if (next.kind == Kind::kAppend) next.flag = die(random, 2) == 0;
    const uint64_t condition = die(random, 8);
    next.must_exist = condition == 0;
    next.must_not_exist = condition == 1 && next.kind != Kind::kAppend;
    return next;
}

Expectation expect(const Operation& operation, const State& state) {
    const Value& now = state[static_cast<size_t>(operation.place)];
    const Expectation nothing{nvme::kSuccess, {{}}};
    switch (operation.kind) {
        case Kind::kFlush:
        case Kind::kAbandoned:
        case Kind::kSelect: return nothing;
        case Kind::kSetEdnek:
            return {nvme::kSuccess,
                    {{}, {{kEdnek, operation.flag ? Value(Content()) : std::nullopt}}}};
        case Kind::kFormat: {
            Delta all;
            for (int place = 0; place <= kTableKey; place++) all[place] = std::nullopt;
            return {nvme::kSuccess, {{}, all}};
        }
        case Kind::kDelete:
            if (!now && state[kEdnek]) return {nvme::kKeyDoesNotExist, {{}}};
            return {nvme::kSuccess, {{}, {{operation.place, std::nullopt}}}};
        default: break;
    }
    if (operation.must_exist && !now) return {nvme::kKeyDoesNotExist, {{}}};
    if (operation.must_not_exist && now) return {nvme::kKeyExists, {{}}};
    if (operation.kind == Kind::kCompose) {
        return {nvme::kSuccess, outcomes_of_compose(operation, state)};
    }
    Content content = operation.kind == Kind::kAppend && now ? *now : Content();
    content.insert(content.end(), operation.pieces.begin(), operation.pieces.end());
    return {nvme::kSuccess, {{}, {{operation.place, content}}}};
}

std::string describe(const Operation& operation) {
    static constexpr const char* kNames[] = {
        "store",  "staged store", "abandoned pieces", "append", "compose", "delete",
        "format", "flush",        "set EDNEK",        "select"};
    std::string text = kNames[static_cast<size_t>(operation.kind)];
    text += " " + key_of(operation.place).file_name();
    for (const Piece& piece : operation.pieces) text += " " + std::to_string(piece.bytes);
    for (const int source : operation.sources) text += " " + key_of(source).file_name();
    if (operation.must_exist) text += " must-exist";
    if (operation.must_not_exist) text += " must-not-exist";
    if (operation.flag) text += " flag";
    return text;
}

}  // namespace csd::crash
