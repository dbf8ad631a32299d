# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2034,SC2154 # what rings.sh and steps.sh share with it
# csd test --changed: which steps, and which of the tests that ctest knows, look at what was changed since the last commit.
# ninja knows what each test program is made of. A file that is not compiled is taken to be read by the tests that lie in its
# directory and by those whose sources name it.

changed_files() {
    { git diff --name-only HEAD && git ls-files --others --exclude-standard; } 2>/dev/null | sort -u
}

choose_by_changes() { # leaves in `chosen` the steps that a change touches
    git rev-parse HEAD >/dev/null 2>&1 || die "--changed compares with the last commit, and this is not a git checkout" 2
    local files step kept=()
    files=$(changed_files)
    for step in "${chosen[@]}"; do
        if [ -n "$files" ] && grep -qE -- "${touched_by[$step]:-.}" <<<"$files"; then kept+=("$step"); fi
    done
    [ ${#kept[@]} -gt 0 ] || { say "nothing that a test looks at has changed since the last commit" && exit 0; }
    chosen=("${kept[@]}")
    say "changed since the last commit: $(wc -l <<<"$files") files; steps: ${chosen[*]}"
}

# Of the built preset `release`: "NUMBER PROGRAM" for each test.
tests_and_programs() {
    (cd build/release && ctest -N -V) | awk '
        $2 == "Test" && $3 == "command:" { program = $4; gsub(/"/, "", program); for (i = 5; i <= NF; i++) if ($i ~ /\/bin\//) program = program " " $i }
        $1 == "Test" && $2 ~ /^#/ { number = $2; gsub(/[#:]/, "", number); print number, program }'
}

# The objects that were compiled from a changed file, and the changed files themselves, as ninja names them.
changed_inputs() { # FILES
    { ninja -C build/release -t deps | awk -v root="$PWD/" '
        NR == FNR { changed[$0]; next }
        /^[^ ]/ { object = $1; sub(/:$/, "", object); next }
        NF { path = $1; sub(/^(.*\/)?layers\/[a-z]+\/src\//, root "src/", path) # a link of src/airmos/layer.cmake
             if (!sub("^" root, "", path)) sub(/^(\.\.\/)+/, "", path); if (path in changed) print object }' \
        <(printf '%s\n' "$1") -; printf '%s\n' "$1" | sed "s|^|$PWD/|"; } | sort -u
}

# The sources of tests that read a file which is not compiled.
readers() { # FILES
    local file
    grep -vE '\.(c|h|cc|hpp)$' <<<"$1" | while read -r file; do
        git ls-files -- "$(dirname "$file")/*_test.cc"
        git grep -lF -- "$(basename "$file")" -- '*_test.cc' '*/CMakeLists.txt' |
            while read -r named; do case $named in *.cc) echo "$named" ;; *) git ls-files -- "$(dirname "$named")/*_test.cc" ;; esac; done
    done | sort -u
}

choose_changed_tests() { # leaves in `only_changed` the options for ctest; fails if there is none to run
    local files inputs program number numbers=
    files=$(changed_files)
    files=$(printf '%s\n' "$files" "$(readers "$files")" | sort -u)
    inputs=$(changed_inputs "$files")
    declare -A touched=()
    while read -r number programs; do
        for program in $programs; do
            if [ -z "${touched[$program]:-}" ]; then
                touched[$program]=no
                if ninja -C build/release -t inputs "${program#"$PWD"/build/release/}" 2>/dev/null | grep -qxFf <(printf '%s\n' "$inputs"); then
                    touched[$program]=yes
                fi
            fi
            if [ "${touched[$program]}" = yes ]; then numbers+=,$number && break; fi
        done
    done < <(tests_and_programs)
    only_changed=(-I "0,0,0$numbers")
    [ -n "$numbers" ]
}
