// SPDX-License-Identifier: BSD-3-Clause
//
// The writer of XML answers. Tested by writer_test.cc.
#include "airmos/xml/writer.hpp"

namespace csd::airmos::xml {

void escape(std::string_view text, std::string& out) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        switch (c) {
            case '&': out += "&amp;"; break;
            case '<': out += "&lt;"; break;
            case '>': out += "&gt;"; break;
            case '"': out += "&quot;"; break;
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
