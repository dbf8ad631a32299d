// SPDX-License-Identifier: BSD-3-Clause
// Tested by json_survey_test.cc.
#include "device/worker/json_survey.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "device/worker/csv.hpp"
#include "device/worker/json_tree.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {

namespace {

// What is beyond these is strange, and DuckDB's to judge.
constexpr size_t kMaxRecordBytes = 1024 * 1024;
constexpr size_t kMaxMembers = 1000;
constexpr size_t kMaxNodes = 5000;

enum Kind : uint8_t {
    kNull = 1,
    kBoolean = 2,
    kInteger = 4,
    kDouble = 8,
    kString = 16,
    kObject = 32,
    kArray = 64
};

enum class Seen : uint8_t { kWhole, kCut, kStrange };

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Letters of which none stands in a date, a time (T, Z, AM, PM) or a UUID.
constexpr std::array<bool, 256> plain_letters() {
    std::array<bool, 256> plain{};
    for (char c : std::string_view("ghijklnoqrsuvwxyGHIJKLNOQRSUVWXY"))
        plain[static_cast<unsigned char>(c)] = true;
    return plain;
}
constexpr std::array<bool, 256> kPlainLetters = plain_letters();

// DuckDB makes no date, time or UUID of it: those have hyphens or colons.
bool is_plain_text(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return kPlainLetters[static_cast<unsigned char>(c)]; }) ||
           text.find_first_of("-:") == std::string_view::npos;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// '0' stands for a digit, 'x' for a hexadecimal one, anything else for itself.
constexpr std::string_view kUuidForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
bool has_form(std::string_view text, std::string_view form) {
    return text.size() == form.size() &&
           std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
               bool hexadecimal = is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
               return f == '0' ? is_digit(c) : f == 'x' ? hexadecimal : c == f;
           });
}

// ISO 8601, and there is such a day and such a time. Of one form, DuckDB reads all alike.
bool is_date_or_time(std::string_view text) {
    if (text.ends_with('Z')) text.remove_suffix(1);
    return text.size() < 32 && csv_type_of(text) != "VARCHAR";
}

// Empty for what DuckDB has to judge.
std::string form_of(std::string_view text) {
    if (has_form(text, kUuidForm)) return std::string(kUuidForm);
    std::string form;
    if (is_date_or_time(text))
        for (char c : text) form += is_digit(c) ? '0' : c;
    return form;
}

}  // namespace

struct JsonSurvey::Node {
    uint8_t kinds = 0;
    bool plain_text = false;  // at least one string can be nothing but text
    bool odd_text = false;    // strings that look like dates, but not all alike
    std::string form;         // of the strings that look like dates, times or UUIDs
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> members;
    std::unique_ptr<Node> element;
};

// Reads one value and adds it to what is known.
class JsonSurvey::Parser {
  public:
    Parser(std::string_view text, size_t at, JsonSurvey& survey)
        : text_(text), at_(at), survey_(survey) {}

    Seen value(Node& node, size_t depth) {
        if (depth > survey_.max_depth_) return Seen::kStrange;
        skip_space();
        if (at_end()) return Seen::kCut;
        switch (text_[at_]) {
            case '{': return object(node, depth);
            case '[': return array(node, depth);
            case '"': return string(node);
            case 't': return word(node, "true", kBoolean);
            case 'f': return word(node, "false", kBoolean);
            case 'n': return word(node, "null", kNull);
            default: return number(node);
        }
    }

    size_t position() const { return at_; }
    bool showed_something() const { return news_; }

  private:
    bool at_end() const { return at_ >= text_.size(); }
    void skip_space() {
        while (!at_end() && is_space(text_[at_])) at_++;
    }

    void add(Node& node, Kind kind) {
        if ((node.kinds & kind) != 0) return;
        node.kinds |= kind;
        news_ = true;
    }

    Seen word(Node& node, std::string_view word, Kind kind) {
        std::string_view found = text_.substr(at_, word.size());
        if (found != word) return word.starts_with(found) ? Seen::kCut : Seen::kStrange;
        at_ += word.size();
        add(node, kind);
        return Seen::kWhole;
    }

    Seen number(Node& node) {
        size_t end = at_;
        bool whole = true;
        for (; end < text_.size(); end++) {
            char c = text_[end];
            bool digit = c >= '0' && c <= '9';
            if (!digit && c != '-' && c != '+' && c != '.' && c != 'e' && c != 'E') break;
            whole = whole && (digit || (c == '-' && end == at_));
        }
        if (end == text_.size()) return Seen::kCut;
        if (end == at_) return Seen::kStrange;
        int64_t integer = 0;
        // An integer that needs more bits has a type that depends on others.
        if (whole && std::from_chars(&text_[at_], &text_[end], integer).ec != std::errc())
            return Seen::kStrange;
        at_ = end;
        add(node, whole ? kInteger : kDouble);
        return Seen::kWhole;
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
        add(node, kString);
        if (!node.plain_text) text(node, content);
        return Seen::kWhole;
    }

    // As long as no string showed that all of them are text.
    void text(Node& node, std::string_view content) {
        if (is_plain_text(content)) {
            node.plain_text = news_ = true;
        } else if (node.form.empty() && !node.odd_text) {
            node.form = form_of(content);
            node.odd_text = node.form.empty();
            news_ = true;
        } else {
            node.odd_text = node.odd_text || !has_form(content, node.form) ||
                            (node.form != kUuidForm && !is_date_or_time(content));
        }
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
        return first ? Seen::kWhole : Seen::kStrange;
    }

