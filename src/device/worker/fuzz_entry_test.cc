// SPDX-License-Identifier: BSD-3-Clause
//
// The fuzzers' entries on a few thousand random inputs, so that they hold before a fuzzer starts.
#include "device/worker/fuzz_entry.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace csd::worker {
namespace {

void try_many(void (*entry)(Bytes), std::string_view alphabet) {
    std::mt19937 random(1);
    for (int i = 0; i < 3000; i++) {
        std::string text;
        for (size_t length = random() % 40; length > 0; length--)
            text += random() % 8 == 0 ? static_cast<char>(random()) : alphabet[random() % alphabet.size()];
        entry(as_bytes(text));
    }
    entry({});
}

TEST(FuzzEntry, AnyBytesHaveAnAnswer) {
    try_many(fuzz_sql_text, "s3object[*].\"'$-/*()");
    try_many(fuzz_gate, "{}[]\":,truefalse0");
    try_many(fuzz_select_options, "{}[]\":,1 ");
    try_many(fuzz_csv, "a1.,;\"\n\r#\\-");
}

TEST(FuzzEntry, TreesOfSomeShapeHaveAnAnswer) {
    for (const char* text :
         {R"({"error": false, "statements": [{"node": {"type": "SELECT_NODE", "cte_map": 5}}]})",
          R"({"error": false, "statements": [{"node": {"type": "BASE_TABLE", "table_name": 5}}]})",
          R"({"error": false, "statements": [{"node": {"type": "TABLE_FUNCTION"}}]})",
          R"({"error": false, "statements": [{"node": {"class": "FUNCTION"}, "named_param_map": 7}]})",
          R"({"error": false, "statements": [{"node": {"cte_map": {"map": [1, {"value": 2}]}}}]})"})
        fuzz_gate(as_bytes(text));
}

}  // namespace
}  // namespace csd::worker
