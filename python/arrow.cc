// SPDX-License-Identifier: BSD-3-Clause
#include "arrow.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <functional>
#include <optional>
#include <stdexcept>

namespace csd::python {
namespace {

using Int128 = __int128;

constexpr int64_t kBatchRows = 65536;
// A batch ends after the record that reaches this. A record is at most one result, which is far below the 2 GiB that the
// 32-bit offsets of Arrow's text can reach.
constexpr size_t kBatchTextBytes = 64u << 20;
constexpr int kMaxDecimalDigits = 38;

[[noreturn]] void fail(const std::string& sentence) {
    throw std::invalid_argument(sentence);
}

// --- JSON lines ---------------------------------------------------------------------------------------------------------

// A value as it stands in the line: text without its quotes, everything else as it is.
struct Cell {
    enum class Kind : uint8_t { kNull, kBoolean, kNumber, kText, kNested } kind = Kind::kNull;
    std::string_view raw;
};

// Goes through records, one object a line. The bytes come from a drive, so nothing is believed of them.
class Scanner {
  public:
    explicit Scanner(std::string_view lines) : rest_(lines) {}

    // Calls `each(name, cell)` for the members of the next record; names are still escaped. False at the end.
    template <typename Each>
    bool next(Each each) {
        skip_space();
        if (rest_.empty()) return false;
        row_++;
        take('{');
        skip_space();
        if (try_take('}')) return true;
        do {
            skip_space();
            const std::string_view name = string();
            skip_space();
            take(':');
            skip_space();
            each(name, value());
            skip_space();
        } while (try_take(','));
        take('}');
        return true;
    }
    int64_t row() const { return row_; }  // of the record that next() gave, from 1

  private:
    [[noreturn]] void broken() const {
        fail("record " + std::to_string(row_) + " of the result is not a JSON object");
    }
    void skip_space() {
        const size_t end = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end);
    }
    bool try_take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void take(char wanted) {
        if (!try_take(wanted)) broken();
    }
    std::string_view take(size_t bytes) {
        const std::string_view taken = rest_.substr(0, bytes);
        rest_.remove_prefix(bytes);
        return taken;
    }

    std::string_view string() {
        take('"');
        for (size_t at = 0; at < rest_.size(); at++) {
            if (rest_[at] == '\\') {
                at++;
            } else if (rest_[at] == '"') {
                const std::string_view text = take(at);
                rest_.remove_prefix(1);
                return text;
            }
        }
        broken();
    }

    Cell value() {
        if (rest_.empty()) broken();
        switch (rest_.front()) {
            case '"': return {Cell::Kind::kText, string()};
            case '{':
            case '[': return {Cell::Kind::kNested, nested()};
            default: break;
        }
        const std::string_view word =
            take(std::min(rest_.find_first_of(",} \t\r\n"), rest_.size()));
        if (word == "null") return {};
        if (word == "true" || word == "false") return {Cell::Kind::kBoolean, word};
        if (word.empty() || word.find_first_not_of("0123456789+-.eE") != std::string_view::npos) {
            broken();
        }
        return {Cell::Kind::kNumber, word};
    }

    std::string_view nested() {
        const std::string_view from = rest_;
        size_t depth = 0;
        do {
            if (rest_.empty()) broken();
            const char c = rest_.front();
            if (c == '"') {
                string();
                continue;
            }
            if (c == '{' || c == '[') depth++;
            if (c == '}' || c == ']') depth--;
            rest_.remove_prefix(1);
        } while (depth > 0);
        return from.substr(0, from.size() - rest_.size());
    }

    std::string_view rest_;
    int64_t row_ = 0;
};

void append_utf8(std::string& out, uint32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | c >> 6);
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | c >> 12);
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | c >> 18);
        out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
}

// The character of the four digits at `at`.
uint32_t hex4(std::string_view raw, size_t at) {
    uint32_t code = 0;
    if (at + 4 > raw.size()) fail("the result has a \\u without four digits");
    const char* const end = raw.data() + at + 4;
    if (std::from_chars(raw.data() + at, end, code, 16).ptr != end) {
        fail("the result has a \\u without four digits");
    }
    return code;
}

