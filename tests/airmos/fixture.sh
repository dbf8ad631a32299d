# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of the S3 node share. A test works in a directory of its own, starts nodes with start_node, and ends at
# the first thing that is not as it should be. A node writes what it says to $work/node.log.
set -euo pipefail

work=$(mktemp -d)
node='' target=''
# What this machine has set for other networks is not for the loopback.
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN http_proxy https_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY all_proxy
export HOME=$work PYTHONDONTWRITEBYTECODE=1 AWS_EC2_METADATA_DISABLED=true AWS_PAGER=''
export AWS_ACCESS_KEY_ID=AKIDTEST AWS_SECRET_ACCESS_KEY=secret/of+the=tests AWS_DEFAULT_REGION=us-east-1
export AIRMOS_ACCESS_KEY=$AWS_ACCESS_KEY_ID AIRMOS_SECRET_KEY=$AWS_SECRET_ACCESS_KEY
# Drives that are not ours may have buckets from before.
bucket=test-$(od -An -N6 -tx1 /dev/urandom | tr -d ' ')
export AIRMOS_TEST_WORK=$work AIRMOS_TEST_BUCKET=$bucket

end_test() {
    local status=$?
    if [ $status != 0 ] && [ -f "$work/node.log" ]; then
        echo "the node said last:" && grep -v '"status":[23]' "$work/node.log" | cut -c1-400 | tail -n 15
    fi
    stop_node || true
    [ -z "$target" ] || { kill -KILL "$target" && wait "$target"; } 2>/dev/null || true
    rm -rf "$work"
    exit $status
}
trap end_test EXIT
trap 'exit 1' TERM INT

wait_until() { # SECONDS COMMAND...
    local end=$((SECONDS + $1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.1
    done
}

check() { # SENTENCE COMMAND...
    local sentence=$1
    shift
    if "$@"; then
        echo "as it should be: $sentence"
    else
        printf 'NOT as it should be: %s\n    (%s)\n' "$sentence" "$*"
        exit 1
    fi
}
not() { ! "$@"; }
same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$1" "$2" && return 1; }
}
contains() { # PART WHOLE
    [[ $2 == *"$1"* ]] || { printf 'expected a part: %s\ngot: %s\n' "$1" "$2" && return 1; }
}
# The command fails and says that.
refuses() { # PART COMMAND...
    local part=$1 said status=0
    shift
    said=$("$@" 2>&1) || status=$?
    [ $status != 0 ] || { echo "it succeeded, and said: $said" && return 1; }
    contains "$part" "$said"
}

start_node() { # [OPTION...]; it is waited for until it is ready
    local drives=() device end=$((SECONDS + 60))
    for device in "${devices[@]}"; do drives+=(--drive "$device"); done
    : >>"$work/node.log"
    : >"$work/said"
    setpriv --pdeathsig TERM "$CSD_BIN/airmos" "${drives[@]}" --listen 127.0.0.1:0 "$@" >>"$work/node.log" 2>"$work/said" &
    node=$!
    until endpoint=$(sed -nE 's/^AirMOS .* serves S3 on (.*)$/\1/p' "$work/said") && [ -n "$endpoint" ]; do
        kill -0 $node 2>/dev/null || { cat "$work/said" && node='' && return 1; }
        [ $SECONDS -lt $end ] || { echo "the node does not start" && return 1; }
        sleep 0.05
    done
    export AIRMOS_TEST_URL=$endpoint AIRMOS_TEST_NODE=$node
    # It answers 503 while it reads its drives.
    until curl -fsS -o /dev/null --insecure "$endpoint/health/ready" 2>/dev/null; do
        kill -0 $node 2>/dev/null || { cat "$work/said" && node='' && return 1; }
        [ $SECONDS -lt $end ] || { echo "the node does not become ready" && return 1; }
        sleep 0.05
    done
}

# shellcheck disable=SC2120 # tests give a signal
stop_node() { # [SIGNAL]
    [ -n "$node" ] || return 0
    local stopped=$node status=0
    node=
    kill "-${1:-TERM}" "$stopped" 2>/dev/null || return 0
    wait "$stopped" || status=$?
    return $status
}

aws() { /usr/bin/aws --endpoint-url "$endpoint" --cli-connect-timeout 20 --cli-read-timeout 100 "$@"; }

# A file of so many bytes that differ, the same for the same name.
make_file() { # FILE BYTES
    mkdir -p "$(dirname "$1")"
    openssl enc -aes-128-ctr -K "$(printf '%s' "${1##*/}" | md5sum | cut -c1-32)" -iv 00000000000000000000000000000000 \
        </dev/zero 2>/dev/null | head -c "$2" >"$1" || true
}

if [ -n "${CSD_TEST_DEVICES:-}" ]; then
    read -ra devices <<<"$CSD_TEST_DEVICES"
elif [ "${CSD_TEST_TCP:-0}" = 1 ]; then
    source tests/airmos/target.sh
    start_target
else
    # Two drives, so that placement is at work; without waiting for the disk, which is not what is tested here.
    devices=("emulator:$work/drive0" "emulator:$work/drive1")
fi
