// SPDX-License-Identifier: BSD-3-Clause
//
// What runs is the parse tree as DuckDB prints it, and DuckDB's printer loses two things that matter to the result:
//
// - The type of a number. 7. is DECIMAL(1,0) and is printed as 7, an INTEGER; 25e-1 is DOUBLE and is printed as 2.5, a
//   DECIMAL. Such a literal becomes a cast to its type, whose text the printer keeps.
// - Its own functions are printed as main.list_value(...), and so are the columns that are named by their text.
//
// Pure; any thread. Tested by literals_test.cc.
#pragma once

#include "device/worker/json_tree.hpp"

namespace csd::worker {

// Whether a literal within the expression would be read back with another type than it has.
bool has_retyped_literal(const Json& expression);

// Makes such literals casts. Nodes other than literals stay where they are.
void keep_literal_types(Json& tree);

// Functions without DuckDB's own schema. Nodes stay where they are.
void drop_own_schema(Json& tree);

}  // namespace csd::worker