void append_unescaped(std::string& out, std::string_view raw) {
    while (true) {
        const size_t slash = raw.find('\\');
        out += raw.substr(0, slash);
        if (slash == std::string_view::npos) return;
        if (slash + 1 >= raw.size()) fail("the result has text that ends in a backslash");
        const char c = raw[slash + 1];
        size_t used = slash + 2;
        switch (c) {
            case 'n': out += '\n'; break;
            case 't': out += '\t'; break;
            case 'r': out += '\r'; break;
            case 'b': out += '\b'; break;
            case 'f': out += '\f'; break;
            case 'u': {
                uint32_t code = hex4(raw, used);
                used += 4;
                const bool pair = code >= 0xD800 && code < 0xDC00 && raw.substr(used, 2) == "\\u";
                if (pair) {
                    code = 0x10000 + ((code - 0xD800) << 10) +
                           ((hex4(raw, used + 2) - 0xDC00) & 0x3FF);
                    used += 6;
                }
                append_utf8(out, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
                break;
            }
            default: out += c;  // quote, backslash, slash
        }
        raw.remove_prefix(used);
    }
}

// --- Types --------------------------------------------------------------------------------------------------------------

struct Type {
    enum class Kind : uint8_t {
        kNull,  // no value was seen
        kBoolean,
        kBigint,
        kDouble,
        kVarchar,
        kDate,
        kTimestamp,
        kTimestampTz,
        kDecimal,
    } kind = Kind::kNull;
    int precision = 0, scale = 0;  // of kDecimal

    std::string format() const {
        switch (kind) {
            case Kind::kNull: return "n";
            case Kind::kBoolean: return "b";
            case Kind::kBigint: return "l";
            case Kind::kDouble: return "g";
            case Kind::kVarchar: return "u";
            case Kind::kDate: return "tdD";
            case Kind::kTimestamp: return "tsu:";
            case Kind::kTimestampTz: return "tsu:UTC";
            case Kind::kDecimal:
                return "d:" + std::to_string(precision) + "," + std::to_string(scale);
        }
        return "n";
    }
};

Type parse_type(const std::string& text) {
    static const std::map<std::string, Type::Kind> kNames = {
        {"BOOLEAN", Type::Kind::kBoolean},
        {"BIGINT", Type::Kind::kBigint},
        {"DOUBLE", Type::Kind::kDouble},
        {"VARCHAR", Type::Kind::kVarchar},
        {"DATE", Type::Kind::kDate},
        {"TIMESTAMP", Type::Kind::kTimestamp},
        {"TIMESTAMPTZ", Type::Kind::kTimestampTz},
    };
    std::string name;
    for (const char c : text) {
        if (c != ' ') name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    if (const auto found = kNames.find(name); found != kNames.end()) return {found->second};
    int precision = 0, scale = 0, used = 0;
    if (std::sscanf(name.c_str(), "DECIMAL(%2d,%2d)%n", &precision, &scale, &used) == 2 &&
        static_cast<size_t>(used) == name.size() && precision >= 1 &&
        precision <= kMaxDecimalDigits && scale >= 0 && scale <= precision) {
        return {Type::Kind::kDecimal, precision, scale};
    }
    fail("there is no type '" + text +
         "' here; there are BOOLEAN, BIGINT, DOUBLE, VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ and "
         "DECIMAL(precision,scale)");
}

bool is_integer(std::string_view number) {
    return number.find_first_of(".eE") == std::string_view::npos;
}

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
    Number number{};
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc() || stop != end) return std::nullopt;
    return number;
}

