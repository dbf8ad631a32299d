#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# pages.sh: what a tool can decide about pages and comments. Prints a line for each mistake:
#
# - Each block of a page says what it is, so that none with commands is overlooked: ```console and ```sh are typed by
#   tests/docs/run, ```console SECTION by the test that tests/docs/sections names; other blocks have no commands.
# - Each page in docs/ is reached from README.md by links, and each link leads to a file.
# - Each file that a comment or a page names is there.
set -uo pipefail
cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
source scripts/lib.sh

mistakes=$(mktemp)
trap 'rm -f "$mistakes" "$mistakes".*' EXIT
sources >"$mistakes.files"
grep '\.md$' "$mistakes.files" >"$mistakes.pages"
mapfile -t pages <"$mistakes.pages"

check_blocks() {
    awk -v sections=tests/docs/sections '
        BEGIN {
            while ((getline line < sections) > 0) if (line !~ /^#/) { split(line, part, " [|] "); known[part[1] "|" part[2]] = 1 }
            split("text sql json c cpp python", plain); for (i in plain) is_plain[plain[i]] = 1
        }
        function wrong(what) { printf "%s:%d: %s\n", FILENAME, FNR, what }
        FNR == 1 { inside = 0; blank = 1 }
        /^```/ && inside { inside = 0; next }
        /^```/ {
            inside = 1; kind = substr($0, 4); is_text = kind in is_plain
            if (kind ~ /^console ./ && !((FILENAME "|" substr(kind, 9)) in known))
                wrong("no test in " sections " types the section \"" substr(kind, 9) "\"")
            else if (FILENAME == "docs/command-set.md" && kind ~ /^(sqe|data|sh) ./) ; # src/nvme/docs_test.cc compares them
            else if (kind !~ /^console/ && kind != "sh" && !is_text)
                wrong(kind == "" ? "a block does not say what it is: ```sh and ```console are typed, ```text is not" : "a block of an unknown kind: " kind)
            next
        }
        inside && is_text && /^ *([$#] |\.\/csd |(kvcli|airmos|aws|nvme) [a-z-]+ [^\[-])/ && FILENAME != "ARCHITECTURE.md" { wrong("a command in a block that is not typed; make it ```sh or ```console") }
        !inside && blank && /^    [^ ]/ { wrong("an indented block; fence it, so that its commands are typed") }
        { blank = $0 == "" }' "${pages[@]}"
    # Each section is on its page, and its test has to do with the page.
    grep -v '^#' tests/docs/sections | while IFS='|' read -r page section test; do
        page=${page% } section=${section# } section=${section% } test=${test# }
        grep -qxF "\`\`\`console $section" "$page" || echo "tests/docs/sections: $page has no section '$section'"
        grep -qF "$(basename "$page")" "$test" || echo "tests/docs/sections: $test does not use $page"
    done
}

# "PAGE TARGET" for each link to a file, the target seen from the top of the tree.
links() {
    grep -oHE '\]\([^)#:]+(#[^)]*)?\)' "${pages[@]}" | sed -E 's/^([^:]*):\]\(([^)#]*).*/\1 \2/' | while read -r page target; do
        echo "$page $(realpath -m --relative-to=. "$(dirname "$page")/$target")"
    done
}

check_links() {
    local reached=README.md before='' page target
    links | sort -u >"$mistakes.links"
    while read -r page target; do
        [ -e "$target" ] || echo "$page: a link leads to $target, which is not there"
    done <"$mistakes.links"
    until [ "$reached" = "$before" ]; do
        before=$reached
        reached=$({ echo "$reached" && awk 'NR == FNR { has[$1] = 1; next } $1 in has { print $2; print $2 "/README.md" }' \
            <(echo "$reached") "$mistakes.links"; } | sort -u)
    done
    grep '^docs/' "$mistakes.pages" | grep -vxFf <(echo "$reached") | sed 's/$/: no link leads here from README.md/'
}

# Names of sources, scripts and pages in comments and pages. A name may leave out folders at its front, as in an #include
# or beside the file itself, and have a * in it; NAME, foo and a stand for any.
check_names() {
    local foreign='^(.*\/)?rpc\.py$|^hw\/nvme\/|^linux\/|^sys\/' # of SPDK, QEMU and the kernel
    grep -E '\.(cc|hpp|c|h|sh|py|cmake|txt|mjs|md)$|(^|/)(run|build|csd|options|PIN)$' "$mistakes.files" |
        grep -vE '^(qemu/(overlay|patches)|tests/docs/(left_out|sections))' >"$mistakes.readers"
    # shellcheck disable=SC2016 # awk's
    xargs awk -v foreign="$foreign" '
        NR == FNR {
            is_file[$0] = 1; path = $0
            while (sub(/^[^\/]*\//, "", path)) is_file[path] = 1
            next
        }
        { text = $0 }
        FILENAME ~ /\.(cc|hpp|c|h|mjs)$/ && !sub(/^ *(\/\/|\/?\*)/, "", text) && !sub(/^.*[^:]\/\//, "", text) { next }
        FILENAME ~ /\.(sh|py|cmake|txt)$|\/[a-z]+$|^csd$/ && !sub(/^(.* )?#/, "", text) { next }
        {
            while (match(text, /[A-Za-z0-9_.*\/-]*[A-Za-z0-9_*]\.(cc|hpp|c|h|sh|py|mjs|md|cmake|service|patch|txt)([^A-Za-z0-9_.(\/-]|\.?$|\. |\.\))/)) {
                name = substr(text, RSTART, RLENGTH); text = substr(text, RSTART + RLENGTH)
                sub(/[^A-Za-z0-9_]+$/, "", name); sub(/^(\.\.?\/)+/, "", name)
                if (name in is_file || name ~ foreign || name ~ /NAME|^(foo|a)_test\.cc$/) continue
                if (name ~ /\*/) {
                    pattern = name; gsub(/\./, "\\.", pattern); gsub(/\*/, "[^/]*", pattern); found = 0
                    for (file in is_file) if (file ~ "^" pattern "$") { found = 1; break }
                    if (found) { is_file[name] = 1; continue }
                }
                printf "%s:%d: names %s, which is not there\n", FILENAME, FNR, name
            }
        }' "$mistakes.files" <"$mistakes.readers"
}

{
    check_blocks
    check_links
    check_names
} >"$mistakes"
cat "$mistakes"
[ ! -s "$mistakes" ]
