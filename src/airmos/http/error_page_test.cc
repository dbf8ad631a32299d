// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/http/error_page.hpp"

#include <gtest/gtest.h>

namespace csd::airmos {
namespace {

using namespace std::string_view_literals;

TEST(ErrorPage, HasWhatClientsLookFor) {
    const Error error = Error("NoSuchKey").with("Key", "a<b>");
    EXPECT_EQ(error_page(error, {"/b/a%3Cb%3E", "ID", "HOST"}),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>"
              "<Key>a&lt;b&gt;</Key><Resource>/b/a%3Cb%3E</Resource><RequestId>ID</RequestId>"
              "<HostId>HOST</HostId></Error>");
}

TEST(ErrorPage, WhatXmlCannotHoldIsReplaced) {
    EXPECT_EQ(xml_text("a\x01&\"\r\n"sv), "a\xEF\xBF\xBD&amp;&quot;&#13;\n");
    EXPECT_EQ(xml_text("\xc3\xa9"sv), "\xc3\xa9");
    EXPECT_EQ(xml_text("\xc3"sv), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace csd::airmos
