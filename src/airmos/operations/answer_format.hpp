// SPDX-License-Identifier: BSD-3-Clause
//
// The answer of a select, from the drive's form to the client's. The drive writes CSV with the delimiters that it is told
// and quotes where they are needed, and JSON with one object a line. What S3 can ask for beyond that is done here, byte
// by byte as the answer passes: all fields quoted, an escape character in quotes, another end of JSON records.
// Threads: a Reformatter belongs to one request. Tested by answer_format_test.cc.
#pragma once

#include <string>

#include "airmos/core/error.hpp"
#include "base/bytes.hpp"

namespace csd::airmos::ops {

struct AnswerFormat {
    enum class Kind { kCsv, kJson, kParquet } kind = Kind::kCsv;
    std::string delimiter = ",", record_delimiter = "\n", quote = "\"", escape = "\"";
    bool quote_all = false;

    // Whether the drive cannot write it by itself.
    bool needs_reformatting() const;
};

class Reformatter {
  public:
    explicit Reformatter(AnswerFormat format) : format_(std::move(format)) {}

    // What the client gets for one more piece of what the drive wrote: CSV with `,` `"` and line feed, or JSON lines.
    // OverMaxRecordSize: a field longer than any record may be.
    Outcome<std::string> feed(Bytes piece);

  private:
    void feed_csv(char c, std::string& out);
    void end_field(std::string& out);

    AnswerFormat format_;
    enum class State { kStart, kPlain, kQuoted, kQuoteInQuoted } state_ = State::kStart;
    std::string field_;
};

}  // namespace csd::airmos::ops
