# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# ./csd vm itself: a command's bytes, status and arguments come through unchanged, a share works both ways, and nothing
# outlives its time or its starter.
source tests/guest/fixture.sh

head -c 3000000 /dev/urandom >"$share/in"
status=0
guest -- sh -c 'cat in; tac in | tac | cat >out; cat in >&2; exit 7' >"$work/stdout" 2>"$work/stderr" || status=$?
check "the exit status is the command's" same 7 $status
check "standard output is the command's, byte for byte" cmp "$share/in" "$work/stdout"
tail -c 3000000 "$work/stderr" >"$work/stderr_end"
check "standard error ends with the command's, byte for byte" cmp "$share/in" "$work/stderr_end"
check "a file comes back through the share" test -f "$share/out"

check "arguments arrive as they are" same $'[a b][][x\ny][*]' "$(guest --kernel 6.1 -- printf '[%s]' 'a b' '' $'x\ny' '*')"

# What is typed before the shell is there may get lost, as on any serial line.
rm "$work/console"
type_when_asked() {
    wait_until 90 grep -qs 'csd:/share# ' "$work/console"
    echo 'echo "it is $(uname -r)"; exit'
}
type_when_asked | guest --kernel 6.1 >"$work/stdout" || check "a shell on the console ends well" false
check "a shell on the console runs what it is told" grep -q '^it is 6\.1\.' "$work/stdout"

status=0
guest --timeout 10 -- sleep 1000 || status=$?
check "a guest ends when its time is over" same 124 $status

start_guest --qemu "-pidfile $work/pid" -- sleep 1000
starter=$!
check "a guest comes up" wait_until 60 test -s "$work/pid"
qemu=$(cat "$work/pid")
kill -9 $starter
gone() { ! kill -0 "$qemu" 2>/dev/null; }
check "QEMU ends with its starter, even one that is killed" wait_until 10 gone
