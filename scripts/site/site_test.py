#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""site_test.py: the checks behind ./csd docs find what they are for. Run by the step `site`."""

import tempfile
import unittest
from pathlib import Path

import comments
import described
import links


def translated(text):
    """Of a piece of a header, without the comment at its top."""
    return "\n".join(comments.translate(["#pragma once", *text.split("\n")])[1:])


class Comments(unittest.TestCase):
    def test_top_comment_becomes_the_file_s(self):
        text = "\n".join(comments.translate("/* SPDX-License-Identifier: X */\n/*\n * csd/a.h - an engine.\n *\n *   as  typed\n */\n#ifndef A\n".split("\n")))
        self.assertEqual(text, "/** @file\n@brief an engine.\n@verbatim\n  as  typed @endverbatim */\n\n\n#ifndef A\n")

    def test_comment_above_describes_the_declaration(self):
        self.assertEqual(translated("int x;\n// Sums <a> and b.\nint sum(int a, int b);"),
                         "int x;\n/** Sums \\<a\\> and b. */\nint sum(int a, int b);")

    def test_comment_behind_describes_the_declaration(self):
        self.assertEqual(translated("int x;  // first\n        // second\nint y; /* third */"),
                         "int x;  ///< first\n        ///< second\nint y; /**< third */")

    def test_overloads_share_a_comment_and_other_functions_do_not(self):
        self.assertEqual(translated("// Adds.\nint add(int a);\nint add(long a);\nint size();"),
                         "/** Adds. */\nint add(int a);\n/** Adds. */ int add(long a);\nint size();")

    def test_block_comment_describes_all_functions_up_to_the_empty_line(self):
        self.assertEqual(translated("/* Gets and sets. */\nint get(void);\nint set(int x);\n\nint other(void);"),
                         "/** Gets and sets. */\nint get(void);\n/** Gets and sets. */ int set(int x);\n\nint other(void);")

    def test_comments_in_a_body_and_headings_stay(self):
        text = "int f() {\n    // Why.\n    return 1;  // one\n}\n\n// --- Heading ---\n\nint g();"
        self.assertEqual(translated(text), text)


class Described(unittest.TestCase):
    names = ["csd_a"]

    def mistakes(self, functions):
        with tempfile.TemporaryDirectory() as html:
            Path(html, "device_8h.html").write_text('<a id="a12"></a>', encoding="utf-8")
            return list(described.mistakes(self.names, functions, Path(html)))

    def test_names_are_those_of_the_header(self):
        self.assertEqual(described.exported("CSD_API int csd_a(int x);\nCSD_API const char*\ncsd_b(void);\nint csd_c(void);"),
                         ["csd_a", "csd_b"])

    def test_a_described_function_passes(self):
        self.assertEqual(self.mistakes({"csd_a": ("device_8h_1a12", ["Opens", "a", "drive."])}), [])

    def test_absence_silence_and_a_missing_place_are_mistakes(self):
        self.assertIn("not in the reference", self.mistakes({})[0])
        self.assertIn("no description", self.mistakes({"csd_a": ("device_8h_1a12", [])})[0])
        self.assertIn("no place", self.mistakes({"csd_a": ("device_8h_1a34", ["Opens", "a", "drive."])})[0])


class Links(unittest.TestCase):
    def mistakes(self, body):
        with tempfile.TemporaryDirectory() as directory:
            site = Path(directory).resolve()
            (site / "b").mkdir()
            (site / "b" / "index.html").write_text('<h1 id="there">b</h1>', encoding="utf-8")
            (site / "a.html").write_text(body, encoding="utf-8")
            return list(links.mistakes(site))

    def test_good_links_pass(self):
        good = '<p id="p"></p><a href="#p"></a><a href="b/index.html#there"></a><a href="b/"></a><a href="https://example.com/x"></a>'
        self.assertEqual(self.mistakes(good), [])

    def test_dead_links_are_mistakes(self):
        for dead in ("c.html", "#q", "b/index.html#q", "b/#q", "/etc/hostname", "../a.html"):
            self.assertEqual(len(self.mistakes(f'<a href="{dead}"></a>')), 1, dead)

    def test_nothing_is_loaded_from_elsewhere(self):
        self.assertIn("from elsewhere", self.mistakes('<script src="https://example.com/x.js"></script>')[0])


if __name__ == "__main__":
    unittest.main()
