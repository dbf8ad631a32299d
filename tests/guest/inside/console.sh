#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Types the commands of a page and compares what they say with what the page says:
#
#     console.sh PAGE SECTION
#
# They are in the blocks that begin with ```console SECTION. A line that begins with `# ` or `$ ` is a command, and goes
# on while lines end with a backslash; what follows is its output. A line `...` stands for any lines, ` ...` at the
# end of a line for the rest of it.
set -uo pipefail
page=$1 section=$2

failed=0 ran=0 command='' expected=''
output=$(mktemp)
trap 'rm -f "$output"' EXIT

compare() {
    [ -n "$command" ] || return 0
    local said pattern
    eval "$command" >"$output" 2>&1 # in this shell, so that what a page exports stays
    said=$(tr '\0' '~' <"$output")
    pattern=$(printf '%s' "${expected%$'\n'}" | sed -e 's/[][*?\\]/\\&/g' -e 's/^\.\.\.$/*/' -e 's/ \.\.\.$/ */')
    ran=$((ran + 1))
    # shellcheck disable=SC2053 # a pattern, by intention
    if [[ $said == $pattern ]]; then
        echo "as it should be: ${command//$'\n'/ }"
    else
        failed=$((failed + 1))
        printf 'NOT as it should be: %s\n--- the page says:\n%s--- it said:\n%s\n---\n' "$command" "$expected" "$said"
    fi
}

more=no
while IFS= read -r line; do
    if [ $more = yes ]; then
        command+=$'\n'$line
    elif [[ $line =~ ^[\#\$]\  ]]; then
        compare
        command=${line:2} expected=''
    else
        expected+=$line$'\n'
        continue
    fi
    if [[ $line == *\\ ]]; then more=yes; else more=no; fi
done < <(awk -v fence="\`\`\`console $section" '$0 == fence { inside = 1; next } /^```/ { inside = 0 } inside' "$page")
compare

echo "$ran commands of $section, $failed not as the page says"
[ $ran -gt 0 ] && [ $failed = 0 ]
