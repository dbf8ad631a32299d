#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Types the commands of a page and compares what they say with what the page says:
#
#     console.sh PAGE [SECTION]
#
# With SECTION they are those in the blocks that begin with ```console SECTION, without it those in ```console and ```sh.
#
# In ```console a line that begins with `# ` or `$ ` is a command, and goes on while lines end with a backslash; what
# follows is its output. A line `...` stands for any lines, ` ...` at the end of a line for the rest of it. In ```sh each
# line is a command, which has to succeed, whatever it says.
#
# CSD_LEFT_OUT names a file of commands that are not typed, one a line and without their comments; those that the page has
# are added to the file CSD_LEFT_OUT.met.
set -uo pipefail
page=$1 section=${2:-}

failed=0 ran=0 command='' expected='' kind=''
output=''
trap 'rm -f "$output"' EXIT

is_left_out() {
    local plain=${command%%$'\n'*}
    [ -n "${CSD_LEFT_OUT:-}" ] || return 1
    plain=$(sed -E 's/ +# .*$//' <<<"$plain")
    grep -qxF -- "$plain" "$CSD_LEFT_OUT" && echo "$plain" >>"$CSD_LEFT_OUT.met"
}

compare() {
    [ -n "$command" ] || return 0
    local said pattern status=0
    is_left_out && return 0
    rm -f "$output"
    output=$(mktemp) # a new one, as what runs in the background keeps the old one
    eval "$command" >"$output" 2>&1 || status=$? # in this shell, so that what a page exports stays
    said=$(tr '\0' '~' <"$output")
    pattern=$(printf '%s' "${expected%$'\n'}" | sed -e 's/[][*?\\]/\\&/g' -e 's/^\.\.\.$/*/' -e 's/ \.\.\.$/ */')
    ran=$((ran + 1))
    # shellcheck disable=SC2053 # a pattern, by intention
    if [ "$kind" = sh ] && [ $status = 0 ] || { [ "$kind" = console ] && [[ $said == $pattern ]]; }; then
        echo "as it should be: ${command//$'\n'/ }"
        return 0
    fi
    failed=$((failed + 1))
    [ "$kind" = console ] || expected="(exit status 0, not $status)"$'\n'
    printf 'NOT as it should be: %s\n--- the page says:\n%s--- it said:\n%s\n---\n' "$command" "$expected" "$said"
}

# Each line of a chosen block with its kind before it.
blocks() {
    awk -v console="\`\`\`console${section:+ $section}" -v sh="$([ -n "$section" ] || echo '```sh')" '
        !inside && /^```./ { kind = $0 == console ? "console" : $0 == sh ? "sh" : "other"; inside = 1; next }
        /^```/ { inside = !inside; kind = "other"; next }
        inside && kind != "other" { print kind, $0 }' "$page"
}

more=no
while IFS= read -r line; do
    now=${line%% *} line=${line#* }
    if [ $more = yes ]; then
        command+=$'\n'$line
    elif [ "$now" = sh ] || [[ $line =~ ^[\#\$]\  ]]; then
        compare
        kind=$now command=$line expected=''
        [ "$now" = sh ] || command=${line:2}
    else
        expected+=$line$'\n'
        continue
    fi
    if [[ $line == *\\ ]]; then more=yes; else more=no; fi
done < <(blocks)
compare

echo "$ran commands${section:+ of $section}, $failed not as the page says"
[ $failed = 0 ] && { [ $ran -gt 0 ] || [ -s "${CSD_LEFT_OUT:-/dev/null}.met" ]; }
