# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The guest's networks: a forwarded port reaches it, it reaches the host, and two guests reach each other.
source tests/guest/fixture.sh

forwarded=$(free_port) link=$(free_port)
mkdir "$work/first" "$work/second"
echo "from the guest" >"$work/first/page"
printf '#!/bin/sh\nhttpd -p 80 -h /share\nuntil [ -e /share/enough ]; do sleep 0.1; done\n' >"$work/first/serve.sh"

start_guest --share "$work/first" --forward "$forwarded:80" --link-listen "$link" -- sh serve.sh
first=$!

fetch() { # PORT
    exec 3<>"/dev/tcp/127.0.0.1/$1" || return 1
    printf 'GET /page HTTP/1.0\r\n\r\n' >&3
    timeout 5 tail -n 1 <&3
    exec 3>&-
}
answers() { [ "$(fetch "$forwarded" 2>/dev/null)" = "from the guest" ]; }
check "the forwarded port is answered by the guest" wait_until 90 answers

# 10.0.2.2 is the host as a guest sees it, so the first guest is also reached around that corner.
status=0
guest --share "$work/second" --root "$drive-second" --link-connect "$link" -- bash -c "
    set -e
    ip route | grep -q '^default via 10.0.2.2'
    grep -q '^nameserver' /etc/resolv.conf
    for try in {1..50}; do ping -c 1 -W 1 10.99.0.1 >/dev/null && break; done
    wget -q -O by_link http://10.99.0.1/page
    wget -q -O by_host http://10.0.2.2:$forwarded/page" || status=$?
check "the second guest has an address, a route and a name server, and fetches twice" same 0 $status
check "from the other guest" same "from the guest" "$(cat "$work/second/by_link")"
check "from the host" same "from the guest" "$(cat "$work/second/by_host")"
touch "$work/first/enough"
wait $first
