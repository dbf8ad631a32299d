// SPDX-License-Identifier: BSD-3-Clause
#include "cli/key_text.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace csd::cli {
namespace {

Key key(std::string_view bytes) {
    return *Key::from_text(bytes);
}

TEST(KeyText, TextIsTakenAsItIs) {
    EXPECT_EQ(key("cars"), parse_key("cars").value());
    EXPECT_EQ(key("sixteen byte key"), parse_key("sixteen byte key").value());
    EXPECT_EQ(key("0X42"), parse_key("0X42").value()) << "only a small x begins hexadecimal digits";
}

TEST(KeyText, HexadecimalDigitsAreBytes) {
    EXPECT_EQ(key("B"), parse_key("0x42").value());
    EXPECT_EQ(key("\xAB\xCD"), parse_key("0xabCD").value());
    EXPECT_EQ(key("0x"), parse_key("0x3078").value());
}

TEST(KeyText, WhatIsNoKeyIsUsage) {
    for (const char* text : {"", "0x", "0x4", "0x4G", "0x 4", "seventeen bytes!!",
                             "0x000102030405060708090A0B0C0D0E0F10"}) {
        EXPECT_EQ(Code::kUsage, parse_key(text).code()) << text;
    }
    EXPECT_TRUE(parse_optional_key("").value().empty());
}

TEST(KeyText, EveryKeyIsWrittenSoThatItReadsBack) {
    EXPECT_EQ("cars", write_key(key("cars")));
    EXPECT_EQ("0x6120", write_key(key("a ")));
    EXPECT_EQ("0x3078", write_key(key("0x")));
    EXPECT_EQ("0x7F", write_key(key("\x7F")));
    for (int first = 0; first < 256; first++) {
        for (const std::string tail : {"", "x42", "\n"}) {
            const Key original = key(std::string(1, static_cast<char>(first)) + tail);
            EXPECT_EQ(original, parse_key(write_key(original)).value()) << write_hex(original);
        }
    }
}

TEST(KeyText, JsonHasTextOrNullAndAlwaysDigits) {
    EXPECT_EQ(R"({"key":"cars","hex":"63617273"})", key_json(key("cars")).dump());
    EXPECT_EQ(R"({"key":null,"hex":"00"})", key_json(key(std::string_view("\0", 1))).dump());
}

}  // namespace
}  // namespace csd::cli
