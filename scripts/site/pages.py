#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""pages.py DIRECTORY PAGE...: the pages of this tree, as mkdocs reads them, in DIRECTORY.

The pages are written for readers of the repository, who follow links to directories and sources. mkdocs knows only pages,
and its Markdown is stricter, so in the copies

- a link to a directory leads to its README.md, or to a page that lists its files;
- a link to another file leads to a page that shows the file;
- a code block keeps only the first word of its kind (```console greeting), and a list has an empty line before it.

Prints a line for each link that leads nowhere.
"""

import os
import re
import sys
from pathlib import Path

LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)((?:#[^)\s]*)?)\)")
FENCE = re.compile(r"^(\s*```)(\S*).*")
ITEM = re.compile(r"^([-*]|\d+\.) ")

mistakes = []


class Tree:
    def __init__(self, directory, pages):
        self.directory, self.pages, self.made = directory, set(pages), set()

    def write(self, path, text):
        (self.directory / path).parent.mkdir(parents=True, exist_ok=True)
        (self.directory / path).write_text(text, encoding="utf-8")

    def show(self, path):
        """The page that stands for a directory or a file of the tree."""
        if path in self.pages:
            return path
        if os.path.isdir(path):
            page = f"{path}/README.md"
            if page not in self.pages | self.made:
                self.made.add(page)
                files = sorted(name for name in os.listdir(path) if os.path.isfile(f"{path}/{name}"))
                links = [f"- [{name}]({os.path.relpath(self.show(f'{path}/{name}'), path)})\n" for name in files]
                self.write(page, f"# {path}\n\n{''.join(links)}")
            return page
        page = f"{path}.md"
        if page not in self.made:
            self.made.add(page)
            source = Path(path).read_text(encoding="utf-8")
            self.write(page, f"# {path}\n\n~~~~~~text\n{source}\n~~~~~~\n")
        return page

    def copy(self, page):
        folder = os.path.dirname(page)
        out, fenced, number = [], False, 0

        def led(link):
            path = os.path.normpath(os.path.join(folder, link[1]))
            if path.startswith("..") or not os.path.exists(path):
                mistakes.append(f"{page}:{number}: a link leads to {link[1]}, which is not there")
                return link[0]
            return f"]({os.path.relpath(self.show(path), folder or '.')}{link[2]})"

        for number, line in enumerate(Path(page).read_text(encoding="utf-8").split("\n"), 1):
            if FENCE.match(line):
                line, fenced = FENCE.sub(r"\1\2", line), not fenced
            elif not fenced:
                line = LINK.sub(led, line)
                if ITEM.match(line) and out and out[-1].strip() and not re.match(r"\s", out[-1]) and not ITEM.match(out[-1]):
                    out.append("")
            out.append(line)
        self.write(page, "\n".join(out))


if __name__ == "__main__":
    tree = Tree(Path(sys.argv[1]), sys.argv[2:])
    for name in sys.argv[2:]:
        tree.copy(name)
    print("\n".join(mistakes), end="\n" if mistakes else "")
    sys.exit(1 if mistakes else 0)
