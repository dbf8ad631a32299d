// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by drive_model_test.cc.
#include "consistency/drive_model.hpp"

#include <algorithm>
#include <map>

namespace csd::consistency {

const char* name_of(Kind kind) {
    static constexpr const char* kNames[kKinds] = {
        "store",    "staged",   "append", "guarded", "lengthen", "delete",  "exist",
        "describe", "retrieve", "range",  "select",  "list",     "compose", "format"};
    return kNames[static_cast<size_t>(kind)];
}

static std::string text_of(Code code) {
    switch (code) {
        case Code::kOk: return "ok";
        case Code::kNotFound: return "not found";
        case Code::kExists: return "exists";
        case Code::kOffsetMismatch: return "offset mismatch";
        case Code::kFormatInProgress: return "format in progress";
        case Code::kReset: return "reset";
        case Code::kIo: return "input/output error";
        case Code::kNoSpace: return "no space";
        case Code::kTransport: return "transport error";
        case Code::kInvalidField: return "invalid field";
        case Code::kQueryBusy: return "query busy";
        case Code::kQueryData: return "not readable as CSV";
        default: return "error " + std::to_string(static_cast<int>(code));
    }
}

static bool writes_a_segment(Kind kind) {
    return kind <= Kind::kAppendClient;
}
static bool appends(Kind kind) {
    return kind == Kind::kAppend || kind == Kind::kAppendGuarded || kind == Kind::kAppendClient;
}

// --- Contents ---------------------------------------------------------------------------------------------

uint32_t DriveModel::intern(Content content) const {
    const auto [found, fresh] =
        numbers_.try_emplace(content.hash, static_cast<uint32_t>(contents_.size()));
    if (fresh) contents_.push_back(std::move(content));
    return found->second;
}

void DriveModel::extend(Content& content, const Segment& segment) {
    if (segment.length == 0) return;
    content.segments.push_back(segment);
    content.hash = extend_hash(content.hash, segment);
    content.size += segment.length;
    content.lines += segment.lines();
    content.first_id = std::min(content.first_id, segment.id);
    content.last_id = std::max(content.last_id, segment.id);
}

uint64_t DriveModel::hash_range(const Content& content, uint64_t offset, uint64_t bytes) const {
    std::vector<uint8_t> all;
    uint64_t start = 0;  // of `all` in the value
    uint64_t at = 0;
    for (const Segment& segment : content.segments) {
        if (at + segment.length <= offset) {
            start = at + segment.length;
        } else if (at < offset + bytes) {
            append_bytes(segment, all);
        }
        at += segment.length;
    }
    return hash_bytes(Bytes(all).subspan(offset - start, bytes));
}

// --- Steps ------------------------------------------------------------------------------------------------

// What the completion says if the operation takes effect in this state.
Code DriveModel::expected(const State& state, const Operation& operation) const {
    const Value value = state[operation.key];
    const bool present = value != 0;
    const bool conditional = writes_a_segment(operation.kind) || operation.kind == Kind::kCompose;
    if (conditional && operation.when == kv::When::kOnlyAdd && present) return Code::kExists;
    if (conditional && operation.when == kv::When::kOnlyUpdate && !present) return Code::kNotFound;
    switch (operation.kind) {
        case Kind::kAppendGuarded:
            return of(value).size == operation.guard ? Code::kOk : Code::kOffsetMismatch;
        case Kind::kDelete: return present || operation.forgiving ? Code::kOk : Code::kNotFound;
        case Kind::kDescribe:
        case Kind::kRetrieve:
        case Kind::kRetrieveRange:
        case Kind::kSelect: return present ? Code::kOk : Code::kNotFound;
        case Kind::kCompose:
            for (size_t i = 0; i < operation.source_count; i++) {
                if (state[operation.sources[i]] == 0) return Code::kNotFound;
            }
            return Code::kOk;
        default: return Code::kOk;
    }
}

// Failures that change nothing and may happen in any state. check_without_order() looks at their reason.
static bool may_fail_so(const Operation& operation) {
    const Kind kind = operation.kind;
    switch (operation.code) {
        case Code::kFormatInProgress: return true;
        case Code::kOffsetMismatch:
            return kind == Kind::kStore || kind == Kind::kStoreStaged || kind == Kind::kRetrieve ||
                   kind == Kind::kAppendClient;
        case Code::kReset: return kind == Kind::kStore || kind == Kind::kStoreStaged;
        case Code::kQueryBusy: return kind == Kind::kSelect;
        default: return false;
    }
}

bool DriveModel::step(State& state, const Operation& operation) const {
    if (operation.torn) return false;
    const Code code = expected(state, operation);
    if (!operation.known) return code == Code::kOk && apply(state, operation);
    if (operation.code == Code::kOk) {
        if (code != Code::kOk) return false;
        return only_observes(operation) ? observes(state, operation) : apply(state, operation);
    }
    if (operation.code == code || may_fail_so(operation)) return true;
    const bool also_absent_source = operation.kind == Kind::kCompose && code == Code::kExists &&
                                    operation.code == Code::kNotFound;
    if (also_absent_source) {  // two reasons to fail, either may be told
        Operation unconditional = operation;
        unconditional.when = kv::When::kAlways;
        return expected(state, unconditional) == Code::kNotFound;
    }
    if (operation.kind == Kind::kAppendGuarded && operation.code == Code::kOffsetMismatch) {
        return of(state[operation.key]).size != operation.guard;
    }
    return operation.kind == Kind::kSelect && operation.code == Code::kQueryData &&
           state[operation.key] != 0 && of(state[operation.key]).size == 0;
}

void DriveModel::compose(State& state, const Operation& operation) const {
    Content whole;
    for (size_t i = 0; i < operation.source_count; i++) {
        for (const Segment& segment : of(state[operation.sources[i]]).segments) {
            extend(whole, segment);
        }
    }
    const uint32_t content = intern(std::move(whole));
    for (size_t i = 0; i < operation.source_count && operation.delete_sources; i++) {
        if (operation.sources[i] != operation.key) state[operation.sources[i]] = 0;
    }
    state[operation.key] = content;
}

// A change that succeeds. Its completion tells the size the value has then.
bool DriveModel::apply(State& state, const Operation& operation) const {
    Value& value = state[operation.key];
    if (operation.kind == Kind::kFormat) {
        state.fill(0);
        return true;
    }
    if (operation.kind == Kind::kDelete) {
        value = 0;
        return true;
    }
    if (operation.kind == Kind::kCompose) {
        compose(state, operation);
    } else if (writes_a_segment(operation.kind)) {
        Content content;
        if (appends(operation.kind)) content = of(value);
        extend(content, operation.segment);
        value = intern(std::move(content));
    }
    return !operation.known || operation.size == of(value).size;
}

bool DriveModel::observes(const State& state, const Operation& operation) const {
    const Value value = state[operation.key];
    const Content& content = of(value);
    switch (operation.kind) {
        case Kind::kExist: return (operation.present != 0) == (value != 0);
        case Kind::kDescribe: return operation.size == content.size;
        case Kind::kRetrieve:
            return operation.size == content.size && operation.hash == content.hash;
        case Kind::kRetrieveRange: {
            if (operation.size != content.size) return false;
            if (operation.bytes == 0) return true;
            if (operation.offset + operation.bytes > content.size) return false;
            return hash_range(content, operation.offset, operation.bytes) == operation.hash;
        }
        case Kind::kSelect:
            return operation.lines == content.lines &&
                   (content.lines == 0 || (operation.first_id == content.first_id &&
                                           operation.last_id == content.last_id));
        case Kind::kList: {
            uint32_t present = 0;
            for (size_t i = 0; i < keys_; i++) present |= state[i] != 0 ? 1U << i : 0;
            return present == operation.present;
        }
        default: return true;
    }
}

bool DriveModel::only_observes(const Operation& operation) const {
    if (!operation.known) return false;
    if (operation.code != Code::kOk) return true;
    return operation.kind >= Kind::kExist && operation.kind <= Kind::kList;
}

uint64_t DriveModel::parts(const Operation& operation) const {
    if (operation.kind == Kind::kList || operation.kind == Kind::kFormat) return ~uint64_t{0};
    uint64_t keys = uint64_t{1} << operation.key;
    for (size_t i = 0; i < operation.source_count; i++) keys |= uint64_t{1} << operation.sources[i];
    return keys;
}

uint64_t DriveModel::hash(const State& state) const {
    uint64_t hash = 0;
    for (const Value value : state) {
        hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 31;
    }
    return hash;
}

// --- For people -------------------------------------------------------------------------------------------

static std::string key_text(size_t key) {
    return "k" + std::to_string(key);
}

static std::string segments_text(std::span<const uint64_t> ids, size_t count) {
    if (count == 0) return "nothing";
    std::string text;
    for (size_t i = 0; i < std::min(count, ids.size()); i++) {
        text += (text.empty() ? "" : "+") + name_of(Segment{ids[i], kLineBytes});
    }
    if (count > ids.size()) text += "+..., " + std::to_string(count) + " segments";
    return text;
}

static std::string arguments_text(const Operation& operation) {
    std::string text;
    if (operation.kind == Kind::kList || operation.kind == Kind::kFormat) return text;
    text += " " + key_text(operation.key);
    if (operation.when == kv::When::kOnlyAdd) text += " only-add";
    if (operation.when == kv::When::kOnlyUpdate) text += " only-update";
    if (writes_a_segment(operation.kind)) {
        text += " " + segments_text({&operation.segment.id, 1}, operation.segment.length != 0) +
                " (" + std::to_string(operation.segment.length) + " bytes)";
    }
    if (operation.kind == Kind::kAppendGuarded) text += " at " + std::to_string(operation.guard);
    if (operation.kind == Kind::kRetrieveRange) text += " from " + std::to_string(operation.offset);
    if (operation.kind == Kind::kCompose) {
        text += " of";
        for (size_t i = 0; i < operation.source_count; i++) {
            text += " " + key_text(operation.sources[i]);
        }
        if (operation.delete_sources) text += " delete-sources";
    }
    return text;
}

static std::string present_text(uint32_t present) {
    std::string text;
    for (size_t i = 0; i < kMaxKeys; i++) {
        if ((present >> i & 1) != 0) text += " " + key_text(i);
    }
    return text.empty() ? " no key" : text;
}

static std::string result_text(const Operation& operation) {
    if (!operation.known) return "";
    if (operation.code != Code::kOk) return " -> " + text_of(operation.code);
    const std::string size = std::to_string(operation.size) + " bytes";
    switch (operation.kind) {
        case Kind::kDelete:
        case Kind::kFormat: return " -> ok";
        case Kind::kExist: return operation.present != 0 ? " -> yes" : " -> no";
        case Kind::kDescribe:
            return " -> " + size + ", version " + std::to_string(operation.version);
        case Kind::kRetrieve:
            if (operation.torn) {
                return " -> " + size + ", torn at byte " + std::to_string(operation.wrong_at);
            }
            return " -> " + size + ": " + segments_text(operation.ids, operation.segment_count);
        case Kind::kRetrieveRange:
            return " -> " + std::to_string(operation.bytes) + " of " + size +
                   (operation.segment_count != 0
                        ? ", begins with " + segments_text(operation.ids, 1)
                        : "");
        case Kind::kSelect:
            return " -> " + std::to_string(operation.lines) + " lines, " +
                   name_of(Segment{operation.first_id, kLineBytes}) + " to " +
                   name_of(Segment{operation.last_id, kLineBytes});
        case Kind::kList: return " ->" + present_text(operation.present);
        default: return " -> ok, " + size;
    }
}

std::string DriveModel::text(const Operation& operation) const {
    return name_of(operation.kind) + arguments_text(operation) + result_text(operation);
}

std::string DriveModel::text(const State& state) const {
    std::string text;
    for (size_t i = 0; i < keys_; i++) {
        text += (i == 0 ? "" : "; ") + key_text(i) + " ";
        if (state[i] == 0) {
            text += "absent";
            continue;
        }
        const Content& content = of(state[i]);
        std::vector<uint64_t> ids;
        for (const Segment& segment : content.segments) ids.push_back(segment.id);
        ids.resize(std::min(ids.size(), kMaxNamed));
        text += segments_text(ids, content.segments.size()) + " " + std::to_string(content.size) +
                " bytes";
    }
    return text;
}

// --- What needs no order ----------------------------------------------------------------------------------

namespace {

bool overlap(const DriveEntry& a, const DriveEntry& b) {
    return a.began <= b.ended && b.began <= a.ended;
}

bool is_format(const DriveEntry& entry) {
    return entry.operation.kind == Kind::kFormat;
}

std::string about(const DriveModel& model, const char* what,
                  std::initializer_list<const DriveEntry*> entries) {
    std::vector<Line> lines;
    for (const DriveEntry* entry : entries) {
        lines.push_back({lines.size(), entry->began, entry->completed ? entry->ended : kNever,
                         entry->thread, entry->completed, model.text(entry->operation)});
    }
    const size_t none = lines.size();
    std::string text = explain(none, std::move(lines), 0, {});
    text.erase(0, text.find('\n') + 1);
    text.erase(text.find("states that"));
    return std::string(what) + "\n" + text;
}

// A command may say that a format is in the way only while one is. What was staged before a format ends with it.
std::string check_format(const DriveModel& model, DriveHistory history) {
    std::vector<const DriveEntry*> formats;
    for (const DriveEntry& entry : history) {
        if (is_format(entry)) formats.push_back(&entry);
    }
    for (const DriveEntry& entry : history) {
        if (!entry.completed) continue;
        const Operation& operation = entry.operation;
        const bool staged = operation.kind == Kind::kStore || operation.kind == Kind::kStoreStaged;
        const bool refused = operation.code == Code::kFormatInProgress ||
                             operation.code == Code::kReset ||
                             (staged && operation.code == Code::kOffsetMismatch);
        if (refused && std::ranges::none_of(
                           formats, [&](const auto* format) { return overlap(*format, entry); })) {
            return about(model, "refused without a format beside it", {&entry});
        }
        if (operation.kind != Kind::kStoreStaged || operation.code != Code::kOk) continue;
        for (const DriveEntry* format : formats) {
            if (!format->completed || format->operation.code != Code::kOk) continue;
            const uint64_t since = operation.staged_since;
            if (since != 0 && since < format->began && format->ended < operation.published_at) {
                return about(model, "a staged value outlived a format", {format, &entry});
            }
        }
    }
    return "";
}

// Whether it leaves the key with another value than before. Not when that is uncertain.
bool surely_changes(const Operation& operation, uint8_t key) {
    if (!operation.known || operation.code != Code::kOk) return false;
    const std::span sources(operation.sources.data(), operation.source_count);
    const bool is_source = std::ranges::find(sources, key) != sources.end();
    switch (operation.kind) {
        case Kind::kFormat: return true;
        case Kind::kDelete: return operation.key == key;
        case Kind::kCompose:
            if (operation.key == key) return !is_source && operation.size != 0;
            return is_source && operation.delete_sources;
        default:
            return writes_a_segment(operation.kind) && operation.key == key &&
                   operation.segment.length != 0;
    }
}

struct Seen {
    const DriveEntry* first_end = nullptr;   // the description that ended first
    const DriveEntry* last_begin = nullptr;  // the one that began last
};

// A version has one size. Between two descriptions that tell the same version no other was seen, and nothing changed the
// value. `entries` are those that may do so, by their beginnings.
std::string check_versions(const DriveModel& model, uint8_t key,
                           const std::vector<const DriveEntry*>& entries, bool opened_again) {
    std::map<uint64_t, Seen> versions;
    for (const DriveEntry* entry : entries) {
        if (entry->operation.kind != Kind::kDescribe) continue;
        Seen& seen = versions[entry->operation.version];
        if (seen.first_end == nullptr) seen = {entry, entry};
        if (entry->operation.size != seen.first_end->operation.size) {
            return about(model, "one version has two sizes", {seen.first_end, entry});
        }
        if (entry->ended < seen.first_end->ended) seen.first_end = entry;
        if (entry->began > seen.last_begin->began) seen.last_begin = entry;
    }
    for (const auto& [version, seen] : versions) {
        const uint64_t from = seen.first_end->ended;
        const uint64_t to = seen.last_begin->began;
        if (from >= to) continue;
        auto between = std::ranges::upper_bound(
            entries, from, {}, [](const DriveEntry* entry) { return entry->began; });
        for (; between != entries.end() && (*between)->began < to; ++between) {
            const Operation& operation = (*between)->operation;
            if ((*between)->ended >= to) continue;
            const bool another =
                !opened_again && operation.kind == Kind::kDescribe && operation.version != version;
            if (another || surely_changes(operation, key)) {
                return about(
                    model,
                    another ? "a version came back" : "the value changed, its version did not",
                    {seen.first_end, *between, seen.last_begin});
            }
        }
    }
    return "";
}

}  // namespace

std::string check_without_order(const DriveModel& model, DriveHistory history, bool opened_again) {
    std::array<std::vector<const DriveEntry*>, kMaxKeys> entries;
    for (const DriveEntry& entry : history) {
        const Operation& operation = entry.operation;
        if (operation.torn) return about(model, "a value is torn", {&entry});
        if (!operation.known || operation.code != Code::kOk) continue;
        for (uint8_t key = 0; key < kMaxKeys; key++) {
            const bool tells =
                operation.kind == Kind::kDescribe && operation.version != 0 && operation.key == key;
            if (tells || surely_changes(operation, key)) entries[key].push_back(&entry);
        }
    }
    for (uint8_t key = 0; key < kMaxKeys; key++) {
        std::ranges::sort(entries[key], {}, [](const DriveEntry* entry) { return entry->began; });
        std::string wrong = check_versions(model, key, entries[key], opened_again);
        if (!wrong.empty()) return wrong;
    }
    return check_format(model, history);
}

std::string check_drive_history(DriveHistory history, size_t keys, bool opened_again) {
    const DriveModel model(keys);
    const Verdict verdict = check_linearizability(model, history, {});
    if (!verdict.linearizable()) return verdict.explanation;
    return check_without_order(model, history, opened_again);
}

}  // namespace csd::consistency
