// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/core/encoding.hpp"

#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

using namespace std::string_view_literals;

TEST(Encoding, HexAndBase64OfEveryLength) {
    EXPECT_EQ(hex("\x00\xff\x1a"sv), "00ff1a");
    // RFC 4648, section 10.
    for (const auto& [plain, text] : {std::pair{"", ""},
                                      {"f", "Zg=="},
                                      {"fo", "Zm8="},
                                      {"foo", "Zm9v"},
                                      {"foob", "Zm9vYg=="},
                                      {"fooba", "Zm9vYmE="}}) {
        EXPECT_EQ(base64(plain), text);
        EXPECT_EQ(from_base64(text), plain);
    }
}

TEST(Encoding, HexIsReadStrictly) {
    EXPECT_EQ(from_hex("00fFa0"), "\0\xff\xa0"sv);
    EXPECT_EQ(from_hex(""), "");
    EXPECT_EQ(from_hex("0"), std::nullopt);
    EXPECT_EQ(from_hex("0g"), std::nullopt);
}

TEST(Encoding, Base64IsStrict) {
    for (const char* bad : {"Z", "Zg=", "Zg", "Zh==", "Zm9=", "====", "Zg==Zg==", "Z?==", "Zm 8"}) {
        EXPECT_EQ(from_base64(bad), std::nullopt) << bad;
    }
}

TEST(Encoding, PercentEncodesWhatSigV4Wants) {
    EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
    EXPECT_EQ(percent_encode("a b/+*'\xc3\xa9"), "a%20b%2F%2B%2A%27%C3%A9");
    EXPECT_EQ(percent_encode("a/b c", "/"), "a/b%20c");
}

TEST(Encoding, PercentDecodesOnlyWholeEscapes) {
    EXPECT_EQ(percent_decode("a%2fb%2Fc+d", Plus::kIsPlus), "a/b/c+d");
    EXPECT_EQ(percent_decode("a+b%2B", Plus::kIsBlank), "a b+");
    for (const char* bad : {"%", "%2", "a%", "%zz", "%2g", "%%20"}) {
        EXPECT_EQ(percent_decode(bad, Plus::kIsPlus), std::nullopt) << bad;
    }
}

TEST(Encoding, Utf8IsJudgedByTheStandard) {
    for (const auto good : {""sv, "a"sv, "\xc3\xa9"sv, "\xe2\x82\xac"sv, "\xf0\x9f\x98\x80"sv,
                            "\xef\xbf\xbf"sv, "\xf4\x8f\xbf\xbf"sv}) {
        EXPECT_TRUE(valid_utf8(good));
    }
    for (const auto bad : {"\x80"sv, "\xc3"sv, "\xc0\x80"sv, "\xc1\xbf"sv, "\xe0\x9f\xbf"sv,
                           "\xed\xa0\x80"sv, "\xf0\x8f\xbf\xbf"sv, "\xf4\x90\x80\x80"sv,
                           "\xf5\x80\x80\x80"sv, "\xff"sv, "a\xe2\x82"sv}) {
        EXPECT_FALSE(valid_utf8(bad)) << hex(bad);
    }
}

TEST(Encoding, HeadersAreAscii) {
    EXPECT_EQ(encoded_words("plain, \t\"text\""), "plain, \t\"text\"");
    EXPECT_EQ(encoded_words(""), "");
    EXPECT_EQ(encoded_words("r\xc3\xa9"), "=?UTF-8?B?csOp?=");
    EXPECT_EQ(encoded_words("r\xe9"), "=?UTF-8?B?csOp?=") << "ISO-8859-1";
    EXPECT_EQ(encoded_words("a\x01"), "=?UTF-8?B?YQE=?=");
    EXPECT_EQ(encoded_words_within("attachment; filename=\"na\xc3\xafve file.txt\"; a=b"),
              "attachment; filename=\"=?UTF-8?B?bmHDr3ZlIGZpbGUudHh0?=\"; a=b");
    EXPECT_EQ(encoded_words_within("\xc3\xa9"), "=?UTF-8?B?w6k=?=");
}

// Every byte and every length: ASCII, words of at most 75 characters, and decoding them gives the text.
TEST(Encoding, WordsOfAnyTextCanBeDecoded) {
    std::string text;
    for (int i = 0; i < 400; i++) {
        text += i % 3 == 0 ? "\xe2\x82\xac" : i % 7 == 0 ? "\xc3\xa9" : "x";
        std::string decoded;
        std::string_view rest = std::string_view("");
        const std::string words = encoded_words(text);
        for (rest = words; !rest.empty();) {
            const std::string_view word = rest.substr(0, rest.find(' '));
            ASSERT_LE(word.size(), 75u);
            ASSERT_TRUE(word.starts_with("=?UTF-8?B?") && word.ends_with("?=")) << word;
            const auto part = from_base64(word.substr(10, word.size() - 12));
            ASSERT_TRUE(part.has_value());
            EXPECT_TRUE(valid_utf8(*part)) << "a character is cut";
            decoded += *part;
            rest.remove_prefix(std::min(word.size() + 1, rest.size()));
        }
        ASSERT_EQ(decoded, text);
    }
}

TEST(Encoding, ConstantTimeComparison) {
    EXPECT_TRUE(equal_in_constant_time("", ""));
    EXPECT_TRUE(equal_in_constant_time("abc", "abc"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
    EXPECT_FALSE(equal_in_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace csd::airmos
