# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts that run inside the guest share. They end at the first thing that is not as it should be.
set -euo pipefail

check() { # SENTENCE COMMAND...
    local sentence=$1
    shift
    if "$@"; then
        echo "as it should be: $sentence"
    else
        echo "NOT as it should be: $sentence"
        echo "    ($*)"
        exit 1
    fi
}

status_is() { # STATUS COMMAND...
    local expected=$1 status=0
    shift
    "$@" >/tmp/said 2>&1 || status=$?
    [ $status = "$expected" ] || { echo "exit status $status, expected $expected:" && cat /tmp/said && return 1; }
}

says() { # EXPECTED COMMAND...
    local expected=$1 said
    shift
    said=$("$@")
    [ "$said" = "$expected" ] || { printf 'expected: %s\ngot:      %s\n' "$expected" "$said" && return 1; }
}
