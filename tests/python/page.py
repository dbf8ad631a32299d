# SPDX-License-Identifier: BSD-3-Clause
"""Runs the ```python blocks of a page from its top to its end, in one namespace and the current directory.

    python3 tests/python/page.py PAGE

A block with `>>> ` is a session, as doctest knows it. Any other block is a program; a ```text block right behind it is what
it prints.
"""

import contextlib
import doctest
import io
import re
import sys


def main(page: str) -> int:
    text = open(page, encoding="utf-8").read()
    blocks = re.findall(r"^```python\n(.*?)^```\n(?:\n?```text\n(.*?)^```\n)?", text, re.M | re.S)
    names: dict[str, object] = {"__name__": "__main__"}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    wrong = 0
    for number, (block, expected) in enumerate(blocks, 1):
        if ">>> " in block:
            test = doctest.DocTestParser().get_doctest(block, names, f"block {number}", page, None)
            runner.run(test, clear_globs=False)
            names.update(test.globs)
            continue
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(block, f"{page}, block {number}", "exec"), names)
        if said.getvalue() != expected:
            print(f"block {number} printed\n{said.getvalue()}and the page says\n{expected}")
            wrong += 1
    results = runner.summarize()
    print(f"{len(blocks)} blocks")
    return 0 if blocks and not wrong and not results.failed else 1


sys.exit(main(sys.argv[1]))
