// SPDX-License-Identifier: BSD-3-Clause
//
// The reader of XML requests, over pugixml, which knows no entities but the five of XML and parses without recursion.
// Tested by reader_test.cc, fuzz/s3_xml.cc.
#include "airmos/xml/reader.hpp"

#include <charconv>
#include <pugixml.hpp>

#include "airmos/core/encoding.hpp"

namespace csd::airmos::xml {

static std::string_view local_name(const pugi::xml_node& node) {
    const std::string_view name = node.name();
    const size_t colon = name.rfind(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view Element::name() const {
    return local_name(pugi::xml_node(node_));
}

std::string Element::text() const {
    std::string all;
    for (const pugi::xml_node& child : pugi::xml_node(node_).children()) {
        if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
            all += child.value();
    }
    return all;
}

std::vector<Element> Element::children() const {
    std::vector<Element> all;
    for (const pugi::xml_node& child : pugi::xml_node(node_).children()) {
        if (child.type() == pugi::node_element) all.emplace_back(child.internal_object());
    }
    return all;
}

std::vector<Element> Element::children(std::string_view name) const {
    std::vector<Element> all;
    for (const Element& child : children()) {
        if (child.name() == name) all.push_back(child);
    }
    return all;
}

std::optional<Element> Element::child(std::string_view name) const {
    for (const pugi::xml_node& child : pugi::xml_node(node_).children()) {
        if (child.type() == pugi::node_element && local_name(child) == name)
            return Element(child.internal_object());
    }
    return std::nullopt;
}

std::optional<std::string> Element::text_of(std::string_view name) const {
    const auto found = child(name);
    return found ? std::optional<std::string>(found->text()) : std::nullopt;
}

// Where a start tag ends, after its >, and how many attributes it has: a quoted value may have a > or a = of its own.
struct Tag {
    size_t end;
    size_t attributes = 0;
    bool empty = false;  // <a/>
};
static Tag read_tag(std::string_view text, size_t at) {
    Tag tag{text.size()};
    char quote = 0;
    for (; at < text.size(); at++) {
        const char c = text[at];
        if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '=') {
            tag.attributes++;
        } else if (c == '>') {
            tag.end = at + 1;
            tag.empty = text[at - 1] == '/';
            break;
        }
    }
    return tag;
}

// Judged on the text: a tree has 64 bytes for an element of 4, and is not built before. What is not well-formed is left
// to pugixml, which builds nothing behind the first such place. Comments and CDATA count too: they part texts.
static std::optional<std::string> beyond_bounds(std::string_view text) {
    size_t depth = 0, nodes = 0;
    for (size_t at = text.find('<'); at != std::string_view::npos; at = text.find('<', at)) {
        const std::string_view rest = text.substr(at);
        const auto end_of = [&](std::string_view mark, size_t from) {
            const size_t found = text.find(mark, at + from);
            return found == std::string_view::npos ? text.size() : found + mark.size();
        };
        if (rest.starts_with("</")) {
            if (depth > 0) depth--;
            at = end_of(">", 2);
            continue;
        }
        nodes++;
        if (rest.starts_with("<!--")) {
            at = end_of("-->", 4);
        } else if (rest.starts_with("<![CDATA[")) {
            at = end_of("]]>", 9);
        } else if (rest.starts_with("<?")) {
            at = end_of("?>", 2);
        } else {
            const Tag tag = read_tag(text, at + 1);
            nodes += tag.attributes;
            at = tag.end;
            if (depth == kMaxDepth)
                return "The XML nests deeper than " + std::to_string(kMaxDepth) + " elements";
            if (!tag.empty) depth++;
        }
        if (nodes > kMaxElements)
            return "The XML has more than " + std::to_string(kMaxElements) + " elements";
    }
    return std::nullopt;
}

// pugixml takes any number for a character; a text that ended at a NUL, or was no UTF-8, would be another than was sent.
static bool names_no_character(std::string_view text) {
    for (size_t at = text.find("&#"); at != std::string_view::npos; at = text.find("&#", at + 2)) {
        std::string_view digits = text.substr(at + 2, 16);
        const int base = digits.starts_with('x') ? 16 : 10;
        if (base == 16) digits.remove_prefix(1);
        uint32_t point = 0;
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), point, base);
        if (error != std::errc() || end == digits.data() + digits.size() ||
            end == text.data() + text.size() || *end != ';' || point == 0 || point > 0x10FFFF ||
            (point >= 0xD800 && point <= 0xDFFF))
            return true;
    }
    return false;
}

static Error malformed(std::string sentence) {
    return Error("MalformedXML", std::move(sentence));
}

Outcome<Document> Document::parse(std::string text, std::string_view root) {
    if (text.find('\0') != std::string::npos || !valid_utf8(text))
        return malformed("The XML is not UTF-8 text");
    if (text.find("<!DOCTYPE") != std::string::npos || text.find("<!ENTITY") != std::string::npos)
        return malformed("A document type or an entity is not allowed here");
    if (names_no_character(text)) return malformed("A reference names no character");
    if (auto why = beyond_bounds(text)) return malformed(std::move(*why));
    Document made;
    *made.text_ = std::move(text);
    // Ends of lines stay as they came: clients write a record delimiter of CR LF, or a key that has one, unescaped.
    constexpr unsigned kOptions =
        pugi::parse_cdata | pugi::parse_escapes | pugi::parse_ws_pcdata_single;
    const pugi::xml_parse_result parsed = made.document_->load_buffer_inplace(
        made.text_->data(), made.text_->size(), kOptions, pugi::encoding_utf8);
    if (!parsed) {
        return malformed(std::string("The XML is not well-formed: ") + parsed.description() +
                         ", at byte " + std::to_string(parsed.offset));
    }
    const pugi::xml_node top = made.document_->document_element();
    for (const pugi::xml_node& other : made.document_->children()) {
        if (other.type() == pugi::node_element && other != top)
            return malformed("The XML has more than one root");
    }
    if (local_name(top) != root)
        return malformed("The root of the XML is not " + std::string(root));
    return made;
}

Document::Document()
    : text_(std::make_unique<std::string>()), document_(std::make_unique<pugi::xml_document>()) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

Element Document::root() const {
    return Element(document_->document_element().internal_object());
}

}  // namespace csd::airmos::xml
