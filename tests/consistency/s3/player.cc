// SPDX-License-Identifier: BSD-3-Clause
#include "consistency/s3/player.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <stdexcept>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"

namespace csd::consistency::s3 {
namespace {

constexpr size_t kIdDigits = 12;
constexpr size_t kKinship = 16;  // how many contents a condition chooses from

uint64_t now_ns() {
    return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(
                                     std::chrono::steady_clock::now().time_since_epoch())
                                     .count());
}

std::string md5(std::string_view bytes) {
    airmos::Digest digest(airmos::Digest::Kind::kMd5);
    digest.update(as_bytes(bytes));
    return digest.finish();
}

std::string etag_of(uint32_t content) {
    std::string sum = md5(bytes_of(content & ~kInParts));
    if ((content & kInParts) == 0) return airmos::hex(sum);
    return airmos::hex(md5(sum)) + "-1";
}

std::string unquoted(std::string_view etag) {
    for (const std::string_view quote : {"\"", "&quot;", "&#34;"}) {
        if (etag.starts_with(quote)) etag.remove_prefix(quote.size());
        if (etag.ends_with(quote)) etag.remove_suffix(quote.size());
    }
    return std::string(etag);
}

std::string quoted(const std::string& etag) {
    return "\"" + etag + "\"";
}

// Absent is 0, and what is no number is no number of ours.
uint32_t number_of(std::string_view text) {
    if (text.empty()) return 0;
    uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : kStrange;
}

// The content whose bytes these are, all of them.
uint32_t content_of_bytes(std::string_view bytes) {
    const uint32_t content = number_of(bytes.substr(0, std::min(bytes.size(), kIdDigits)));
    return content != kStrange && content < kInParts && bytes == bytes_of(content) ? content
                                                                                   : kStrange;
}

Pairs tags_of(uint32_t tags) {
    Pairs pairs;
    for (uint32_t i = 0; i < tag_count(tags); i++) {
        pairs.emplace_back("k" + std::to_string(i), std::to_string(tags));
    }
    return pairs;
}

std::string tagging_xml(uint32_t tags) {
    std::string text = "<Tagging><TagSet>";
    for (const auto& [key, value] : tags_of(tags)) {
        text += "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>";
    }
    return text + "</TagSet></Tagging>";
}

std::string tagging_header(uint32_t tags) {
    std::string text;
    for (const auto& [key, value] : tags_of(tags))
        text += (text.empty() ? "" : "&") + key + "=" + value;
    return text;
}

}  // namespace

// Most are small; some do not come with their manifest, and some come to the drive in pieces.
size_t size_of(uint32_t content) {
    const uint32_t mixed = content * 2654435761u;
    if (content % 97 == 0) return 1'100'000 + mixed % 1000;
    if (content % 23 == 0) return 66'000 + mixed % 40'000;
    return kIdDigits + mixed % 3000;
}

std::string bytes_of(uint32_t content) {
    std::string id = std::to_string(content);
    id.insert(0, kIdDigits - id.size(), '0');
    std::string bytes(size_of(content), '\0');
    for (size_t i = 0; i < bytes.size(); i++) {
        bytes[i] = i < kIdDigits ? id[i] : static_cast<char>('a' + (i * 7 + content) % 26);
    }
    return bytes;
}

// --- Round ------------------------------------------------------------------------------------------

void Round::begin(uint64_t number) {
    const std::lock_guard lock(mutex_);
    prefix_ = "round" + std::to_string(number) + "/";
    contents_.clear();
    recent_.clear();
    uploads_.clear();
}

std::string Round::announce(uint32_t content) {
    std::string etag = etag_of(content);
    const std::lock_guard lock(mutex_);
    contents_[etag] = content;
    recent_.push_back(content);
    return etag;
}

uint32_t Round::content_of(const std::string& etag) const {
    const std::lock_guard lock(mutex_);
    const auto found = contents_.find(etag);
    return found != contents_.end() ? found->second : kStrange;
}

