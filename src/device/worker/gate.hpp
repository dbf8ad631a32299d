// SPDX-License-Identifier: BSD-3-Clause
//
// The gate: which SELECT a stranger may run, judged on DuckDB's own parse tree (what json_serialize_sql gives)
// against an allow-list. Whatever it does not know, it refuses.
//
// Permitted: one statement, a SELECT, over one table. That table has one unqualified name, whatever it is; it
// means the object. Common table expressions, subqueries, set operations, joins of the object with itself, the
// table functions range, generate_series, unnest, json_each and json_tree, and the functions that
// functions.hpp allows. The sandbox would hold without the gate, and the gate without the sandbox.
//
// Pure; any thread. Tested by gate_test.cc and, through DuckDB, by tests/sql/hostile.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "csd/status.hpp"
#include "device/worker/json_tree.hpp"
#include "device/worker/sql_text.hpp"

namespace csd::worker {

struct Judged {
    Json tree;                   // the whole answer of json_serialize_sql
    std::vector<Json*> objects;  // the nodes in it that name the object
    bool positions = false;      // a name such as _1 occurs
};

// `serialized` is the text that json_serialize_sql gave, of the SQL that was `written`, if a user wrote it: then the reasons
// say where. Errors are kQueryRefused with a reason.
Result<Judged> judge(std::string_view serialized, const PreparedSql* written = nullptr);

}  // namespace csd::worker
