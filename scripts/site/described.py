#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""described.py XML_DIRECTORY HTML_DIRECTORY: whether the reference describes the functions of csd/device.h.

Doxygen lists a function that has no description, and a translation by comments.py that went wrong loses descriptions
without a warning. So each function that the header exports must have a description in Doxygen's output, and its own place
on a page. The names come from the header's text, which Doxygen has no part in. Prints a line for each mistake.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

HEADER = Path("include/csd/device.h")


def exported(header):
    return sorted(set(re.findall(r"^CSD_API [^(;]*?\b(csd_\w+)\(", header, re.MULTILINE)))


def described(xml):
    """{function: (id, words of its description)} of one header."""
    functions = {}
    for page in xml.glob("*.xml"):
        for member in ElementTree.parse(page).iter("memberdef"):
            location = member.find("location")
            if member.get("kind") != "function" or not location.get("declfile", location.get("file")).endswith("csd/device.h"):
                continue
            text = [" ".join(member.find(kind).itertext()) for kind in ("briefdescription", "detaileddescription")]
            functions[member.findtext("name")] = (member.get("id"), " ".join(text).split())
    return functions


def mistakes(names, functions, html):
    if not names:
        yield f"{HEADER}: no function found"
    for name in names:
        if name not in functions:
            yield f"{HEADER}: {name} is not in the reference"
            continue
        identifier, words = functions[name]
        page, anchor = identifier.rsplit("_1", 1)
        if len(words) < 3:
            yield f"{HEADER}: {name} has no description; put a comment above it"
        elif f'id="{anchor}"' not in (html / f"{page}.html").read_text(encoding="utf-8"):
            yield f"{HEADER}: {name} has no place on {page}.html"


if __name__ == "__main__":
    found = list(mistakes(exported(HEADER.read_text(encoding="utf-8")), described(Path(sys.argv[1])), Path(sys.argv[2])))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