uint32_t Round::a_content(std::mt19937_64& random) const {
    const std::lock_guard lock(mutex_);
    if (recent_.empty()) return 0;
    const size_t among = std::min(recent_.size(), kKinship);
    return recent_[recent_.size() - 1 - random() % among];
}

uint32_t Round::plan_upload(uint8_t name) {
    const std::lock_guard lock(mutex_);
    const auto open = std::count_if(uploads_.begin(), uploads_.end(),
                                    [](const UploadNote& note) { return !note.over; });
    if (open >= static_cast<ptrdiff_t>(kUploads)) return 0;
    uploads_.push_back({next_++, name, "", {}, false});
    return uploads_.back().number;
}

void Round::upload_begun(uint32_t number, const std::string& id) {
    const std::lock_guard lock(mutex_);
    for (UploadNote& note : uploads_) {
        if (note.number == number) note.id = id;
    }
}

void Round::upload_over(uint32_t number) {
    const std::lock_guard lock(mutex_);
    for (UploadNote& note : uploads_) {
        if (note.number == number) note.over = true;
    }
}

void Round::part_sent(uint32_t number, uint8_t part, uint32_t content) {
    const std::lock_guard lock(mutex_);
    for (UploadNote& note : uploads_) {
        if (note.number == number) note.parts[part] = content;
    }
}

bool Round::an_upload(std::mt19937_64& random, UploadNote& note) const {
    constexpr size_t kLast = 6;
    const std::lock_guard lock(mutex_);
    if (uploads_.empty()) return false;
    note = uploads_[uploads_.size() - 1 - random() % std::min(uploads_.size(), kLast)];
    return !note.id.empty();
}

std::vector<Entry<Operation>> Round::resolve(std::vector<SeenEntry> seen) const {
    const std::lock_guard lock(mutex_);
    std::vector<Entry<Operation>> history;
    for (SeenEntry& one : seen) {
        std::vector<uint32_t> numbers;
        for (const std::string& id : one.uploads) {
            const auto found = std::find_if(uploads_.begin(), uploads_.end(),
                                            [&](const UploadNote& note) { return note.id == id; });
            numbers.push_back(found != uploads_.end() ? found->number : kStrange);
        }
        std::sort(numbers.begin(), numbers.end());
        if (numbers.size() > kUploads) numbers.assign(1, kStrange);
        std::copy(numbers.begin(), numbers.end(), one.entry.operation.uploads.begin());
        history.push_back(one.entry);
    }
    return history;
}

// --- Player -----------------------------------------------------------------------------------------

Request Player::request(const std::string& method, uint8_t name) const {
    Request made;
    made.method = method;
    made.path = "/" + bucket_ + "/" + round_.prefix() + static_cast<char>('a' + name);
    return made;
}

Response Player::send(const Request& request) {
    began_ = now_ns();
    Response response = connection_.send(request);
    ended_ = now_ns();
    return response;
}

void Player::record(Operation operation, std::vector<SeenEntry>& history,
                    std::vector<std::string> uploads) {
    operation.thread = static_cast<uint8_t>(thread_);
    history.push_back({{operation, began_, ended_, thread_, true}, std::move(uploads)});
}

// What every kind may be told. False: the request had no effect and tells nothing.
bool Player::finish(Operation operation, const Response& response,
                    std::vector<SeenEntry>& history) {
    const std::string code = response.element("Code");
    if (response.status / 100 == 2) {
        operation.result = Result::kDone;
    } else if (response.status == 304) {
        operation.result = Result::kNotModified;
    } else if (response.status == 412) {
        operation.result = Result::kPreconditionFailed;
    } else if (code == "NoSuchUpload") {
        operation.result = Result::kNoSuchUpload;
    } else if (code == "InvalidPart") {
        operation.result = Result::kInvalidPart;
    } else if (response.status == 404 && (code == "NoSuchKey" || code.empty())) {
        operation.result = Result::kNoSuchKey;
    } else if (code == "OperationAborted") {
        return false;
    } else {
        throw std::runtime_error(std::string(name_of(operation.kind)) + " was answered " +
                                 std::to_string(response.status) + " " + response.body);
    }
    record(operation, history);
    return true;
}

