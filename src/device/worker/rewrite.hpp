// SPDX-License-Identifier: BSD-3-Clause
//
// What happens to a judged parse tree before it runs: columns named by position get their names, and every
// mention of the object becomes the table function that reads it.
//
// _1, _2, ... mean the first, second, ... column of the object, wherever a name may stand, unless a column really has
// that name or the query itself gave it to something. Nothing is added to the object, so that SELECT * is just
// its columns. A selected _1 is called _1 in the result.
//
// A column that the query did not name is named by its own text. That text is fixed before the object becomes something
// else in it, as in a scalar subquery, and before a literal becomes a cast (literals.hpp).
//
// Pure; any thread. Tested by tests/sql/select.test.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "device/worker/gate.hpp"

namespace csd::worker {

// `names` are the object's columns in order.
void name_positions(Judged& judged, const std::vector<std::string>& names);

// `text_of_expression` writes an expression of the tree as SQL.
Status keep_names(
    Judged& judged,
    const std::function<Result<std::string>(const Json& expression)>& text_of_expression);

// `reader` gives the from-clause that reads the object; with a path, what lies at the path. Each node keeps
// its alias, its column aliases and its sample.
Status replace_objects(Judged& judged, const std::vector<std::string>& paths,
                       const std::function<Result<Json>(const std::string& path)>& reader);

}  // namespace csd::worker
