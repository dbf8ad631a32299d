// SPDX-License-Identifier: BSD-3-Clause
// Tested by json_survey_test.cc.
#include "device/worker/json_survey.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "device/worker/csv_types.hpp"
#include "device/worker/json_text.hpp"
#include "device/worker/json_tree.hpp"
#include "device/worker/number_text.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {

namespace {

// An object within a record that has more different members is a map.
constexpr size_t kMaxMembers = 1000;
// The members of all objects together. Beyond these, objects that were not seen before stay JSON.
constexpr size_t kMaxNodes = 20'000;
constexpr size_t kMaxColumns = 10'000;
// With more members than these an index finds them.
constexpr size_t kIndexedMembers = 16;

struct NameHash {
    using is_transparent = void;
    size_t operator()(std::string_view name) const { return std::hash<std::string_view>()(name); }
};

enum Kind : uint16_t {
    kNull = 1,
    kBoolean = 2,
    kInteger = 4,       // within BIGINT
    kBigInteger = 8,    // within HUGEINT
    kHugeInteger = 16,  // or beyond DOUBLE's range: DuckDB's reader keeps its text
    kDouble = 32,       // NaN and infinity too
    kString = 64,
    kObject = 128,
    kArray = 256
};
constexpr unsigned kIntegers = kInteger | kBigInteger;
constexpr unsigned kNumbers = kIntegers | kHugeInteger | kDouble;

// What the strings of a node may be read as; joined as CSV's types are. UUID stands beside these.
enum class Text : uint8_t { kNone, kDate, kTime, kTimestamp, kUuid, kPlain };

enum class Seen : uint8_t { kWhole, kCut, kBad };

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool is_uuid(std::string_view text) {
    constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return text.size() == kForm.size() &&
           std::equal(text.begin(), text.end(), kForm.begin(), [](char c, char f) {
               bool hexadecimal =
                   (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
               return f == 'x' ? hexadecimal : c == f;
           });
}

Text text_kind(std::string_view text) {
    if (text.size() < 8 || text.size() > 36) return Text::kPlain;
    if (is_uuid(text)) return Text::kUuid;
    if (text.ends_with('Z')) {
        text.remove_suffix(1);
        return csv_type_of(text) == CsvType::kTimestamp ? Text::kTimestamp : Text::kPlain;
    }
    switch (csv_type_of(text)) {
        case CsvType::kDate: return Text::kDate;
        case CsvType::kTime: return Text::kTime;
        case CsvType::kTimestamp: return Text::kTimestamp;
        default: return Text::kPlain;
    }
}

Text join(Text a, Text b) {
    if (a == Text::kNone || a == b) return b;
    if (b == Text::kNone) return a;
    auto [low, high] = std::minmax(a, b);
    return low == Text::kDate && high == Text::kTimestamp ? high : Text::kPlain;
}

}  // namespace

struct JsonSurvey::Node {
    unsigned kinds = 0;
    bool inexact = false;  // an integer that DOUBLE doesn't hold
    bool as_json = false;  // nothing is known of its members
    bool as_map = false;   // `element` is what all members are
    Text text = Text::kNone;
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> members;
    std::unordered_map<std::string, Node*, NameHash, std::equal_to<>> index;  // once there are many
    std::unique_ptr<Node> element;

