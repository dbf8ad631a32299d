#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""links.py SITE: the links of a built site that lead nowhere, a line each.

A link inside the site must lead to a file of it, and its #anchor to an element there. Other sites are not asked; but
nothing may be loaded from them, so that the site works without a network.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    def __init__(self, path):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes.get("id"), attributes.get("name") if tag == "a" else None} - {None}
        link = attributes.get("href") or attributes.get("src")
        if link:
            (self.links if tag in ("a", "area") else self.loaded).append((self.getpos()[0], link))


def mistakes(site):
    pages = {path: Page(path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        yield f"{site}: no page found"
    for path, page in pages.items():
        for line, link in page.links + page.loaded:
            where = f"{path.relative_to(site)}:{line}"
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if (line, link) in page.loaded and parts.scheme not in ("data", "javascript"):
                    yield f"{where}: loads {link} from elsewhere"
                continue
            target = path.parent / unquote(parts.path) if parts.path else path
            target = (target / "index.html" if target.is_dir() else target).resolve()
            if not target.is_relative_to(site) or not target.is_file():
                yield f"{where}: {link} is not there"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].anchors:
                yield f"{where}: {link} has no such anchor"


if __name__ == "__main__":
    found = list(mistakes(Path(sys.argv[1]).resolve()))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
