# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Every verb of kvcli over NVMe/TCP to SPDK's target, as in a guest; and what is quick beside slow selects.
source tests/spdk/fixture.sh

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
bash tests/guest/inside/kvcli.sh "$device" cars kv
check "what was kept is a file on the host" cmp "$work/cars.csv" "$work/drive/0/1/63617273"
check "hosts ask the target nothing that it logs as unsupported" not grep -q 'unsupported CNS' "$work/target.log"

# Eight selects at once are all that run; what is quick does not wait for them.
export KVCLI_DEVICE=$device
slow='SELECT count(*) FROM s3object, range(300000000000)'
selects=()
for _ in 1 2 3; do
    kvcli select cars "$slow" >/dev/null 2>&1 &
    selects+=($!)
done
began=$SECONDS
for _ in $(seq 10); do check "a retrieve beside selects" kvcli retrieve cars -f "$work/beside"; done
echo "measured: 10 retrieves in new processes beside 3 selects: $((SECONDS - began)) s"
for select in "${selects[@]}"; do check "they were not waited for" kill -0 "$select"; done
kill "${selects[@]}"
stop_target
