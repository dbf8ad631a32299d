// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/xml/writer.hpp"

#include <gtest/gtest.h>

namespace csd::airmos::xml {
namespace {

TEST(XmlWriter, WritesADocumentInOrder) {
    Writer answer("Root");
    answer.text("Name", "a").number("Size", 7).boolean("Done", false);
    answer.open("Inner").text("Empty", "").close();
    EXPECT_EQ(answer.finish(),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<Root xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>a</Name><Size>7</Size>"
              "<Done>false</Done><Inner><Empty></Empty></Inner></Root>");
}

TEST(XmlWriter, ClosesWhatIsOpen) {
    Writer answer("A", "");
    answer.open("B").open("C", "x=\"1\"").content("t");
    EXPECT_EQ(answer.finish(),
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<A><B><C x=\"1\">t</C></B></A>");
}

TEST(XmlWriter, EscapesWhatXmlWouldReadOtherwise) {
    std::string out;
    escape("a<b>&\"c'\r\n\x01\x7f é", out);
    EXPECT_EQ(out, "a&lt;b&gt;&amp;&quot;c'&#xD;&#xA;&#x1;&#x7F; é");
    out.clear();
    escape("\uFFFE\uFFFF\uFFFD\uF000", out);
    EXPECT_EQ(out, "&#xFFFE;&#xFFFF;\uFFFD\uF000");
}

}  // namespace
}  // namespace csd::airmos::xml
