# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the scripts share that run inside the guest, in tests/guest and in tests/spdk. They end at the first thing that is not
# as it should be.
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

not() { ! "$@"; }

wait_until() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

free_port() {
    local port
    while :; do
        port=$((20000 + RANDOM % 10000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then echo $port && return; fi
    done
}

status_is() { # STATUS COMMAND...
    local expected=$1 status=0
    shift
    "$@" >"${TMPDIR:-/tmp}/said" 2>&1 || status=$?
    [ $status = "$expected" ] || { echo "exit status $status, expected $expected:" && cat "${TMPDIR:-/tmp}/said" && return 1; }
}

says() { # EXPECTED COMMAND...
    local expected=$1 said
    shift
    said=$("$@")
    [ "$said" = "$expected" ] || { printf 'expected: %s\ngot:      %s\n' "$expected" "$said" && return 1; }
}

# The SPDK that nvmf_tgt was made with; `nvmf_tgt -v` says `SPDK v20.07`.
spdk_is_at_least() { # YEAR MONTH
    local year month
    IFS=. read -r year month < <(nvmf_tgt -v | grep -oE '[0-9]+\.[0-9]+' | head -n 1)
    ((10#$year * 100 + 10#$month >= $1 * 100 + $2))
}

# Linux numbers controllers as they come up, in any order; so they are told apart by serial number.
controller_of() { # SERIAL
    local controller
    for controller in /sys/class/nvme/nvme*; do
        if [ "$(tr -d ' ' <"$controller/serial")" = "$1" ]; then echo "${controller##*/nvme}" && return; fi
    done
    echo "there is no controller with the serial number $1" >&2
    return 1
}

# And namespaces: "XnY" of the nodes /dev/ngXnY and /dev/nvmeXnY.
namespace_of() { # SERIAL NSID
    local number node
    number=$(controller_of "$1")
    for node in "/sys/block/nvme${number}n"*; do
        if [ "$(cat "$node/nsid")" = "$2" ]; then echo "${node##*/nvme}" && return; fi
    done
    echo "there is no namespace $2 on $1" >&2
    return 1
}
