#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""coverage_table.py: the summary that llvm-cov exports, from standard input, as a table with a row for each folder.

A folder is one of the table in ARCHITECTURE.md; the folders below it count with it.
"""

import collections
import json
import os
import sys

KINDS = ("lines", "functions", "branches")
FOLDERS = ("src/device/store", "src/device/query", "src/device/worker")


def folder_of(path):
    return next((folder for folder in FOLDERS if path.startswith(folder + "/")), "/".join(path.split("/")[:2]))


def row(name, counts):
    cells = [f"{100 * covered / count:.1f} %" if count else "–" for count, covered in (counts[kind] for kind in KINDS)]
    return f"| {name} | {counts['lines'][0]} | {' | '.join(cells)} |"


if __name__ == "__main__":
    folders = collections.defaultdict(lambda: {kind: [0, 0] for kind in KINDS})
    for file in json.load(sys.stdin)["data"][0]["files"]:
        path = os.path.relpath(os.path.realpath(file["filename"]))  # layers of AirMOS find headers by links
        if not path.startswith(("src/", "include/")) or path.endswith("_test.cc"):
            continue
        for name in (folder_of(path), "**all**"):
            for kind in KINDS:
                folders[name][kind][0] += file["summary"][kind]["count"]
                folders[name][kind][1] += file["summary"][kind]["covered"]
    print("| folder | lines | lines run | functions run | branches taken |\n|---|---|---|---|---|")
    folders = {name: counts for name, counts in folders.items() if counts["lines"][0]}
    for name in sorted(folders, key=lambda name: (name == "**all**", name)):
        print(row(name if name == "**all**" else f"`{name}`", folders[name]))
