// SPDX-License-Identifier: BSD-3-Clause
// Tested by literals_test.cc.
#include "device/worker/literals.hpp"

#include <algorithm>

namespace csd::worker {

namespace {

const Json& part(const Json& node, const char* name) {
    static const Json kNothing;
    auto found = node.find(name);
    return found == node.end() ? kNothing : *found;
}

// The type_info of a DECIMAL that is printed without a point, or with fewer digits than its type has, is lost.
bool is_retyped_decimal(const Json& value) {
    const Json& info = part(part(value, "type"), "type_info");
    const auto width = info.value("width", 0U), scale = info.value("scale", 0U);
    const Json& number = part(value, "value");
    // Beyond 64 bits it is an object; a cast is always right.
    if (scale == 0 || !number.is_number_integer()) return true;
    std::string digits = number.dump();
    digits.erase(0, digits.starts_with('-') ? 1 : 0);
    const size_t before_point = digits.size() > scale ? digits.size() - scale : 0;
    // The printer writes a zero before the point if the type has a place for one.
    const size_t printed = before_point == 0 && width > scale ? 1 : before_point;
    return printed + scale != width;
}

bool is_retyped(const Json& node) {
    if (!node.is_object() || text_of(node, "class") != "CONSTANT") return false;
    const Json& value = part(node, "value");
    if (!value.is_object() || value.value("is_null", true)) return false;
    const std::string type = text_of(part(value, "type"), "id");
    return type == "DOUBLE" || type == "FLOAT" || (type == "DECIMAL" && is_retyped_decimal(value));
}

// The printed text of a DECIMAL is exact, whatever it is read as. That of a DOUBLE would be read as a DECIMAL of as many
// digits, if there is one, so it becomes a string.
Json cast_of(Json literal) {
    Json type = literal["value"]["type"];
    if (text_of(type, "id") != "DECIMAL") {
        literal["value"]["value"] = literal["value"]["value"].dump();
        literal["value"]["type"] = {{"id", "VARCHAR"}, {"type_info", nullptr}};
    }
    Json cast = {{"class", "CAST"},
                 {"type", "OPERATOR_CAST"},
                 {"alias", text_of(literal, "alias")},
                 {"query_location", part(literal, "query_location")}};
    literal["alias"] = "";
    cast["child"] = std::move(literal);
    cast["cast_type"] = std::move(type);
    cast["try_cast"] = false;
    return cast;
}

}  // namespace

bool has_retyped_literal(const Json& expression) {
    if (!expression.is_structured()) return false;
    return is_retyped(expression) ||
           std::any_of(expression.begin(), expression.end(), has_retyped_literal);
}

void keep_literal_types(Json& tree) {
    if (is_retyped(tree)) {
        tree = cast_of(std::move(tree));
        return;
    }
    if (tree.is_structured())
        for (Json& child : tree) keep_literal_types(child);
}

void drop_own_schema(Json& tree) {
    if (!tree.is_structured()) return;
    const bool function = tree.is_object() && tree.contains("function_name");
    if (function && text_of(tree, "schema") == "main") tree["schema"] = "";
    for (Json& child : tree) drop_own_schema(child);
}

}  // namespace csd::worker