    std::string type(bool text) const;
    std::string number_type() const;
    bool has_clear_names() const;
    void absorb(Node& other);
    void become_map();
};

// What `other` was, this is too. Objects that differ are one with the members of both.
void JsonSurvey::Node::absorb(Node& other) {
    kinds |= other.kinds;
    inexact = inexact || other.inexact;
    as_json = as_json || other.as_json;
    text = join(text, other.text);
    if (other.as_map && !as_map) become_map();
    if (other.element) {
        if (!element) element = std::make_unique<Node>();
        element->absorb(*other.element);
    }
    for (auto& [name, member] : other.members) {
        if (as_map) {
            element->absorb(*member);
            continue;
        }
        auto same = std::find_if(members.begin(), members.end(),
                                 [&name = name](const auto& own) { return own.first == name; });
        if (same != members.end())
            same->second->absorb(*member);
        else
            members.emplace_back(name, std::move(member));
    }
    index.clear();
}

void JsonSurvey::Node::become_map() {
    auto values = std::make_unique<Node>();
    for (auto& [name, member] : members) values->absorb(*member);
    // A list here and a map there have nothing in common.
    as_json = as_json || element != nullptr;
    element = std::move(values);
    index.clear();
    members.clear();
    as_map = true;
}

// Each is a name of SQL, and another than the rest whatever the case.
bool JsonSurvey::Node::has_clear_names() const {
    std::set<std::string> taken;
    return std::all_of(members.begin(), members.end(), [&taken](const auto& member) {
        return !member.first.empty() && taken.insert(lower(member.first)).second;
    });
}

std::string JsonSurvey::Node::number_type() const {
    if ((kinds & kNumbers & ~kIntegers) == 0)
        return (kinds & kBigInteger) != 0 ? "HUGEINT" : "BIGINT";
    return inexact ? "JSON" : "DOUBLE";
}

std::string JsonSurvey::Node::type(bool all_text) const {
    const unsigned values = kinds & ~static_cast<unsigned>(kNull);
    if (as_json) return "JSON";
    if (values == 0) return "\"NULL\"";
    if ((values & ~kNumbers) == 0) return number_type();
    switch (values) {
        case kBoolean: return "BOOLEAN";
        case kArray: return element->type(all_text) + "[]";
        case kString: break;
        case kObject: {
            if (as_map) return "MAP(VARCHAR, " + element->type(all_text) + ")";
            if (members.empty() || !has_clear_names()) return "JSON";
            std::string types;
            for (const auto& [name, member] : members)
                types +=
                    (types.empty() ? "" : ", ") + sql_name(name) + " " + member->type(all_text);
            return "STRUCT(" + types + ")";
        }
        default: return "JSON";
    }
    if (all_text) return "VARCHAR";
    switch (text) {
        case Text::kDate: return "DATE";
        case Text::kTime: return "TIME";
        case Text::kTimestamp: return "TIMESTAMP";
        case Text::kUuid: return "UUID";
        default: return "VARCHAR";
    }
}

// Reads one value and adds it to what is known.
class JsonSurvey::Parser {
  public:
    Parser(std::string_view text, size_t at, JsonSurvey& survey)
        : text_(text), at_(at), survey_(survey) {}

    Seen value(Node& node, size_t depth) {
        skip_space();
        if (at_end()) return Seen::kCut;
        switch (text_[at_]) {
            case '{':
                node.kinds |= kObject;
                if (depth < survey_.max_depth_ && !node.as_json) return object(node, depth);
                node.as_json = true;
                return skip();
            case '[':
                node.kinds |= kArray;
                if (depth < survey_.max_depth_ && !node.as_json) return array(node, depth);
                node.as_json = true;
                return skip();
            case '"': return string(node);
            case 't': return word(node, "true", kBoolean);
            case 'f': return word(node, "false", kBoolean);
            case 'n': return null(node);
            default: return number(&node);
        }
    }

    size_t position() const { return at_; }
    Fault fault() const { return fault_; }

  private:
    bool at_end() const { return at_ >= text_.size(); }
    void skip_space() {
        while (!at_end() && is_space(text_[at_])) at_++;
    }

    Seen word(Node& node, std::string_view word, Kind kind) {
        std::string_view found = text_.substr(at_, word.size());
        if (found != word) return word.starts_with(found) ? Seen::kCut : Seen::kBad;
        at_ += word.size();
        node.kinds |= kind;
        return Seen::kWhole;
    }

    // null, or the nan that DuckDB takes for NaN.
    Seen null(Node& node) {
        if (at_ + 1 < text_.size() && text_[at_ + 1] != 'u') return number(&node);
        return word(node, "null", kNull);
    }

    // Without a node it is only read over.
    Seen number(Node* node) {
        size_t end = at_ + (text_[at_] == '-' ? 1 : 0);
        while (end < text_.size() && is_number_byte(text_[end])) end++;
        if (end == text_.size()) return Seen::kCut;
        const std::string_view text = text_.substr(at_, end - at_);
        unsigned kind = 0;
        bool inexact = false;
        if (is_json_number(text)) {
            switch (number_kind(text)) {
                case NumberKind::kNone: return Seen::kBad;
                case NumberKind::kLongDecimal: return bad(Fault::kLongNumber);
                case NumberKind::kDouble: kind = kDouble; break;
                case NumberKind::kInteger: kind = kInteger; break;
                case NumberKind::kLongInteger:
                    kind = kInteger;
                    inexact = true;
                    break;
                case NumberKind::kBigInteger:
                    kind = kBigInteger;
                    inexact = !fits_double(text);
                    break;
                case NumberKind::kHugeInteger:
                case NumberKind::kHugeDecimal:
                    kind = kHugeInteger;
                    inexact = !fits_double(text);
                    break;
            }
        } else if (is_number_word(text)) {
            kind = kDouble;
        } else {
            return Seen::kBad;
        }
        at_ = end;
        if (node == nullptr) return Seen::kWhole;
        node->kinds |= kind;
        node->inexact = node->inexact || inexact;
        return Seen::kWhole;
    }

