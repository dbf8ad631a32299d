// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/s3/model.hpp"

#include <algorithm>

namespace csd::consistency::s3 {
namespace {

OpenUpload* find(State& state, uint32_t id) {
    const auto found = std::find_if(state.uploads.begin(), state.uploads.end(),
                                    [&](const OpenUpload& one) { return one.id == id; });
    return found != state.uploads.end() ? &*found : nullptr;
}

void sort(State& state) {
    std::sort(state.uploads.begin(), state.uploads.end(),
              [](const OpenUpload& a, const OpenUpload& b) { return a.id - 1 < b.id - 1; });
}

void end(State& state, OpenUpload& upload) {
    upload = {};
    sort(state);
}

// Whether the condition refuses a change of this version, and how.
Result refusal(const Operation& operation, const Version& version) {
    const bool there = version.content != 0;
    switch (operation.condition) {
        case Condition::kAbsent: return there ? Result::kPreconditionFailed : Result::kDone;
        case Condition::kMatch:
            if (!there) return Result::kNoSuchKey;
            return version.content == operation.expected ? Result::kDone
                                                         : Result::kPreconditionFailed;
        default: return Result::kDone;
    }
}

bool put(Version& version, const Operation& operation) {
    const Result refused = refusal(operation, version);
    if (refused != operation.result) return false;
    if (refused == Result::kDone) version = operation.version;
    return true;
}

bool erase(Version& version, const Operation& operation) {
    const Result refused = refusal(operation, version);
    if (refused != operation.result) return false;
    if (refused == Result::kDone) version = {};
    return true;
}

// The result that a read must have, and if it tells of the object, whether it tells of this version.
bool read(const Version& version, const Operation& operation) {
    if (version.content == 0) return operation.result == Result::kNoSuchKey;
    const bool matches = version.content == operation.expected;
    if (operation.condition == Condition::kMatch && !matches) {
        return operation.result == Result::kPreconditionFailed;
    }
    if (operation.condition == Condition::kNoneMatch && matches) {
        return operation.result == Result::kNotModified;
    }
    if (operation.result != Result::kDone) return false;
    if (operation.version.content != version.content) return false;
    if (operation.kind == Kind::kAttributes) return true;
    return operation.version.meta == version.meta &&
           operation.version.tags == tag_count(version.tags);
}

bool read_for_copy(State& state, const Operation& operation) {
    const Version& source = state.names[operation.name];
    if (source.content == 0) return operation.result == Result::kNoSuchKey;
    if (operation.result == Result::kNoSuchKey) return false;
    if (operation.result == Result::kDone && operation.version.content != source.content)
        return false;
    state.copies[operation.thread] = source;
    return true;
}

bool write_copy(State& state, const Operation& operation) {
    Version& copy = state.copies[operation.thread];
    if (copy.content == 0) return false;
    const Result refused = refusal(operation, state.names[operation.name]);
    if (refused != operation.result) return false;
    if (refused == Result::kDone) {
        if (operation.replaces_meta) copy.meta = operation.version.meta;
        state.names[operation.name] = copy;
    }
    copy = {};
    return true;
}

bool list(const State& state, const Operation& operation) {
    for (size_t i = 0; i < kNames; i++) {
        if (operation.listed[i] != state.names[i].content) return false;
    }
    return true;
}

bool list_uploads(const State& state, const Operation& operation) {
    for (size_t i = 0; i < kUploads; i++) {
        if (operation.uploads[i] != state.uploads[i].id) return false;
    }
    return true;
}

bool create_upload(State& state, const Operation& operation) {
    OpenUpload& free = state.uploads.back();
    if (free.id != 0) return false;
    free = {operation.upload, operation.name, operation.version.meta, {}};
    sort(state);
    return true;
}

bool complete(State& state, OpenUpload& upload, const Operation& operation) {
    const uint32_t part = upload.parts[operation.number];
    const bool right = part != 0 && part == operation.version.content;
    if (operation.result == Result::kInvalidPart) return !right;
    if (!right) return false;
    Version& version = state.names[upload.name];
    const Result refused = refusal(operation, version);
    if (refused != operation.result) return false;
    if (refused != Result::kDone) return true;
    version = {part | kInParts, upload.meta, 0};
    state.forgotten = std::max(state.forgotten, state.completed.back().id);
    std::shift_right(state.completed.begin(), state.completed.end(), 1);
    state.completed.front() = {upload.id, part, operation.number, operation.condition};
    end(state, upload);
    return true;
}

// A request to complete an upload that is not open.
bool repeat(const State& state, const Operation& operation) {
    const auto found =
        std::find_if(state.completed.begin(), state.completed.end(),
                     [&](const Completed& one) { return one.id == operation.upload; });
    if (found == state.completed.end()) {
        return operation.result == Result::kNoSuchUpload ||
               (operation.result == Result::kDone && operation.upload <= state.forgotten);
    }
    const bool same = found->content == operation.version.content &&
                      found->number == operation.number && found->condition == operation.condition;
    return operation.result == (same ? Result::kDone : Result::kNoSuchUpload);
}

std::string number(uint32_t content) {
    if (content == 0) return "absent";
    if (content == kStrange) return "something strange";
    const std::string text = std::to_string(content & ~kInParts);
    return (content & kInParts) != 0 ? text + " in parts" : text;
}

std::string text_of(const Version& version) {
    if (version.content == 0) return "absent";
    return number(version.content) + " (metadata " + std::to_string(version.meta) + ", tags " +
           std::to_string(version.tags) + ")";
}

template <size_t N>
std::string text_of(const std::array<uint32_t, N>& contents) {
    std::string text;
    for (const uint32_t content : contents) text += (text.empty() ? "" : ", ") + number(content);
    return "[" + text + "]";
}

std::string text_of(const Operation& operation, Condition condition) {
    switch (condition) {
        case Condition::kNone: return "";
        case Condition::kAbsent: return " if absent";
        case Condition::kMatch: return " if it is " + number(operation.expected);
        case Condition::kNoneMatch: return " unless it is " + number(operation.expected);
    }
    return "";
}

const char* text_of(Result result) {
    switch (result) {
        case Result::kDone: return "done";
        case Result::kNoSuchKey: return "NoSuchKey";
        case Result::kPreconditionFailed: return "PreconditionFailed";
        case Result::kNotModified: return "not modified";
        case Result::kNoSuchUpload: return "NoSuchUpload";
        case Result::kInvalidPart: return "InvalidPart";
    }
    return "?";
}

}  // namespace

const char* name_of(Kind kind) {
    static constexpr const char* kTexts[kKinds] = {
        "put",      "delete",     "head",         "get",      "range",    "attributes",
        "list",     "copy-read",  "copy",         "get-tags", "put-tags", "create-upload",
        "put-part", "list-parts", "list-uploads", "complete", "abort"};
    return kTexts[static_cast<size_t>(kind)];
}

uint32_t tag_count(uint32_t tags) {
    return tags == 0 ? 0 : 1 + tags % 3;
}

bool Model::only_observes(const Operation& operation) const {
    switch (operation.kind) {
        case Kind::kHead:
        case Kind::kGet:
        case Kind::kGetRange:
        case Kind::kAttributes:
        case Kind::kList:
        case Kind::kGetTags:
        case Kind::kListParts:
        case Kind::kListUploads: return true;
        case Kind::kCopyRead: return operation.result == Result::kNoSuchKey;
        case Kind::kCopyWrite: return false;  // it forgets what was read, also when it is refused
        default: return operation.result != Result::kDone;
    }
}

bool Model::step(State& state, const Operation& operation) const {
    Version& version = state.names[operation.name];
    switch (operation.kind) {
        case Kind::kPut: return put(version, operation);
        case Kind::kDelete: return erase(version, operation);
        case Kind::kHead:
        case Kind::kGet:
        case Kind::kAttributes: return read(version, operation);
        case Kind::kGetRange: return read(version, operation);
        case Kind::kList: return list(state, operation);
        case Kind::kCopyRead: return read_for_copy(state, operation);
        case Kind::kCopyWrite: return write_copy(state, operation);
        case Kind::kGetTags:
        case Kind::kPutTags:
            if (version.content == 0) return operation.result == Result::kNoSuchKey;
            if (operation.result != Result::kDone) return false;
            if (operation.kind == Kind::kGetTags) return operation.version.tags == version.tags;
            version.tags = operation.version.tags;
            return true;
        case Kind::kCreateUpload: return create_upload(state, operation);
        case Kind::kListUploads: return list_uploads(state, operation);
        default: break;
    }
    OpenUpload* upload = find(state, operation.upload);
    if (upload == nullptr && operation.kind == Kind::kComplete) return repeat(state, operation);
    if (upload == nullptr) return operation.result == Result::kNoSuchUpload;
    if (operation.result == Result::kNoSuchUpload) return false;
    switch (operation.kind) {
        case Kind::kPutPart:
            upload->parts[operation.number] = operation.version.content;
            return true;
        case Kind::kListParts: return operation.parts == upload->parts;
        case Kind::kComplete: return complete(state, *upload, operation);
        default: end(state, *upload); return true;
    }
}

uint64_t Model::hash(const State& state) const {
    uint64_t hash = 0;
    const auto add = [&](uint64_t number) {
        hash = (hash ^ number) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 29;
    };
    const auto add_version = [&](const Version& version) {
        add(uint64_t{version.content} << 32 | version.meta);
        add(version.tags);
    };
    for (const Version& version : state.names) add_version(version);
    for (const Version& version : state.copies) add_version(version);
    for (const OpenUpload& upload : state.uploads) {
        add(upload.id);
        for (const uint32_t part : upload.parts) add(part);
    }
    for (const Completed& one : state.completed) {
        add(uint64_t{one.id} << 32 | one.content);
        add(uint64_t{one.number} << 8 | static_cast<uint64_t>(one.condition));
    }
    add(state.forgotten);
    return hash;
}

std::string Model::text(const Operation& operation) const {
    std::string text = std::string(name_of(operation.kind)) + " ";
    const std::string name(1, static_cast<char>('a' + operation.name));
    const std::string upload = "upload " + std::to_string(operation.upload);
    const bool done = operation.result == Result::kDone;
    switch (operation.kind) {
        case Kind::kPut: text += name + " := " + text_of(operation.version); break;
        case Kind::kHead:
        case Kind::kGet:
        case Kind::kGetRange:
        case Kind::kAttributes:
            text += name;
            if (done) {
                text += " = " + number(operation.version.content) + " (metadata " +
                        std::to_string(operation.version.meta) + ", " +
                        std::to_string(operation.version.tags) + " tags)";
            }
            break;
        case Kind::kList: text += text_of(operation.listed); break;
        case Kind::kCopyRead:
            text += name + " = " + (done ? number(operation.version.content) : "something");
            break;
        case Kind::kCopyWrite:
            text += "to " + name;
            if (operation.replaces_meta)
                text += " with metadata " + std::to_string(operation.version.meta);
            break;
        case Kind::kGetTags: text += name + " = " + std::to_string(operation.version.tags); break;
        case Kind::kPutTags: text += name + " := " + std::to_string(operation.version.tags); break;
        case Kind::kCreateUpload: text += name + ", " + upload; break;
        case Kind::kPutPart:
            text += std::to_string(operation.number + 1) + " of " + upload +
                    " := " + number(operation.version.content);
            break;
        case Kind::kListParts: text += upload + " = " + text_of(operation.parts); break;
        case Kind::kListUploads:
            for (const uint32_t id : operation.uploads) text += std::to_string(id) + " ";
            break;
        case Kind::kComplete:
            text += upload + " of " + name + " with part " + std::to_string(operation.number + 1) +
                    ", " + number(operation.version.content);
            break;
        case Kind::kDelete: text += name; break;
        case Kind::kAbort: text += upload; break;
    }
    text += text_of(operation, operation.condition);
    if (!done) text += std::string(" -> ") + text_of(operation.result);
    return text;
}

std::string Model::text(const State& state) const {
    std::string text;
    for (size_t i = 0; i < kNames; i++) {
        text += std::string(i == 0 ? "" : ", ") + static_cast<char>('a' + i) + " " +
                text_of(state.names[i]);
    }
    for (const OpenUpload& upload : state.uploads) {
        if (upload.id == 0) continue;
        text += "; upload " + std::to_string(upload.id) + " of " +
                static_cast<char>('a' + upload.name) + " " + text_of(upload.parts);
    }
    for (size_t i = 0; i < kThreads; i++) {
        if (state.copies[i].content == 0) continue;
        text += "; thread " + std::to_string(i) + " copies " + text_of(state.copies[i]);
    }
    return text;
}

}  // namespace csd::consistency::s3
