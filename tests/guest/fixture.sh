# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# What the tests of the guest share. A test works in a directory of its own, where `drive` is the drive on the host and
# `share` is /share in the guest, and ends at the first thing that is not as it should be.
source tests/guest/inside/lib.sh # check, and how a script ends
export CSD_LONG=${CSD_LONG:-0}

work=$(mktemp -d)
drive=$work/drive share=$work/share
mkdir "$share"
# shellcheck disable=SC2034 # the tests use it
kernels=(6.1 6.12)
cp tests/guest/inside/*.sh "$share/"

end_test() {
    local status=$?
    if [ $status != 0 ]; then echo "the console said last:" && tail -n 15 "$work/console" 2>/dev/null; fi
    # What a test started ends with it.
    # shellcheck disable=SC2046 # process ids
    kill $(jobs -p) 2>/dev/null || true
    wait
    rm -rf "$work"
    exit $status
}
trap end_test EXIT
trap 'exit 1' TERM INT

# Starts a guest on the drive; the options of ./csd vm follow.
guest() { ./csd vm --root "$drive" --share "$share" --console "$work/console" --timeout 900 "$@"; }

# The same in the background, where $! is then ./csd itself; it ends with the test.
start_guest() {
    (exec setpriv --pdeathsig TERM ./csd vm --root "$drive" --share "$share" --console "$work/console" --timeout 900 "$@") &
}

same() { # EXPECTED ACTUAL
    [ "$1" = "$2" ] || { printf 'expected: %s\ngot:      %s\n' "$1" "$2" && return 1; }
}

median() { sort -n | awk '{ n[NR] = $1 } END { print n[int((NR + 1) / 2)] }'; }