// The digits as an integer in units of 10^-scale; nothing if that is not exact or has more digits than the precision.
std::optional<Int128> parse_decimal(std::string_view text, int precision, int scale) {
    Int128 bound = 1;
    for (int i = 0; i < precision; i++) bound *= 10;
    const bool negative = !text.empty() && text.front() == '-';
    if (negative) text.remove_prefix(1);
    Int128 number = 0;
    int fraction = -1;  // digits behind the point; -1 before it
    bool digits = false;
    const auto push = [&](int digit) {
        if (number > (bound - 1 - digit) / 10) return false;
        number = number * 10 + digit;
        return true;
    };
    for (const char c : text) {
        if (c == '.' && fraction < 0) {
            fraction = 0;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        digits = true;
        if (fraction >= 0 && fraction == scale) {
            if (c != '0') return std::nullopt;
            continue;
        }
        if (!push(c - '0')) return std::nullopt;
        if (fraction >= 0) fraction++;
    }
    for (int i = std::max(fraction, 0); i < scale; i++) {
        if (!push(0)) return std::nullopt;
    }
    if (!digits) return std::nullopt;
    return negative ? -number : number;
}

std::optional<int> digits(std::string_view& text, size_t count, char after) {
    const size_t all = count + (after != '\0' ? 1 : 0);
    if (text.size() < all || (after != '\0' && text[count] != after)) return std::nullopt;
    for (const char c : text.substr(0, count)) {
        if (c < '0' || c > '9') return std::nullopt;
    }
    const auto number = parse_number<int>(text.substr(0, count));
    text.remove_prefix(all);
    return number;
}

// Days since 1970 of a date at the front, which is removed. Howard Hinnant's days_from_civil.
std::optional<int32_t> take_date(std::string_view& text) {
    const auto year = digits(text, 4, '-'), month = digits(text, 2, '-'), day = digits(text, 2, 0);
    if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return {};
    const int y = *month <= 2 ? *year - 1 : *year;
    const int era = (y >= 0 ? y : y - 399) / 400;
    const int year_of_era = y - era * 400;
    const int day_of_year = (153 * (*month + (*month > 2 ? -3 : 9)) + 2) / 5 + *day - 1;
    const int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

std::optional<int32_t> parse_date(std::string_view text) {
    const auto days = take_date(text);
    return text.empty() ? days : std::nullopt;
}

// Microseconds since 1970 of `2024-01-02 03:04:05.678`, with `+00` or `Z` behind it where there is a zone.
std::optional<int64_t> parse_timestamp(std::string_view text, bool zone) {
    const auto days = take_date(text);
    if (!days || text.empty() || (text.front() != ' ' && text.front() != 'T')) return {};
    text.remove_prefix(1);
    const auto hour = digits(text, 2, ':'), minute = digits(text, 2, ':'),
               second = digits(text, 2, 0);
    if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 59) return {};
    int64_t micros = 0;
    if (!text.empty() && text.front() == '.') {
        text.remove_prefix(1);
        int64_t unit = 100'000;
        for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
            if (unit == 0) return {};
            micros += unit * (text.front() - '0');
            unit /= 10;
        }
    }
    if (zone ? text != "+00" && text != "Z" : !text.empty()) return {};
    return ((int64_t{*days} * 24 + *hour) * 60 + *minute) * 60'000'000 +
           *second * int64_t{1'000'000} + micros;
}

// The narrowest type that holds every value seen so far exactly. Text holds everything.
class Inference {
  public:
    void see(const Cell& cell) {
        if (cell.kind == Cell::Kind::kNull) return;
        if (cell.kind == Cell::Kind::kBoolean) {
            booleans_ = true;
        } else if (cell.kind != Cell::Kind::kNumber) {
            text_ = true;
        } else if (!is_integer(cell.raw)) {
            doubles_ = true;
        } else if (const auto number = parse_number<int64_t>(cell.raw)) {
            integers_ = true;
            constexpr int64_t kExact = int64_t{1} << 53;  // DOUBLE holds every integer up to here
            wide_ = wide_ || *number > kExact || *number < -kExact;
        } else {
            huge_ = true;
            text_ = text_ || !parse_decimal(cell.raw, kMaxDecimalDigits, 0);
        }
    }
    Type type() const {
        const bool numbers = integers_ || huge_ || doubles_;
        if (text_ || (booleans_ && numbers) || (doubles_ && (wide_ || huge_))) {
            return {Type::Kind::kVarchar};
        }
        if (booleans_) return {Type::Kind::kBoolean};
        if (doubles_) return {Type::Kind::kDouble};
        if (huge_) return {Type::Kind::kDecimal, kMaxDecimalDigits, 0};
        return {integers_ ? Type::Kind::kBigint : Type::Kind::kNull};
    }

