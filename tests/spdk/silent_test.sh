# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Targets that accept a connection, or had one, and then say nothing: no host waits for ever, and each says why it ends.
source tests/spdk/fixture.sh

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
remote_config() { # PORT
    echo "{\"subsystems\": [{\"subsystem\": \"bdev\", \"config\": [{\"method\": \"bdev_nvme_attach_controller\", \"params\":
      {\"name\": \"Nvme0\", \"trtype\": \"TCP\", \"adrfam\": \"IPv4\", \"traddr\": \"127.0.0.1\", \"trsvcid\": \"$1\", \"subnqn\": \"$nqn\"}}]}]}"
}
says_why() { # WORDS FILE
    grep -qF -- "$1" "$2" || { cat "$2" && return 1; }
}

# A peer that agrees to talk NVMe/TCP (an ICResp, whose data digests are off), and never again says a word.
silent_port=$(free_port)
python3 - "$silent_port" <<'TEXT' &
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
kept = []
while True:
    kept.append(listener.accept()[0])
    kept[-1].sendall(bytes([1, 0, 128, 0, 128]) + bytes(9) + bytes([16, 0]) + bytes(112))
TEXT
silent_listens() { (exec 3<>"/dev/tcp/127.0.0.1/$silent_port") 2>/dev/null; }
wait_until 30 silent_listens
silent=tcp:127.0.0.1:$silent_port/$nqn

# A host that is at work when the target stops, over each of the two ways; the rest goes on beside them.
remote_config "$port" >"$work/remote.json"
remote_config "$silent_port" >"$work/silent.json"
hosts=() keys=100
at_work() { grep -q "\"keys\": $1\b" <(rpc bdev_csd_get kv0); } # it has stored what it retrieves from then on
for reached in "$device" "bdev:Nvme0n1@$work/remote.json"; do
    kvcli --device "$reached" bench --verb retrieve --keys $keys --ops 100000000 --queue-depth 64 >"$work/host.${#hosts[@]}" 2>&1 &
    hosts+=($!)
    check "the host is at work" wait_until 120 at_work $keys
    keys=300
done
kill -STOP $target

kvcli --device "$silent" list >"$work/said.silent" 2>&1 &
asked=$!
kvcli --device "$silent" list >"$work/said.told" 2>&1 &
told=$!
kvcli --device "bdev:Nvme0n1@$work/silent.json" list >"$work/said.bdev" 2>&1 &
through=$!
sleep 4
check "a host waits for an answer" kill -0 $told
kill -TERM $told
check "and ends when it is told to" wait_until 10 not kill -0 $told
check "a target that stopped lets nobody in" status_is 5 timeout 60 kvcli --device "$device" list
check "which is not taken for a refusal" says_why "does not answer for 15 s" "$work/said"

# A target that goes on in time serves the host that waited, though SPDK alone would have given it up.
kvcli --device "$device" store waited /dev/null >"$work/said.waited" 2>&1 &
waited=$!
sleep 5
check "a host waits for a stopped target" kill -0 $waited
kill -CONT $target
check "and is served when it goes on" wait $waited
check "a name that is not there is refused at once" status_is 5 timeout 10 kvcli --device "$device-none" list
check "in the words of a refusal" says_why "does not let us in" "$work/said"
kill -STOP $target
check "a silent one is given up" wait_until 60 not kill -0 $asked
check "with the reason" says_why "does not answer" "$work/said.silent"
check "by the bdev layer too" wait_until 60 not kill -0 $through
check "with an error" not wait $through
check "that names the configuration" says_why "SPDK does not carry out the configuration" "$work/said.bdev"

for host in "${hosts[@]}"; do
    check "work in flight ends" wait_until 120 not kill -0 "$host"
    check "with an error" not wait "$host"
done
check "which is said" says_why "the drive cannot be reached" "$work/host.0"
kill -CONT $target
check "who comes later is served" wait_until 60 kvcli --device "$device" store after /dev/null
check "the target ends well" stop_target
