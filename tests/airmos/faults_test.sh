# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Drives that are full, missing or in the wrong order, and clients that vanish: the right error, nothing torn, nothing lost.
source tests/airmos/fixture.sh

code() { # PATH [OPTION...]
    local path=$1
    shift
    curl -sS --max-time 60 -o "$work/body" -w '%{http_code}' -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --aws-sigv4 aws:amz:us-east-1:s3 \
        --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$endpoint$path" "$@"
}
# A drive of 64 MiB.
devices=("emulator:$work/small?size=67108864")
start_node
make_file "$work/file" 20000000
check "a bucket" same 200 "$(code "/$bucket" -X PUT)"
for i in 1 2; do check "object $i fits" same 200 "$(code "/$bucket/$i" -T "$work/file")"; done
status=200
for i in 3 4 5; do
    status=$(code "/$bucket/$i" -T "$work/file")
    [ "$status" = 200 ] || break
done
check "a full drive says so" same 507 "$status"
check "with S3's body of an error" contains "<Code>InsufficientStorage</Code>" "$(cat "$work/body")"
check "what was refused is not there" same 404 "$(code "/$bucket/$i")"
check "what was there is whole" same "$(md5sum <"$work/file")" "$(code "/$bucket/1" >/dev/null && md5sum <"$work/body")"
check "deleting makes room" same 204 "$(code "/$bucket/1" -X DELETE)"
again() { [ "$(code "/$bucket/$i" -T "$work/file")" = 200 ]; }
check "for another" wait_until 30 again

# A value that the disk has lost a part of: an error, and why in the log.
damaged=$(find "$work/small" -type f -size 20000000c -print -quit)
truncate -s 19000000 "$damaged"
for object in 2 3 "$i"; do code "/$bucket/$object" >/dev/null || true; done
check "the log says why" grep -q '"error":"[A-Za-z]*",.*"cause":"[^"]' "$work/node.log"

# A client that vanishes in the middle of an upload: what it left is freed, for an object that needs nearly all the room.
for object in 2 3 "$i"; do check "object $object goes" same 204 "$(code "/$bucket/$object" -X DELETE)"; done
make_file "$work/most" 50000000
most_fits() { [ "$(code "/$bucket/most" -T "$work/most")" = 200 ]; }
check "an object of most of the drive fits" wait_until 60 most_fits
check "it goes" same 204 "$(code "/$bucket/most" -X DELETE)"
PYTHONPATH=tests/airmos AIRMOS_TEST_BUCKET=$bucket /usr/bin/python3 -c '
import socket, urllib.parse, lib
head, _ = lib.signed("PUT", f"/{lib.bucket}/vanished", b"", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"})
address = urllib.parse.urlsplit(lib.url)
with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
    connection.sendall(head.replace(b"Content-Length: 0", b"Content-Length: 40000000") + bytes(30000000))
'
check "most of an upload is no object" same 404 "$(code "/$bucket/vanished")"
check "and its bytes are freed" wait_until 60 most_fits
check "the node stops when told" stop_node

# Two drives of which one goes away.
devices=("emulator:$work/one" "emulator:$work/two")
start_node
code "/$bucket" -X PUT >/dev/null
names=$(seq 1 24)
for i in $names; do check "object $i is stored" same 200 "$(code "/$bucket/$i" -d "object $i" -X PUT)"; done
stop_node
mv "$work/two" "$work/away"
echo "no directory" >"$work/two"
start_node
health=$(curl -fsS "$endpoint/health/ready")
check "a node without one of its drives is ready, and says which it misses" \
    contains "\"missing\":[\"emulator:$work/two\"],\"reading\":[]" "$health"
check "its metrics as well" contains "airmos_drive_up{drive=\"emulator:$work/two\"} 0" "$(curl -fsS "$endpoint/metrics")"
some_there() {
    local i
    for i in $names; do [ "$(code "/$bucket/$i")" != 200 ] || return 0; done
    return 1
}
check "objects of the other drive are served" wait_until 60 some_there
there=0 missing=0
for i in $names; do
    case $(code "/$bucket/$i") in
        200) check "object $i is right" same "object $i" "$(cat "$work/body")" && there=$((there + 1)) ;;
        503) missing=$((missing + 1)) ;;
        *) check "object $i is there or said to be out of reach" false ;;
    esac
done
check "both drives had some, and every object has an answer" test $there -gt 0 -a $missing -gt 0 -a $((there + missing)) = 24
stop_node
rm "$work/two"
mv "$work/away" "$work/two"
start_node
check "with all of them it misses none" contains '"missing":[]' "$(curl -fsS "$endpoint/health/ready")"
for i in $names; do check "object $i is there again" same 200 "$(code "/$bucket/$i")"; done
stop_node
devices=("emulator:$work/two" "emulator:$work/one")
check "drives in another order are refused" not start_node
devices=("emulator:$work/one")
check "a set without its last drive is refused" not start_node
