// SPDX-License-Identifier: BSD-3-Clause
//
// The answer of a select in the client's form. Tested by answer_format_test.cc.
#include "airmos/operations/answer_format.hpp"

#include <utility>

namespace csd::airmos::ops {

static constexpr size_t kMaxFieldBytes = 16 * kMiB;

bool AnswerFormat::needs_reformatting() const {
    switch (kind) {
        case Kind::kCsv: return quote_all || escape != quote;
        case Kind::kJson: return record_delimiter != "\n";
        case Kind::kParquet: break;
    }
    return false;
}

// A field is written when its end is seen: only then is known whether it needs quotes.
void Reformatter::end_field(std::string& out) {
    const bool needs_quotes =
        !format_.quote.empty() &&
        (format_.quote_all || field_.find(format_.delimiter) != std::string::npos ||
         field_.find(format_.record_delimiter) != std::string::npos ||
         field_.find(format_.quote) != std::string::npos ||
         field_.find_first_of("\r\n") != std::string::npos ||
         (field_.empty() && state_ == State::kQuoteInQuoted));
    if (!needs_quotes) {
        out += field_;
    } else {
        out += format_.quote;
        for (const char c : field_) {
            if (c == format_.quote[0] || (!format_.escape.empty() && c == format_.escape[0]))
                out += format_.escape;
            out += c;
        }
        out += format_.quote;
    }
    field_.clear();
    state_ = State::kStart;
}

void Reformatter::feed_csv(char c, std::string& out) {
    if (state_ == State::kQuoted) {
        if (c == '"') {
            state_ = State::kQuoteInQuoted;
        } else {
            field_ += c;
        }
    } else if (c == ',') {
        end_field(out);
        out += format_.delimiter;
    } else if (c == '\n') {
        end_field(out);
        out += format_.record_delimiter;
    } else if (c == '"' && state_ == State::kStart) {
        state_ = State::kQuoted;
    } else if (c == '"' && state_ == State::kQuoteInQuoted) {
        field_ += c;
        state_ = State::kQuoted;
    } else {
        field_ += c;
        state_ = State::kPlain;
    }
}

Outcome<std::string> Reformatter::feed(Bytes piece) {
    std::string out;
    out.reserve(piece.size() + piece.size() / 8);
    for (const uint8_t byte : piece) {
        const char c = static_cast<char>(byte);
        if (format_.kind == AnswerFormat::Kind::kCsv) {
            feed_csv(c, out);
        } else if (c == '\n') {  // JSON text has line feeds only between its objects
            out += format_.record_delimiter;
        } else {
            out += c;
        }
    }
    if (field_.size() > kMaxFieldBytes) return Error("OverMaxRecordSize");
    return out;
}

}  // namespace csd::airmos::ops
