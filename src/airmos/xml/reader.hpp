// SPDX-License-Identifier: BSD-3-Clause
//
// Document: the XML of a request, read with bounds. A document type, and with it every entity of its own, is refused,
// so nothing in it can grow; depth and number of elements are capped, before a tree is built. What is read is the
// structure: elements and their text, names without their namespace prefixes.
//
//     auto document = xml::Document::parse(body, "Delete");
//     if (!document.ok()) co_return document.error();
//     for (const xml::Element& object : document.value().root().children("Object")) ...
//
// Errors: MalformedXML, with a sentence.
// Threads: a Document is a value; its Elements refer to it. Tested by reader_test.cc, fuzz/s3_xml.cc.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "airmos/core/error.hpp"

namespace pugi {
struct xml_node_struct;
class xml_document;
}  // namespace pugi

namespace csd::airmos::xml {

class Element {
  public:
    explicit Element(pugi::xml_node_struct* node) : node_(node) {}

    std::string_view name() const;  // without prefix
    std::string text() const;       // of this element, without its children's
    std::optional<Element> child(std::string_view name) const;  // the first
    std::vector<Element> children(std::string_view name) const;
    std::vector<Element> children() const;
    // The text of a child, if there is such a child.
    std::optional<std::string> text_of(std::string_view name) const;

  private:
    pugi::xml_node_struct* node_;
};

inline constexpr size_t kMaxDepth = 16;  // S3's deepest request has 6 levels
// With attributes and comments. CompleteMultipartUpload: 10 000 parts of up to 4 elements.
inline constexpr size_t kMaxElements = 50'000;

class Document {
  public:
    static Outcome<Document> parse(std::string text, std::string_view root);
    Document(Document&&) noexcept;
    Document& operator=(Document&&) noexcept;
    ~Document();

    Element root() const;

  private:
    Document();
    std::unique_ptr<std::string> text_;  // the tree points into it
    std::unique_ptr<pugi::xml_document> document_;
};

}  // namespace csd::airmos::xml