    Seen bad(Fault fault) {
        fault_ = fault;
        return Seen::kBad;
    }

    // Behind the opening quote; leaves the position behind the closing one. The text is as it is written.
    Seen quoted(std::string_view& content) {
        size_t from = ++at_;
        while (!at_end() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        if (at_end()) return Seen::kCut;
        content = text_.substr(from, at_ - from);
        at_++;
        return Seen::kWhole;
    }

    Seen string(Node& node) {
        std::string_view content;
        if (quoted(content) == Seen::kCut) return Seen::kCut;
        node.kinds |= kString;
        if (node.text != Text::kPlain) node.text = join(node.text, text_kind(content));
        return Seen::kWhole;
    }

    // Over an object or a list of which nothing more has to be known than that DuckDB reads its numbers as they are. What else
    // is wrong in it, DuckDB says.
    Seen skip() {
        size_t depth = 0;
        while (!at_end()) {
            char c = text_[at_];
            std::string_view content;
            Seen seen = Seen::kWhole;
            if (c == '"') {
                seen = quoted(content);
            } else if (c == '-' || (c >= '0' && c <= '9')) {
                seen = number(nullptr);
            } else {
                at_++;
                if (c == '{' || c == '[') depth++;
                if ((c == '}' || c == ']') && --depth == 0) return Seen::kWhole;
            }
            if (seen != Seen::kWhole) return seen;
        }
        return Seen::kCut;
    }

    // Between the members or elements: whether `close` stands here, else a comma was passed, unless it is the first.
    Seen next_item(char close, bool first, bool& ended) {
        skip_space();
        if (at_end()) return Seen::kCut;
        ended = text_[at_] == close;
        if (ended || (!first && text_[at_] == ',')) {
            at_++;
            return Seen::kWhole;
        }
        return first ? Seen::kWhole : Seen::kBad;
    }

    Seen array(Node& node, size_t depth) {
        at_++;
        // Lists where maps were seen.
        if (node.as_map) node.as_json = true;
        if (!node.element) node.element = std::make_unique<Node>();
        for (bool first = true;; first = false) {
            bool ended = false;
            Seen seen = next_item(']', first, ended);
            if (seen != Seen::kWhole || ended) return seen;
            seen = value(*node.element, depth + 1);
            if (seen != Seen::kWhole) return seen;
        }
    }

    Seen object(Node& node, size_t depth) {
        at_++;
        for (size_t index = 0;; index++) {
            bool ended = false;
            Seen seen = next_item('}', index == 0, ended);
            if (seen != Seen::kWhole || ended) return seen;
            skip_space();
            if (at_end()) return Seen::kCut;
            std::string_view name;
            if (text_[at_] != '"') return Seen::kBad;
            if (quoted(name) == Seen::kCut) return Seen::kCut;
            skip_space();
            if (at_end()) return Seen::kCut;
            if (text_[at_] != ':') return Seen::kBad;
            at_++;
            seen = member(node, name, index, depth);
            if (seen != Seen::kWhole) return seen;
        }
    }

    Seen member(Node& node, std::string_view name, size_t index, size_t depth) {
        std::optional<std::string> decoded;
        if (name.find('\\') != std::string_view::npos) {
            decoded = json_unescaped(name);
            if (!decoded) return Seen::kBad;
            name = *decoded;
        }
        Node* member = member_named(node, name, index);
        if (member != nullptr) return value(*member, depth + 1);
        if (fault_ != Fault::kMalformed || !node.as_json) return Seen::kBad;
        Node ignored;
        ignored.as_json = true;
        return value(ignored, depth + 1);
    }

    // Most records have the same members in the same order. Null: it is not kept.
    Node* member_named(Node& node, std::string_view name, size_t expected) {
        if (node.as_map) return node.element.get();
        if (node.as_json) return nullptr;
        auto& members = node.members;
        if (expected < members.size() && members[expected].first == name)
            return members[expected].second.get();
        if (members.size() <= kIndexedMembers) {
            for (auto& [key, member] : members)
                if (key == name) return member.get();
        } else {
            if (node.index.empty())
                for (auto& [key, member] : members) node.index.emplace(key, member.get());
            if (auto found = node.index.find(name); found != node.index.end()) return found->second;
        }
        return new_member(node, name);
    }

    Node* new_member(Node& node, std::string_view name) {
        // Names go into SQL.
        if (!is_utf8_text(name)) return nullptr;
        const bool root = &node == survey_.root_.get();
        if (root && node.members.size() >= kMaxColumns) {
            fault_ = Fault::kManyMembers;
            return nullptr;
        }
        if (!root && node.members.size() >= kMaxMembers) {
            node.become_map();
            return node.element.get();
        }
        if (!root && survey_.nodes_ >= kMaxNodes) {
            node.as_json = true;
            return nullptr;
        }
        survey_.nodes_++;
        Node* made =
            node.members.emplace_back(std::string(name), std::make_unique<Node>()).second.get();
        if (!node.index.empty()) node.index.emplace(name, made);
        return made;
    }

    std::string_view text_;
    size_t at_;
    JsonSurvey& survey_;
    Fault fault_ = Fault::kMalformed;
};

JsonSurvey::JsonSurvey(bool in_array, size_t max_depth, uint64_t max_record_bytes)
    : in_array_(in_array),
      max_depth_(max_depth),
      max_record_bytes_(max_record_bytes),
      root_(std::make_unique<Node>()) {}
JsonSurvey::JsonSurvey(JsonSurvey&&) noexcept = default;
JsonSurvey::~JsonSurvey() = default;

bool JsonSurvey::feed(std::string_view piece) {
    if (fault_) return false;
    pending_ += piece;
    if (pending_.size() >= parse_at_bytes_) take_records(false);
    return !fault_;
}

void JsonSurvey::finish() {
    if (fault_) return;
    pending_ += '\n';  // ends a number
    take_records(true);
    if (!fault_ && in_array_ != array_ended_) blame(Fault::kMalformed, pending_.size());
}

void JsonSurvey::blame(Fault fault, size_t at) {
    fault_ = fault;
    fault_at_ = offset_ + at;
}

// Steps to the next element of the array; false where the array ends.
bool JsonSurvey::begin_element(size_t& at) {
    if (pending_[at] == ']' && array_begun_) {
        array_ended_ = true;
        at++;
        return false;
    }
    if (pending_[at] != (array_begun_ ? ',' : '[')) {
        blame(Fault::kMalformed, at);
        return false;
    }
    at++;
    while (at < pending_.size() && is_space(pending_[at])) at++;
    // An empty array ends where its first record would be.
    if (array_begun_ || at == pending_.size() || pending_[at] != ']') return true;
    array_begun_ = true;
    return false;
}

// A record may be seen several times until it is whole, each time with at least twice as many bytes. To add it twice
// changes nothing.
void JsonSurvey::take_records(bool last) {
    size_t at = 0, done = 0;
    while (true) {
        for (; at < pending_.size() && is_space(pending_[at]); at++)
            if (pending_[at] == '\n') line_has_record_ = line_has_scalar_ = false;
        done = at;
        if (at == pending_.size()) break;
        if (array_ended_) return blame(Fault::kMalformed, at);
        if (in_array_ && !begin_element(at)) {
            if (fault_) return;
            continue;
        }
        Parser parser(pending_, at, *this);
        Seen seen = parser.value(*root_, 0);
        if (seen == Seen::kCut && !last) break;
        if (seen != Seen::kWhole) return blame(parser.fault(), parser.position());
        // Values that are neither objects nor arrays have a line of their own.
        bool scalar = pending_[at] != '{' && pending_[at] != '[';
        if (!in_array_ && (line_has_scalar_ || (scalar && line_has_record_)))
            return blame(Fault::kMalformed, at);
        line_has_record_ = true;
        line_has_scalar_ = line_has_scalar_ || scalar;
        array_begun_ = in_array_;
        longest_record_ = std::max<uint64_t>(longest_record_, parser.position() - at);
        at = parser.position();
    }
    pending_.erase(0, done);
    offset_ += done;
    if (pending_.size() > max_record_bytes_) return blame(Fault::kLongRecord, 0);
    parse_at_bytes_ = 2 * pending_.size();
}

JsonColumns JsonSurvey::columns(bool text) const {
    JsonColumns found;
    const unsigned kinds = root_->kinds & ~static_cast<unsigned>(kNull);
    if (root_->kinds == 0) return found;
    found.objects = kinds == kObject && !root_->members.empty();
    if (!found.objects) {
        found.columns.push_back({"json", root_->type(text)});
        return found;
    }
    found.by_name = root_->has_clear_names();
    for (const auto& [name, member] : root_->members)
        found.columns.push_back({name, member->type(text)});
    return found;
}

}  // namespace csd::worker
