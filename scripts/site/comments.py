#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""comments.py HEADER: what Doxygen reads in place of a public header.

The headers have plain comments, // or /* */, and Doxygen reads only its own kind. This translates:

- The comment at the top describes the file. It is laid out by hand, so Doxygen gets its first paragraph as the summary
  and the rest verbatim.
- A comment right above a declaration describes it. It also describes those functions up to the next empty line that have
  no comment: overloads of the same name, and after a /* */ all of them.
- A comment behind a declaration describes that declaration.

All other comments stay as they are, those for Doxygen among them. Line numbers stay the same, so that a warning of Doxygen
names the line of the header. Covered by the step `site`: scripts/site/described.py checks the outcome.
"""

import re
import sys

TYPE = re.compile(r"^\s*(typedef )?(struct|class|enum|union|namespace|extern \"C\")\b")
BEHIND = re.compile(r"^(\s*[^\s/#}].*?[;,{\w)])(\s+)(?://(?!/) ?(.*)|/\*(?!\*)\s*(.*?)\s*\*/)$")
CONTINUED = re.compile(r"^\s+//(?!/) ?(.*)$")
NOT_DOCUMENTATION = re.compile(r"NOLINT|clang-format|---")
NOT_DECLARATION = re.compile(r"\s*($|\}|namespace\b|extern \"C\"|(public|protected|private):|#(?!define))")


def escaped(text):
    """Prose without Doxygen's commands and HTML; code in backticks needs no escapes."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\@<>#%&])", r"\\\1", part) for part in parts)


def plain_comment(lines, start):
    """The comment of whole lines that begins at `start`: its text by line, or None; and the line after it."""
    end = start
    if re.match(r"\s*//(?!/)", lines[start]):
        while end < len(lines) and re.match(r"\s*//(?!/)", lines[end]):
            end += 1
        return [re.sub(r"^\s*// ?", "", line) for line in lines[start:end]], end
    if re.match(r"\s*/\*(?!\*)", lines[start]):
        while "*/" not in lines[end]:
            end += 1
        end += 1
        if lines[end - 1].rstrip().endswith("*/"):
            text = [re.sub(r"^\s*(/\*|\*(?!/)) ?", "", line) for line in lines[start:end]]
            return [re.sub(r"\s*\*/\s*$", "", line) for line in text], end
    return None, start + 1


def top_comment(lines):
    """The documentation of the file, in as many lines as the comment at the top has."""
    text, end = [], 0
    while end < len(lines):
        more, after = plain_comment(lines, end)
        if more is None:
            break
        text, end = text + more, after
    text = [line for line in text if not line.startswith("SPDX-")]
    while text and not text[0].strip():
        text.pop(0)
    while text and not text[-1].strip():
        text.pop()
    if not text:
        return [], 0
    text[0] = re.sub(r"^\S+ - ", "", text[0])
    paragraph = text.index("") if "" in text else len(text)
    out = ["/** @file", "@brief " + escaped(text[0]), *map(escaped, text[1:paragraph])]
    if paragraph < len(text):
        out += ["@verbatim", *text[paragraph + 1 :]]
        out[-1] += " @endverbatim"
    out[-1] += " */"
    return out + [""] * (end - len(out)), end


def documentation(text, indent):
    out = [f"{indent} * {escaped(line)}".rstrip() for line in text]
    out[0] = f"{indent}/** {escaped(text[0])}".rstrip()
    out[-1] += " */"
    return out


def without_comments(line):
    return re.sub(r"//.*|/\*.*?\*/", "", line).rstrip()


def statement_end(lines, start):
    """The line after the declaration, or the piece of one, that begins at `start`; its parentheses are closed there."""
    code, end = "", start
    while end < len(lines):
        code += " " + without_comments(lines[end])
        end += 1
        if code.count("(") == code.count(")") and (code.strip() == "" or code[-1] in ";{},:"):
            break
    return code.strip(), end


def body_end(lines, start, end):
    """The line after a function's body that opened in lines[start:end]."""
    depth = sum(without_comments(line).count("{") - without_comments(line).count("}") for line in lines[start:end])
    while depth > 0 and end < len(lines):
        depth += without_comments(lines[end]).count("{") - without_comments(lines[end]).count("}")
        end += 1
    return end


def comments_behind(lines):
    """Comments behind declarations, for Doxygen; they may go on in lines of their own, in the same column."""
    out, column = [], -1
    for line in lines:
        behind = BEHIND.match(line)
        if column > 0 and re.match(r"\s*//(?!/)", line) and line.index("//") == column:
            out.append(re.sub("// ?(.*)", lambda text: "///< " + escaped(text.group(1)), line))
        elif behind and behind[3] is not None:
            column = line.index("//", len(behind[1]))
            out.append(f"{behind[1]}{behind[2]}///< {escaped(behind[3])}")
        else:
            column = -1
            out.append(f"{behind[1]}{behind[2]}/**< {escaped(behind[4])} */" if behind else line)
    return out


def translate(lines):
    out, at = top_comment(lines)
    shared = None  # the comment that may describe the functions up to the next empty line
    shared_by = None  # the name of those functions, for a // comment
    indent = ""  # of that comment
    documented = False  # whether the next declaration has a comment above it
    while at < len(lines):
        line = lines[at]
        text, after = plain_comment(lines, at)
        if text is not None:
            following = lines[after] if after < len(lines) else ""
            documented = not NOT_DOCUMENTATION.match(text[0]) and not NOT_DECLARATION.match(following)
            shared, shared_by = (text if documented else None), None
            indent = re.match(r"\s*", line).group()
            out += documentation(text, indent) if documented else lines[at:after]
        elif not line.strip():
            shared, documented, after = None, False, at + 1
            out.append(line)
        elif line.lstrip().startswith(("#", "/", "*")):  # the preprocessor, and what is Doxygen's already
            after = at + 1
            while lines[after - 1].endswith("\\") or ("/*" in lines[at] and "*/" not in lines[after - 1]):
                after += 1
            documented = "/" in line[:2 + len(line) - len(line.lstrip())]
            out += lines[at:after]
        else:
            code, after = statement_end(lines, at)
            is_function = "(" in code and not TYPE.match(code)
            column = lines[after - 1].find("//")
            while column > 0 and after < len(lines) and re.match(rf"\s{{{column}}}//(?!/)", lines[after]):
                after += 1
            declaration = comments_behind(lines[at:after])
            name = "".join(re.findall(r"([~\w]+)\(", code)[:1]) if is_function else None
            if documented and lines[at - 1].lstrip().startswith("//"):
                shared_by = name or "no function"
            elif shared and not documented and is_function and shared_by in (None, name) and line == indent + line.lstrip() \
                    and declaration == lines[at:after]:
                declaration[0] = f"/** {escaped(' '.join(shared).strip())} */ {line}"
            out += declaration
            if is_function and code.endswith("{"):
                end = body_end(lines, at, after)
                out += lines[after:end]
                after = end
            documented = False
        at = after
    return out


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as header:
        print("\n".join(translate(header.read().split("\n"))), end="")
