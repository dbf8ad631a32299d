// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by error_page_test.cc.
#include "airmos/http/error_page.hpp"

#include "airmos/core/encoding.hpp"

namespace csd::airmos {

std::string xml_text(std::string_view text) {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
    const bool utf8 = valid_utf8(text);
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<uint8_t>(c);
        switch (c) {
            case '&': escaped += "&amp;"; break;
            case '<': escaped += "&lt;"; break;
            case '>': escaped += "&gt;"; break;
            case '"': escaped += "&quot;"; break;
            case '\r': escaped += "&#13;"; break;
            default:
                if ((byte < 0x20 && c != '\n' && c != '\t') || (!utf8 && byte >= 0x80)) {
                    escaped += kReplacement;
                } else {
                    escaped += c;
                }
        }
    }
    return escaped;
}

std::string error_page(const Error& error, const ErrorContext& context) {
    std::string page = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error>";
    const auto element = [&page](std::string_view name, std::string_view text) {
        page.append("<").append(name).append(">").append(xml_text(text));
        page.append("</").append(name).append(">");
    };
    element("Code", error.code());
    element("Message", error.message());
    for (const auto& [name, text] : error.elements()) element(name, text);
    element("Resource", context.resource);
    element("RequestId", context.request_id);
    element("HostId", context.host_id);
    return page + "</Error>";
}

}  // namespace csd::airmos