  private:
    bool booleans_ = false, integers_ = false, doubles_ = false, text_ = false;
    bool wide_ = false;  // integers that DOUBLE may not hold
    bool huge_ = false;  // integers beyond BIGINT
};

struct Column {
    std::string raw_name;  // as it is escaped in the lines
    std::string name;
    Type type;
    Inference inference;
};

class Columns {
  public:
    // The column of a member; members mostly come in the order of the columns, so that `guess` is right.
    size_t of(std::string_view raw_name, size_t guess) {
        if (guess < all_.size() && all_[guess].raw_name == raw_name) return guess;
        const auto [found, added] = places_.try_emplace(std::string(raw_name), all_.size());
        if (added) {
            std::string name;
            append_unescaped(name, raw_name);
            all_.push_back({std::string(raw_name), std::move(name), {}, {}});
        }
        return found->second;
    }
    std::vector<Column>& all() { return all_; }
    const std::vector<Column>& all() const { return all_; }

  private:
    std::vector<Column> all_;
    std::map<std::string, size_t, std::less<>> places_;
};

// --- Arrays -------------------------------------------------------------------------------------------------------------

// The buffers of one array; Arrow's private_data points to it.
struct Buffers {
    std::vector<uint8_t> validity;
    std::vector<uint8_t> values;
    std::vector<int32_t> offsets;
    std::string text;
    std::array<const void*, 3> pointers{};
};

class Builder {
  public:
    explicit Builder(const Column& column) : column_(column), buffers_(new Buffers) {
        if (column.type.kind == Type::Kind::kVarchar) buffers_->offsets.push_back(0);
    }

    size_t text_bytes() const { return buffers_->text.size(); }
    int64_t rows() const { return rows_; }

    void append_null() {
        nulls_++;
        begin(false);
        switch (column_.type.kind) {
            case Type::Kind::kNull: break;
            case Type::Kind::kBoolean: bit(buffers_->values, false); break;
            case Type::Kind::kVarchar: end_text(); break;
            case Type::Kind::kDate: put(int32_t{0}); break;
            case Type::Kind::kDecimal: put(Int128{0}); break;
            default: put(int64_t{0});
        }
        rows_++;
    }

    void append(const Cell& cell, int64_t row) {
        if (cell.kind == Cell::Kind::kNull) return append_null();
        begin(true);
        if (!convert(cell)) {
            fail("record " + std::to_string(row) + " of the result: column '" + column_.name +
                 "' has '" + std::string(cell.raw.substr(0, 80)) +
                 "', which its type cannot hold; ask for VARCHAR");
        }
        rows_++;
    }

    // Gives the buffers away.
    void finish(ArrowArray& out) {
        Buffers& b = *buffers_;
        out = {};
        out.length = rows_;
        out.null_count = nulls_;
        b.pointers[0] = nulls_ > 0 ? b.validity.data() : nullptr;
        switch (column_.type.kind) {
            case Type::Kind::kNull: out.n_buffers = 0; break;
            case Type::Kind::kVarchar:
                out.n_buffers = 3;
                b.pointers[1] = b.offsets.data();
                b.pointers[2] = b.text.data();
                break;
            default: out.n_buffers = 2; b.pointers[1] = b.values.data();
        }
        out.buffers = b.pointers.data();
        out.private_data = buffers_.release();
        out.release = [](ArrowArray* array) {
            delete static_cast<Buffers*>(array->private_data);
            array->release = nullptr;
        };
    }