    Seen array(Node& node, size_t depth) {
        add(node, kArray);
        at_++;
        if (!node.element && !make_node(node.element)) return Seen::kStrange;
        for (bool first = true;; first = false) {
            bool ended = false;
            Seen seen = next_item(']', first, ended);
            if (seen != Seen::kWhole || ended) return seen;
            seen = value(*node.element, depth + 1);
            if (seen != Seen::kWhole) return seen;
        }
    }

    Seen object(Node& node, size_t depth) {
        add(node, kObject);
        at_++;
        for (size_t index = 0;; index++) {
            bool ended = false;
            Seen seen = next_item('}', index == 0, ended);
            if (seen != Seen::kWhole || ended) return seen;
            skip_space();
            if (at_end()) return Seen::kCut;
            std::string_view name;
            if (text_[at_] != '"') return Seen::kStrange;
            if (quoted(name) == Seen::kCut) return Seen::kCut;
            skip_space();
            if (at_end()) return Seen::kCut;
            if (text_[at_++] != ':') return Seen::kStrange;
            Node* member = member_named(node, name, index);
            if (member == nullptr) return Seen::kStrange;
            seen = value(*member, depth + 1);
            if (seen != Seen::kWhole) return seen;
        }
    }

    // Most records have the same members in the same order.
    Node* member_named(Node& node, std::string_view name, size_t expected) {
        auto& members = node.members;
        if (expected < members.size() && members[expected].first == name)
            return members[expected].second.get();
        for (auto& [key, member] : members)
            if (key == name) return member.get();
        std::unique_ptr<Node> made;
        if (members.size() >= kMaxMembers || !make_node(made)) return nullptr;
        return members.emplace_back(std::string(name), std::move(made)).second.get();
    }

    bool make_node(std::unique_ptr<Node>& node) {
        node = std::make_unique<Node>();
        news_ = true;
        return ++survey_.nodes_ <= kMaxNodes;
    }

    std::string_view text_;
    size_t at_;
    JsonSurvey& survey_;
    bool news_ = false;
};

JsonSurvey::JsonSurvey(bool in_array, size_t max_depth)
    : in_array_(in_array), max_depth_(max_depth), root_(std::make_unique<Node>()) {}
JsonSurvey::JsonSurvey(JsonSurvey&&) noexcept = default;
JsonSurvey::~JsonSurvey() = default;

bool JsonSurvey::feed(std::string_view piece) {
    pending_ += piece;
    strange_ = strange_ || !take_records(false) || pending_.size() > kMaxRecordBytes;
    return !strange_;
}

void JsonSurvey::finish() {
    pending_ += '\n';  // ends a number
    strange_ = strange_ || !take_records(true) || in_array_ != array_ended_;
}

// False when it is strange.
bool JsonSurvey::take_records(bool last) {
    size_t at = 0, done = 0;
    while (true) {
        for (; at < pending_.size() && is_space(pending_[at]); at++)
            if (pending_[at] == '\n') records_++;
        done = at;
        if (at == pending_.size()) break;
        if (array_ended_) return false;
        if (in_array_ && pending_[at] == ']' && array_begun_) {
            array_ended_ = true;
            at++;
            continue;
        }
        if (in_array_) {
            if (pending_[at++] != (array_begun_ ? ',' : '[')) return false;
            while (at < pending_.size() && is_space(pending_[at])) at++;
            // An empty array ends where its first record would be.
            if (at < pending_.size() && pending_[at] == ']' && !array_begun_) {
                array_begun_ = true;
                continue;
            }
        }
        Parser parser(pending_, at, *this);
        Seen seen = parser.value(*root_, 0);
        if (parser.showed_something()) told_ = records_ + 1;
        if (seen == Seen::kCut && !last) break;
        if (seen != Seen::kWhole) return false;
        array_begun_ = in_array_;
        records_++;
        at = parser.position();
    }
    pending_.erase(0, done);
    return true;
}

std::string JsonSurvey::type_of(const Node& node) {
    switch (node.kinds & ~kNull) {
        case kBoolean: return "BOOLEAN";
        case kInteger: return "BIGINT";
        case kDouble:
        case kDouble | kInteger: return "DOUBLE";
        case kString: return "VARCHAR";
        case kArray: return type_of(*node.element) + "[]";
        case kObject: break;
        default: return "JSON";
    }
    std::string members;
    for (const auto& [name, member] : node.members)
        members += (members.empty() ? "" : ", ") + sql_name(name) + " " + type_of(*member);
    return members.empty() ? "JSON" : "STRUCT(" + members + ")";
}

bool JsonSurvey::has_clear_types(const Node& node) {
    bool clear = node.plain_text || !node.odd_text;
    return clear && (!node.element || has_clear_types(*node.element)) &&
           std::all_of(node.members.begin(), node.members.end(),
                       [](const auto& member) { return has_clear_types(*member.second); });
}

// Each is a name of SQL, and another than the rest whatever the case.
bool JsonSurvey::has_clear_names(const Node& node) {
    std::set<std::string> taken;
    for (const auto& [name, member] : node.members)
        if (name.empty() || name.find('\\') != std::string::npos || !is_utf8_text(name) ||
            !taken.insert(lower(name)).second || !has_clear_names(*member))
            return false;
    return !node.element || has_clear_names(*node.element);
}

std::vector<ColumnSpec> JsonSurvey::columns() const {
    std::vector<ColumnSpec> columns;
    if (strange_ || root_->kinds != kObject || !has_clear_names(*root_)) return columns;
    for (const auto& [name, member] : root_->members) columns.push_back({name, type_of(*member)});
    return columns;
}

std::optional<uint64_t> JsonSurvey::telling_records() const {
    if (strange_ || !has_clear_types(*root_)) return std::nullopt;
    return told_;
}

}  // namespace csd::worker