bool Player::play(std::vector<SeenEntry>& history) {
    Operation operation;
    operation.kind = static_cast<Kind>(weights_(random_));
    operation.name = static_cast<uint8_t>(pick(kNames));
    switch (operation.kind) {
        case Kind::kPut: return put(operation, history);
        case Kind::kDelete: return erase(operation, history);
        case Kind::kHead:
        case Kind::kGet:
        case Kind::kGetRange: return read(operation, history);
        case Kind::kAttributes: return attributes(operation, history);
        case Kind::kList: return list(operation, history);
        case Kind::kCopyRead:
        case Kind::kCopyWrite: return copy(operation, history);
        case Kind::kGetTags: return get_tags(operation, history);
        case Kind::kPutTags: return put_tags(operation, history);
        case Kind::kCreateUpload: return create_upload(operation, history);
        case Kind::kListUploads: return list_uploads(operation, history);
        case Kind::kPutPart:
        case Kind::kListParts:
        case Kind::kComplete:
        case Kind::kAbort: return use_upload(operation, history);
    }
    return false;
}

void Player::choose_condition(Operation& operation, Request& request) {
    const uint64_t choice = pick(6);
    if (choice == 0 && operation.kind != Kind::kDelete) {
        operation.condition = Condition::kAbsent;
        request.headers.emplace_back("if-none-match", "*");
    } else if (choice == 1) {
        operation.expected = round_.a_content(random_);
        if (operation.expected == 0) return;
        operation.condition = Condition::kMatch;
        request.headers.emplace_back("if-match", quoted(etag_of(operation.expected)));
    }
}

bool Player::put(Operation operation, std::vector<SeenEntry>& history) {
    Request put = request("PUT", operation.name);
    choose_condition(operation, put);
    operation.version = {round_.fresh(), round_.fresh(), pick(4) == 0 ? round_.fresh() : 0};
    round_.announce(operation.version.content);
    put.body = bytes_of(operation.version.content);
    put.headers.emplace_back("x-amz-meta-id", std::to_string(operation.version.meta));
    if (operation.version.tags != 0) {
        put.headers.emplace_back("x-amz-tagging", tagging_header(operation.version.tags));
    }
    return finish(operation, send(put), history);
}

bool Player::erase(Operation operation, std::vector<SeenEntry>& history) {
    Request erase = request("DELETE", operation.name);
    choose_condition(operation, erase);
    return finish(operation, send(erase), history);
}

bool Player::read(Operation operation, std::vector<SeenEntry>& history) {
    const bool head = operation.kind == Kind::kHead;
    const bool part = operation.kind == Kind::kGetRange;
    Request read = request(head ? "HEAD" : "GET", operation.name);
    if (const uint64_t choice = pick(8); choice < 2) {
        operation.expected = round_.a_content(random_);
        operation.condition = operation.expected == 0 ? Condition::kNone
                              : choice == 0           ? Condition::kMatch
                                                      : Condition::kNoneMatch;
        if (operation.expected != 0) {
            read.headers.emplace_back(choice == 0 ? "if-match" : "if-none-match",
                                      quoted(etag_of(operation.expected)));
        }
    }
    if (part) read.headers.emplace_back("range", "bytes=0-" + std::to_string(kIdDigits - 1));
    const Response response = send(read);
    if (response.status / 100 == 2) {
        uint32_t content = round_.content_of(unquoted(response.headers.get("etag")));
        const uint32_t plain = content & ~kInParts;
        const std::string size = std::to_string(size_of(plain));
        const bool whole = part ? response.headers.get("content-range").ends_with("/" + size) &&
                                      number_of(response.body) == plain
                           : head ? response.headers.get("content-length") == size
                                  : content_of_bytes(response.body) == plain;
        if (!whole) content = kStrange;
        operation.version = {content, number_of(response.headers.get("x-amz-meta-id")),
                             number_of(response.headers.get("x-amz-tagging-count"))};
    }
    return finish(operation, response, history);
}

