// SPDX-License-Identifier: BSD-3-Clause
//
// The writer of XML answers. Tested by writer_test.cc.
#include "airmos/xml/writer.hpp"

namespace csd::airmos::xml {

// U+FFFE and U+FFFF are no characters of XML either.
static bool is_noncharacter(std::string_view utf8) {
    return utf8 == "\xEF\xBF\xBE" || utf8 == "\xEF\xBF\xBF";
}

void escape(std::string_view text, std::string& out) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (size_t at = 0; at < text.size(); at++) {
        const char c = text[at];
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
            case '\xEF':
                if (is_noncharacter(text.substr(at, 3))) {
                    out += text[at + 2] == '\xBE' ? "&#xFFFE;" : "&#xFFFF;";
                    at += 2;
                } else {
                    out += c;
                }
                break;
            default:
                if (byte >= 0x20 && byte != 0x7F) {
                    out += c;
                } else {
                    out += "&#x";
                    if (byte >= 0x10) out += kHex[byte >> 4];
                    out += kHex[byte & 15];
                    out += ';';
                }
        }
    }
}

Writer::Writer(std::string_view root, std::string_view name_space) {
    out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    if (name_space.empty()) {
        open(root);
        return;
    }
    std::string attribute = "xmlns=\"";
    escape(name_space, attribute);
    open(root, attribute + '"');
}

Writer& Writer::open(std::string_view name) {
    return open(name, {});
}

Writer& Writer::open(std::string_view name, std::string_view attributes) {
    out_ += '<';
    out_ += name;
    if (!attributes.empty()) {
        out_ += ' ';
        out_ += attributes;
    }
    out_ += '>';
    open_.emplace_back(name);
    return *this;
}

Writer& Writer::close() {
    out_ += "</";
    out_ += open_.back();
    out_ += '>';
    open_.pop_back();
    return *this;
}

Writer& Writer::content(std::string_view value) {
    escape(value, out_);
    return *this;
}

Writer& Writer::text(std::string_view name, std::string_view value) {
    return open(name).content(value).close();
}

Writer& Writer::number(std::string_view name, uint64_t value) {
    return text(name, std::to_string(value));
}

Writer& Writer::boolean(std::string_view name, bool value) {
    return text(name, value ? "true" : "false");
}

std::string Writer::finish() {
    while (!open_.empty()) close();
    return std::move(out_);
}

}  // namespace csd::airmos::xml