  private:
    void bit(std::vector<uint8_t>& bits, bool set) const {
        if (rows_ % 8 == 0) bits.push_back(0);
        if (set) bits.back() = static_cast<uint8_t>(bits.back() | 1u << (rows_ % 8));
    }
    void begin(bool valid) { bit(buffers_->validity, valid); }
    template <typename T>
    void put(T value) {
        std::vector<uint8_t>& values = buffers_->values;
        values.resize(values.size() + sizeof(T));
        std::memcpy(values.data() + values.size() - sizeof(T), &value, sizeof(T));
    }
    template <typename T>
    bool put(const std::optional<T>& value) {
        if (value) put(*value);
        return value.has_value();
    }
    void end_text() { buffers_->offsets.push_back(static_cast<int32_t>(buffers_->text.size())); }

    bool convert(const Cell& cell) {
        const bool number = cell.kind == Cell::Kind::kNumber, text = cell.kind == Cell::Kind::kText;
        switch (column_.type.kind) {
            case Type::Kind::kNull: return false;
            case Type::Kind::kBoolean:
                bit(buffers_->values, cell.raw == "true");
                return cell.kind == Cell::Kind::kBoolean;
            case Type::Kind::kBigint: return number && put(parse_number<int64_t>(cell.raw));
            case Type::Kind::kDouble: return number && put(parse_number<double>(cell.raw));
            case Type::Kind::kVarchar:
                if (text) append_unescaped(buffers_->text, cell.raw);
                if (!text) buffers_->text += cell.raw;
                end_text();
                return true;
            case Type::Kind::kDate: return text && put(parse_date(cell.raw));
            case Type::Kind::kTimestamp: return text && put(parse_timestamp(cell.raw, false));
            case Type::Kind::kTimestampTz: return text && put(parse_timestamp(cell.raw, true));
            case Type::Kind::kDecimal:
                return (number || text) &&
                       put(parse_decimal(cell.raw, column_.type.precision, column_.type.scale));
        }
        return false;
    }

    const Column& column_;
    std::unique_ptr<Buffers> buffers_;
    int64_t rows_ = 0, nulls_ = 0;
};

// A struct array and the array of pointers to its children, or the same of a schema.
template <typename Node>
struct Parent {
    std::vector<Node> children;
    std::vector<Node*> pointers;
    const void* no_buffer = nullptr;
    std::string format, name;

    explicit Parent(size_t count) : children(count), pointers(count) {
        for (size_t i = 0; i < count; i++) pointers[i] = &children[i];
    }
    // A consumer may have taken a child away, and has cleared its release then.
    static void release(Node* node) {
        auto* const self = static_cast<Parent*>(node->private_data);
        for (Node& child : self->children) {
            if (child.release != nullptr) child.release(&child);
        }
        delete self;
        node->release = nullptr;
    }
};

// --- The stream ---------------------------------------------------------------------------------------------------------

class Stream {
  public:
    Stream(std::string_view lines, std::shared_ptr<const void> keeper)
        : keeper_(std::move(keeper)), lines_(lines), scanner_(lines) {}

    void find_columns(const std::map<std::string, std::string>& types,
                      const std::vector<std::string>& names_without_rows) {
        Scanner scanner(lines_);
        size_t guess = 0;
        const auto see = [&](std::string_view name, const Cell& cell) {
            const size_t place = columns_.of(name, guess);
            columns_.all()[place].inference.see(cell);
            guess = place + 1;
        };
        while (scanner.next(see)) guess = 0;
        if (columns_.all().empty()) {
            for (const auto& name : names_without_rows) {
                columns_.all().push_back({name, name, {}, {}});
            }
        }
        for (Column& column : columns_.all()) column.type = column.inference.type();
        for (const auto& [name, type] : types) declare(name, parse_type(type));
    }

    void schema(ArrowSchema& out) const {
        const auto& all = columns_.all();
        auto parent = std::make_unique<Parent<ArrowSchema>>(all.size());
        for (size_t i = 0; i < all.size(); i++) {
            auto leaf = std::make_unique<Parent<ArrowSchema>>(0);
            leaf->format = all[i].type.format();
            leaf->name = all[i].name;
            fill(parent->children[i], std::move(leaf));
        }
        parent->format = "+s";
        fill(out, std::move(parent));
    }

