# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# How a suite runs its scripts, several at a time: one that waits for its guest or for a time-out leaves the processors to
# its neighbour. The suite has counters `passed` and `failed`.

# Runs `FUNCTION NAME` for each NAME, in this order, LANES at a time, and counts them. What one says is shown in one piece
# when it ends.
side_by_side() { # LANES FUNCTION NAME...
    local lanes=$1 function=$2 said name pid
    local -A running=()
    shift 2
    said=$(mktemp -d)
    finish_one() {
        local status=0
        wait -n -p pid "${!running[@]}" || status=$?
        if [ $status = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
        cat "$said/${running[$pid]}"
        unset "running[$pid]"
    }
    for name; do
        [ ${#running[@]} -lt "$lanes" ] || finish_one
        (trap - INT QUIT && "$function" "$name") >"$said/$name" 2>&1 & # a shell's background ignores both
        running[$!]=$name
    done
    while [ ${#running[@]} -gt 0 ]; do finish_one; done
    rm -rf "$said"
}
