// SPDX-License-Identifier: BSD-3-Clause
// Tested by select_options_test.cc.
#include "cli/select_options.hpp"

#include <nlohmann/json.hpp>
#include <string_view>

namespace csd::cli {

using Json = nlohmann::ordered_json;

static char escaped(char letter) {
    switch (letter) {
        case 't': return '\t';
        case 'n': return '\n';
        case 'r': return '\r';
        case '\\': return '\\';
        default: return '\0';
    }
}

static std::string unescape(std::string_view text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); i++) {
        const char meant = text[i] == '\\' && i + 1 < text.size() ? escaped(text[i + 1]) : '\0';
        plain += meant != '\0' ? meant : text[i];
        if (meant != '\0') i++;
    }
    return plain;
}

static Json value_of(std::string_view text) {
    if (text.starts_with('[') || text.starts_with('{')) {
        Json parsed = Json::parse(text, nullptr, false);
        if (!parsed.is_discarded()) return parsed;
    }
    return unescape(text);
}

std::string why_not_an_option(const std::string& text) {
    const size_t equals = text.find('=');
    return equals == 0 || equals == text.npos ? "'" + text + "' is not NAME=VALUE" : "";
}

Result<std::string> select_options_json(const std::vector<std::string>& options) {
    if (options.empty()) return std::string();
    Json object = Json::object();
    for (const std::string& option : options) {
        if (std::string wrong = why_not_an_option(option); !wrong.empty()) {
            return Status(Code::kUsage, std::move(wrong));
        }
        const size_t equals = option.find('=');
        const std::string name = option.substr(0, equals);
        if (object.contains(name))
            return Status(Code::kUsage, "option '" + name + "' is given twice");
        object[name] = value_of(std::string_view(option).substr(equals + 1));
    }
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace csd::cli