    // False: there are no more rows.
    bool next(ArrowArray& out) {
        auto& all = columns_.all();
        std::vector<Builder> builders(all.begin(), all.end());
        std::vector<Cell> cells(all.size());
        int64_t rows = 0;
        for (size_t text = 0; rows < kBatchRows && text < kBatchTextBytes; rows++) {
            size_t guess = 0;
            std::fill(cells.begin(), cells.end(), Cell{});
            const auto keep = [&](std::string_view name, const Cell& cell) {
                const size_t place = columns_.of(name, guess);
                if (place >= cells.size()) fail("the result was changed while it was read");
                cells[place] = cell;
                guess = place + 1;
            };
            if (!scanner_.next(keep)) break;
            text = 0;
            for (size_t i = 0; i < cells.size(); i++) {
                builders[i].append(cells[i], scanner_.row());
                text += builders[i].text_bytes();
            }
        }
        if (rows == 0) return false;
        auto parent = std::make_unique<Parent<ArrowArray>>(all.size());
        for (size_t i = 0; i < all.size(); i++) builders[i].finish(parent->children[i]);
        out = {};
        out.length = rows;
        out.n_buffers = 1;
        out.n_children = static_cast<int64_t>(all.size());
        out.buffers = &parent->no_buffer;
        out.children = parent->pointers.data();
        out.release = &Parent<ArrowArray>::release;
        out.private_data = parent.release();
        return true;
    }

    std::string error;

  private:
    void declare(const std::string& name, Type type) {
        for (Column& column : columns_.all()) {
            if (column.name != name) continue;
            column.type = type;
            return;
        }
        std::string there;
        for (const Column& column : columns_.all())
            there += (there.empty() ? "" : ", ") + column.name;
        fail("a type is given for '" + name +
             "', which is not a column of the result; the columns are: " + there);
    }

    static void fill(ArrowSchema& out, std::unique_ptr<Parent<ArrowSchema>> parent) {
        constexpr int64_t kNullable = 2;
        out = {};
        out.format = parent->format.c_str();
        out.name = parent->name.c_str();
        out.flags = parent->children.empty() ? kNullable : 0;
        out.n_children = static_cast<int64_t>(parent->children.size());
        out.children = parent->pointers.data();
        out.release = &Parent<ArrowSchema>::release;
        out.private_data = parent.release();
    }

    const std::shared_ptr<const void> keeper_;
    const std::string_view lines_;
    Scanner scanner_;
    Columns columns_;
};

template <typename Body>
int guarded(ArrowArrayStream* stream, Body body) {
    auto& self = *static_cast<Stream*>(stream->private_data);
    try {
        body(self);
        return 0;
    } catch (const std::bad_alloc&) {
        self.error = "out of memory";
        return ENOMEM;
    } catch (const std::exception& why) {
        self.error = why.what();
        return EINVAL;
    }
}

}  // namespace

void open_arrow_stream(std::string_view lines, std::shared_ptr<const void> keeper,
                       const std::map<std::string, std::string>& types,
                       const std::vector<std::string>& columns, ArrowArrayStream& out) {
    auto opened = std::make_unique<Stream>(lines, std::move(keeper));
    opened->find_columns(types, columns);
    out.get_schema = [](ArrowArrayStream* self, ArrowSchema* schema) {
        return guarded(self, [schema](Stream& stream) { stream.schema(*schema); });
    };
    // The end of the stream is an array without release.
    out.get_next = [](ArrowArrayStream* self, ArrowArray* array) {
        return guarded(self, [array](Stream& stream) {
            if (!stream.next(*array)) *array = {};
        });
    };
    out.get_last_error = [](ArrowArrayStream* self) {
        return static_cast<Stream*>(self->private_data)->error.c_str();
    };
    out.release = [](ArrowArrayStream* self) {
        delete static_cast<Stream*>(self->private_data);
        self->release = nullptr;
    };
    out.private_data = opened.release();
}

}  // namespace csd::python
