// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/xml/reader.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::xml {
namespace {

std::string why_not(std::string text, std::string_view root = "A") {
    const auto document = Document::parse(std::move(text), root);
    if (document.ok()) return "";
    EXPECT_EQ(document.error().code(), "MalformedXML");
    return std::string(document.error().message());
}

TEST(XmlReader, ReadsElementsAndTheirText) {
    const auto document = Document::parse(
        "<?xml version=\"1.0\"?><A "
        "xmlns=\"x\"><B>one</B><C><D>1&amp;2</D></C><B><![CDATA[<two>]]></B>"
        "</A>",
        "A");
    ASSERT_TRUE(document.ok());
    const Element root = document.value().root();
    EXPECT_EQ(root.name(), "A");
    EXPECT_EQ(root.text_of("B"), "one");
    ASSERT_EQ(root.children("B").size(), 2u);
    EXPECT_EQ(root.children("B")[1].text(), "<two>");
    EXPECT_EQ(root.child("C")->text_of("D"), "1&2");
    EXPECT_FALSE(root.child("E"));
    EXPECT_EQ(root.children().size(), 3u);
}

TEST(XmlReader, KeepsABlankAndTextAroundComments) {
    const auto document = Document::parse("<A><Key> </Key><V>a<!-- x -->b</V></A>", "A");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document.value().root().text_of("Key"), " ");
    EXPECT_EQ(document.value().root().text_of("V"), "ab");
}

TEST(XmlReader, KeepsEndsOfLinesAsTheyCame) {
    const auto document = Document::parse("<A><D>\r\n</D><E>&#13;&#10;</E></A>", "A");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document.value().root().text_of("D"), "\r\n");
    EXPECT_EQ(document.value().root().text_of("E"), "\r\n");
}

TEST(XmlReader, DropsPrefixes) {
    const auto document = Document::parse("<s3:A xmlns:s3=\"x\"><s3:B>1</s3:B></s3:A>", "A");
    ASSERT_TRUE(document.ok());
    EXPECT_EQ(document.value().root().text_of("B"), "1");
}

TEST(XmlReader, RefusesWhatIsNotOneWellFormedDocument) {
    EXPECT_NE(why_not(""), "");
    EXPECT_NE(why_not("hello"), "");
    EXPECT_NE(why_not("<A>"), "");
    EXPECT_NE(why_not("<A></B>"), "");
    EXPECT_NE(why_not("<A/><A/>"), "");
    EXPECT_NE(why_not("<B/>"), "");
    EXPECT_NE(why_not(std::string("<A>\0</A>", 8)), "");
    EXPECT_NE(why_not("<A>\xff</A>"), "");
    EXPECT_EQ(why_not("<A/>"), "");
    EXPECT_EQ(why_not("<A>&#233;&#x1F600;</A>"), "");
    for (const char* none :
         {"&#0;", "&#x0;", "&#xD800;", "&#x110000;", "&#99999999999;", "&#;", "&#12"})
        EXPECT_NE(why_not(std::string("<A>") + none + "</A>"), "") << none;
}

TEST(XmlReader, RefusesBombs) {
    EXPECT_NE(why_not("<!DOCTYPE A [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><A>&b;</A>"), "");
    EXPECT_NE(why_not("<!DOCTYPE A SYSTEM \"file:///etc/passwd\"><A/>"), "");
    std::string deep, wide = "<A>";
    for (size_t i = 0; i < 100'000; i++) deep += "<A>";
    for (size_t i = 0; i < 100'000; i++) deep += "</A>";
    EXPECT_NE(why_not(deep).find("deeper"), std::string::npos);
    for (size_t i = 0; i < kMaxElements; i++) wide += "<B/>";
    EXPECT_NE(why_not(wide + "</A>").find("elements"), std::string::npos);
}

// Before anything is built of them: what follows is not well-formed, and is not what is complained of.
TEST(XmlReader, JudgesTheBoundsFirst) {
    for (const std::string one : {"<B/>", "<B></B>", "<!---->", "<![CDATA[]]>", "<?b?>"}) {
        std::string many = "<A>";
        for (size_t i = 0; i <= kMaxElements; i++) many += one;
        EXPECT_NE(why_not(many).find("elements"), std::string::npos) << one;
    }
    std::string attributes = "<A ";
    for (size_t i = 0; i <= kMaxElements; i++) attributes += i % 2 ? "b='>'" : "b=\"=\"";
    EXPECT_NE(why_not(attributes + "/>").find("elements"), std::string::npos);
}

TEST(XmlReader, TakesForMarkupOnlyWhatIs) {
    std::string same(kMaxElements, '=');
    EXPECT_EQ(why_not("<A b='" + same + "'>" + same + "</A>"), "");
    std::string nested;
    for (size_t i = 0; i <= kMaxDepth; i++) nested += "<B>";
    EXPECT_EQ(why_not("<A><!--" + nested + "--><![CDATA[" + nested + "]]><?x " + nested +
                      "?><C d='" + "/" + "'/></A>"),
              "");
}

TEST(XmlReader, TakesWhatIsJustWithinTheBounds) {
    std::string deep;
    for (size_t i = 0; i < kMaxDepth; i++) deep += "<A>";
    for (size_t i = 0; i < kMaxDepth; i++) deep += "</A>";
    EXPECT_EQ(why_not(deep), "");
    EXPECT_NE(why_not("<A>" + deep + "</A>"), "");
}

}  // namespace
}  // namespace csd::airmos::xml
