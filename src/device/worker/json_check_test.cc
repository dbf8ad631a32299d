// SPDX-License-Identifier: BSD-3-Clause
//
// What is found of a JSON value's brackets, quotes and commas, wherever the borders of blocks and pieces lie.
#include "device/worker/json_check.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace csd::worker {
namespace {

// "lines", "free" or why not.
std::string found(std::string_view text, bool in_array = false, size_t piece = 1) {
    JsonCheck check(in_array);
    for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
        Status fed = check.feed(text.substr(0, piece));
        if (!fed.ok()) return std::string(fed.message());
    }
    Status done = check.finish();
    if (!done.ok()) return std::string(done.message());
    return check.one_a_line() ? "lines" : "free";
}

// With the text moved over the border of blocks, byte by byte.
void expect_found(std::string_view text, std::string_view expected, bool in_array = false) {
    for (size_t pad = 0; pad < 70; pad++) {
        std::string moved(pad, ' ');
        moved += text;
        for (size_t piece : {size_t{7}, size_t{1000}}) {
            std::string got = found(moved, in_array, piece);
            EXPECT_TRUE(got == expected || (expected.size() > 5 && got.find(expected) != got.npos))
                << pad << " " << text << ": " << got;
        }
    }
}

TEST(JsonCheck, RecordsOneALineAreKnown) {
    expect_found("{\"a\":1}\n{\"a\":[1,\n", "ends too early");
    expect_found("{\"a\":1}\n\n{\"a\":[1, 2]}\r\n{}", "lines");
    expect_found("{\"a\":1}{\"a\":2}\n", "free");
    expect_found("{\"a\":1} [2]\n", "free");
    expect_found("{\"a\":\n1}\n", "free");
    expect_found("{\"a\":\"}{\\\"\\\\\"}\n{\"b\":\"\\\\\\\"}\"}", "lines");
    expect_found("", "lines");
    expect_found("1\n\"x\"\n", "lines");
}

TEST(JsonCheck, WhatIsTornIsNotWhole) {
    std::string text =
        "[{\"a\":[1,{\"b\":\"x]\\\"\"}]}, {\"c\":\"" + std::string(70, '\\') + "\"}]";
    EXPECT_EQ(found(text, true), "lines");
    for (size_t bytes = 1; bytes < text.size(); bytes++) {
        std::string got = found(text.substr(0, bytes), true, 1000);
        EXPECT_NE(got.find("ends too early, at byte offset " + std::to_string(bytes)), got.npos)
            << bytes << ": " << got;
    }
}

TEST(JsonCheck, CommasAndBracketsHaveTheirPlaces) {
    expect_found("{\"a\":1 , \n}", "a closing bracket follows a comma");
    expect_found("{\"a\":[1,]}", "a closing bracket follows a comma");
    expect_found("{\"a\":1," + std::string(200, ' ') + "}", "a closing bracket follows a comma");
    expect_found("{\"a\":\",}\"}", "lines");
    expect_found("{\"a\":1}}", "a bracket closes that was not open");
    expect_found("[1]\n ", "lines", true);
    expect_found("[1] 2", "text follows the array", true);
    expect_found("[1][2]", "text follows the array", true);
    expect_found("[1]" + std::string(100, ' ') + "x", "text follows the array", true);
    expect_found("{\"a\":\"x\ny\"}", "a line ends within a string");
    EXPECT_EQ(
        found("{\"a\":1,}"),
        "the JSON is malformed at byte offset 7: a closing bracket follows a comma; correct the "
        "value");
    EXPECT_EQ(found("[[{\"a\":\"x"),
              "the JSON ends too early, at byte offset 9: a string is open; store the value whole");
    EXPECT_EQ(
        found("[[{"),
        "the JSON ends too early, at byte offset 3: 3 brackets are open; store the value whole");
}

TEST(JsonCheck, CommasBeforeBracketsAreFoundQuickly) {
    auto good = [](std::string_view text, size_t piece) {
        JsonCommaCheck check;
        for (; !text.empty(); text.remove_prefix(std::min(piece, text.size())))
            if (!check.feed(text.substr(0, piece))) return false;
        return check.finish();
    };
    for (size_t pad = 0; pad < 70; pad++)
        for (size_t piece : {size_t{1}, size_t{7}, size_t{1000}}) {
            std::string front(pad, ' ');
            EXPECT_TRUE(good(front + "{\"a\":[1,2], \"b\":{}}\n", piece)) << pad;
            for (const char* bad : {",}", ", ]", ",\r\n\t }", "\",}\"", "{},", "{}, \n"})
                EXPECT_FALSE(good(front + bad, piece)) << pad << bad;
        }
}

}  // namespace
}  // namespace csd::worker
