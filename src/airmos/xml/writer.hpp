// SPDX-License-Identifier: BSD-3-Clause
//
// Writer: an XML answer, element by element, in the order in which S3 gives them.
//
//     xml::Writer answer("ListBucketResult");
//     answer.text("Name", bucket).number("MaxKeys", 1000);
//     answer.open("Owner").text("ID", id).close();
//     co_return co_await exchange.send(200, answer.finish(), xml::kContentType);
//
// Every text is escaped. Control characters, U+FFFE and U+FFFF, which XML 1.0 has no words for, become numeric references,
// as S3 does; a client that fears them asks for encoding-type=url.
// Threads: a value. Tested by writer_test.cc.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace csd::airmos::xml {

inline constexpr std::string_view kContentType = "application/xml";
inline constexpr std::string_view kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

class Writer {
  public:
    // Opens the document and its root; an empty namespace gives none.
    explicit Writer(std::string_view root, std::string_view name_space = kS3Namespace);

    Writer& open(std::string_view name);
    // With attributes as they shall stand in the tag: their author escapes them.
    Writer& open(std::string_view name, std::string_view attributes);
    Writer& close();
    Writer& text(std::string_view name, std::string_view value);
    Writer& number(std::string_view name, uint64_t value);
    Writer& boolean(std::string_view name, bool value);
    // Text of the element that is open, such as LocationConstraint's.
    Writer& content(std::string_view value);

    // Closes what is open and gives the document away.
    std::string finish();

  private:
    std::string out_;
    std::vector<std::string> open_;
};

void escape(std::string_view text, std::string& out);

}  // namespace csd::airmos::xml