bool Player::attributes(Operation operation, std::vector<SeenEntry>& history) {
    Request get = request("GET", operation.name);
    get.query = {{"attributes", ""}};
    get.headers = {{"x-amz-object-attributes", "ETag,ObjectSize"}};
    const Response response = send(get);
    if (response.status == 200) {
        operation.version.content = round_.content_of(unquoted(response.element("ETag")));
        if (number_of(response.element("ObjectSize")) !=
            size_of(operation.version.content & ~kInParts)) {
            operation.version.content = kStrange;
        }
    }
    return finish(operation, response, history);
}

bool Player::list(Operation operation, std::vector<SeenEntry>& history) {
    Request get;
    get.path = "/" + bucket_;
    get.query = {{"list-type", "2"}, {"prefix", round_.prefix()}};
    const Response response = send(get);
    for (size_t at = response.body.find("<Contents>"); at != std::string::npos;
         at = response.body.find("<Contents>", at)) {
        const std::string key = response.element("Key", at);
        const std::string etag = unquoted(response.element("ETag", at));
        const uint32_t size = number_of(response.element("Size", at));
        const auto name = static_cast<size_t>(key.empty() ? 0 : key.back() - 'a');
        if (name >= kNames) throw std::runtime_error("a listing names " + key);
        const uint32_t content = round_.content_of(etag);
        operation.listed[name] = size_of(content & ~kInParts) == size ? content : kStrange;
    }
    return finish(operation, response, history);
}

bool Player::copy(Operation operation, std::vector<SeenEntry>& history) {
    const uint8_t from = operation.name;
    const auto into = static_cast<uint8_t>(pick(kNames));
    Request put = request("PUT", into);
    put.headers.emplace_back("x-amz-copy-source", request("", from).path);
    Operation write = operation;
    write.kind = Kind::kCopyWrite;
    write.name = into;
    if (from == into || pick(2) == 0) {
        write.replaces_meta = true;
        write.version.meta = round_.fresh();
        put.headers.emplace_back("x-amz-metadata-directive", "REPLACE");
        put.headers.emplace_back("x-amz-meta-id", std::to_string(write.version.meta));
    }
    if (pick(4) == 0) {
        write.condition = Condition::kAbsent;
        put.headers.emplace_back("if-none-match", "*");
    }
    const Response response = send(put);
    operation.kind = Kind::kCopyRead;
    if (response.status == 200)
        operation.version.content = round_.content_of(unquoted(response.element("ETag")));
    if (!finish(operation, response, history)) return false;
    return response.status == 404 || finish(write, response, history);
}

bool Player::get_tags(Operation operation, std::vector<SeenEntry>& history) {
    Request get = request("GET", operation.name);
    get.query = {{"tagging", ""}};
    const Response response = send(get);
    if (response.status == 200) {
        const uint32_t tags = number_of(response.element("Value"));
        const bool whole =
            response.body.find(tagging_xml(tags).substr(9)) != std::string::npos || tags == 0;
        operation.version.tags = whole ? tags : kStrange;
    }
    return finish(operation, response, history);
}

bool Player::put_tags(Operation operation, std::vector<SeenEntry>& history) {
    const bool none = pick(5) == 0;
    Request put = request(none ? "DELETE" : "PUT", operation.name);
    put.query = {{"tagging", ""}};
    if (!none) {
        operation.version.tags = round_.fresh();
        put.body = tagging_xml(operation.version.tags);
    }
    return finish(operation, send(put), history);
}

