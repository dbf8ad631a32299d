# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The JSON-RPC methods of bdev_csd, through rpc.py and its plug-in: create, get, delete, what is refused and in which
# words, and a configuration that is saved and brings everything back.
source tests/spdk/fixture.sh

said() { cat "$work/said"; }

refused() { # PATTERN RPC ARGUMENT...
    local pattern=$1
    shift
    status_is 1 rpc "$@" && { grep -q -- "$pattern" "$work/said" || { said && return 1; }; }
}

# A call as it is, without what the plug-in checks before: the result, or what the error says.
raw() { # METHOD PARAMETERS [message|code]
    python3 - "$work/rpc.sock" "$1" "$2" "${3:-message}" <<'TEXT'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.settimeout(60)
s.connect(sys.argv[1])
s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": sys.argv[2], "params": json.loads(sys.argv[3])}).encode())
answer = b""
while True:
    more = s.recv(65536)
    answer += more
    try:
        answer = json.loads(answer)
        break
    except ValueError:
        if not more:
            raise
print(answer.get("error", {}).get(sys.argv[4], answer.get("result")))
TEXT
}

start_target
check "create says the name" says kv0 rpc bdev_csd_create kv0 "$work/drive"
check "the drive is a directory on the host" test -d "$work/drive/0/1"
check "with every parameter" says kv1 rpc bdev_csd_create kv1 "$work/other" --nsid 7 --bus 3 --size 10G --sync always \
    --dialect 2023 --uuid 12345678-1234-4234-8234-123456789abc
check "which is where it lies" test -d "$work/other/3/7"
rpc bdev_csd_get >"$work/all"
check "get lists both" says "kv0 kv1" python3 -c 'import json,sys; print(*[b["name"] for b in json.load(sys.stdin)])' <"$work/all"
rpc bdev_csd_get kv1 >"$work/one"
check "get shows one" says "3 7 10737418240 always 2023" python3 -c '
import json, sys
b, = json.load(sys.stdin)
print(b["bus"], b["nsid"], b["capacity_bytes"], b["sync"], b["dialect"])' <"$work/one"
check "the bdev says the same" grep -q '"root": "'"$work/other"'"' <(rpc bdev_get_bdevs -b kv1)
check "its identity is the given one" grep -qi 12345678-1234-4234-8234-123456789abc <(rpc bdev_get_bdevs -b kv1)
rpc bdev_get_bdevs -b kv0 | grep -i '"uuid"' >"$work/uuid"

check "a name that is taken" refused "there is a bdev 'kv0' already" bdev_csd_create kv0 "$work/third"
check "a drive that is open" refused "'kv0' is this drive already" bdev_csd_create kv2 "$work/drive"
check "a root that is not absolute" refused "not an absolute path" bdev_csd_create kv2 drive
check "a root that cannot be made" refused "/proc/nothing" bdev_csd_create kv2 /proc/nothing
check "a root that cannot be written" refused "the drive in '/sys': " bdev_csd_create kv2 /sys
code_is() { says "$1" raw bdev_csd_create "$2" code; }
check "what is wrong has the code of wrong parameters" code_is -32602 '{"name": "kv2", "root": "drive"}'
check "what is taken has that of its errno" code_is -17 '{"name": "kv0", "root": "/tmp/x"}' # EEXIST
check "what the host's files refuse as well" code_is -5 '{"name": "kv2", "root": "/sys"}' # EIO
check "a name that is empty" refused "a bdev needs one" bdev_csd_create "" "$work/third"
check "namespace 0" refused "0 is no namespace id" bdev_csd_create kv2 "$work/third" --nsid 0
check "a bus that PCI does not have" refused "bus-number must be between 0 and 255, not 70000" bdev_csd_create kv2 "$work/third" --bus 70000
check "a size of less than a block" refused "size must be between" bdev_csd_create kv2 "$work/third" --size 100
check "and the code of wrong parameters" code_is -32602 '{"name": "kv2", "root": "'"$work/third"'", "size": 100}'
check "an identity that is none" refused "uuid: 'x' is none" bdev_csd_create kv2 "$work/third" --uuid x
check "a size that is none" status_is 2 rpc bdev_csd_create kv2 "$work/third" --size much
check "nothing of that was made" not test -e "$work/third"
check "an unknown sync" says "sync: 'never' is neither flush nor always" raw bdev_csd_create \
    '{"name": "kv2", "root": "/tmp/x", "sync": "never"}'
check "an unknown dialect" says "dialect: '1999' is neither key-value nor 2023" raw bdev_csd_create \
    '{"name": "kv2", "root": "/tmp/x", "dialect": "1999"}'
for wrong in '{}' '{"name": "kv2"}' '{"name": "kv2", "root": "/tmp/x", "colour": 1}' '{"name": 1, "root": "/tmp/x"}' \
    '{"name": "kv2", "root": "/tmp/x", "size": -1}' '[]'; do
    check "wrong parameters are told the right ones: $wrong" grep -q "takes name and root" <(raw bdev_csd_create "$wrong")
done
check "delete wants a name" grep -q "takes name" <(raw bdev_csd_delete '{}')
check "get wants a name or nothing" grep -q "takes nothing, or a name" <(raw bdev_csd_get '{"colour": 1}')
check "delete of what is not there" refused "there is no drive 'kv9'" bdev_csd_delete kv9
check "get of what is not there" refused "there is no drive 'kv9'" bdev_csd_get kv9
rpc bdev_malloc_create -b blocks 1 512 >/dev/null
check "delete of another module's" refused "there is no drive 'blocks'" bdev_csd_delete blocks

rpc save_config >"$work/saved.json"
stop_target
start_target "$work/saved.json"
check "a saved configuration brings the drives back" says "$(grep -v '_bytes' "$work/all")" grep -v _bytes <(rpc bdev_csd_get)
check "with the same identity" says "$(cat "$work/uuid")" grep -i '"uuid"' <(rpc bdev_get_bdevs -b kv0)

check "delete" rpc bdev_csd_delete kv0
check "what is deleted is gone" refused "there is no drive 'kv0'" bdev_csd_get kv0
check "its directory is free for another" says again rpc bdev_csd_create again "$work/drive"
for _ in 1 2 3 4 5; do
    rpc bdev_csd_delete again && rpc bdev_csd_create again "$work/drive" >/dev/null || exit 1
done
check "delete and create again, five times" says "again kv1" python3 -c 'import json,sys; print(*sorted(b["name"] for b in json.load(sys.stdin)))' < <(rpc bdev_csd_get)
check "two at once for one directory: one of them" says 1 eval '{ rpc bdev_csd_create a "$work/fresh" & rpc bdev_csd_create b "$work/fresh"; wait; } 2>/dev/null | grep -c "^[ab]$"'
stop_target
check "the target ends well, and the query launchers with it" wait_until 20 not pgrep -u "$(id -u)" -f "^$tools/bin/csd-query-worker"