bool Player::create_upload(Operation operation, std::vector<SeenEntry>& history) {
    operation.upload = round_.plan_upload(operation.name);
    if (operation.upload == 0) return false;
    operation.version.meta = round_.fresh();
    Request post = request("POST", operation.name);
    post.query = {{"uploads", ""}};
    post.headers.emplace_back("x-amz-meta-id", std::to_string(operation.version.meta));
    const Response response = send(post);
    round_.upload_begun(operation.upload, response.element("UploadId"));
    return finish(operation, response, history);
}

bool Player::list_uploads(Operation operation, std::vector<SeenEntry>& history) {
    Request get;
    get.path = "/" + bucket_;
    get.query = {{"prefix", round_.prefix()}, {"uploads", ""}};
    const Response response = send(get);
    if (response.status != 200) return finish(operation, response, history);
    std::vector<std::string> ids;
    for (size_t at = response.body.find("<Upload>"); at != std::string::npos;
         at = response.body.find("<Upload>", at)) {
        ids.push_back(response.element("UploadId", at));
    }
    record(operation, history, std::move(ids));
    return true;
}

bool Player::use_upload(Operation operation, std::vector<SeenEntry>& history) {
    Round::UploadNote note;
    if (!round_.an_upload(random_, note)) return false;
    operation.name = note.name;
    operation.upload = note.number;
    operation.number = static_cast<uint8_t>(pick(kParts));
    Request about = request("GET", note.name);
    about.query = {{"uploadId", note.id}};
    switch (operation.kind) {
        case Kind::kPutPart: return put_part(operation, note, std::move(about), history);
        case Kind::kListParts: return list_parts(operation, std::move(about), history);
        case Kind::kComplete: return complete(operation, note, std::move(about), history);
        default: break;
    }
    about.method = "DELETE";
    const Response response = send(about);
    if (response.status == 204) round_.upload_over(note.number);
    return finish(operation, response, history);
}

bool Player::put_part(Operation operation, const Round::UploadNote& note, Request request,
                      std::vector<SeenEntry>& history) {
    operation.version.content = round_.fresh();
    round_.announce(operation.version.content);
    request.method = "PUT";
    request.query = {{"partNumber", std::to_string(operation.number + 1)}, {"uploadId", note.id}};
    request.body = bytes_of(operation.version.content);
    const Response response = send(request);
    if (response.status == 200) {
        round_.part_sent(note.number, operation.number, operation.version.content);
    }
    return finish(operation, response, history);
}

bool Player::list_parts(Operation operation, Request request, std::vector<SeenEntry>& history) {
    const Response response = send(request);
    for (size_t at = response.body.find("<Part>"); at != std::string::npos;
         at = response.body.find("<Part>", at)) {
        const uint32_t number = number_of(response.element("PartNumber", at));
        const std::string etag = unquoted(response.element("ETag", at));
        if (number < 1 || number > kParts) throw std::runtime_error("a part that no client sent");
        operation.parts[number - 1] = round_.content_of(etag);
    }
    return finish(operation, response, history);
}

bool Player::complete(Operation operation, const Round::UploadNote& note, Request request,
                      std::vector<SeenEntry>& history) {
    operation.version.content = note.parts[operation.number];
    if (operation.version.content == 0) return false;
    if (pick(4) == 0) {
        operation.condition = Condition::kAbsent;
        request.headers.emplace_back("if-none-match", "*");
    }
    round_.announce(operation.version.content | kInParts);
    request.method = "POST";
    request.body = "<CompleteMultipartUpload><Part><PartNumber>" +
                   std::to_string(operation.number + 1) + "</PartNumber><ETag>" +
                   etag_of(operation.version.content) + "</ETag></Part></CompleteMultipartUpload>";
    const Response response = send(request);
    if (response.status == 200) round_.upload_over(note.number);
    return finish(operation, response, history);
}

}  // namespace csd::consistency::s3
