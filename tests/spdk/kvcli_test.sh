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
slow='SELECT count(*) FROM (SELECT a.price FROM s3object a, s3object b), range(300000000)'
for _ in 1 2 3; do kvcli select cars "$slow" >/dev/null 2>&1 & done
began=$SECONDS
for _ in $(seq 10); do check "a retrieve beside selects" kvcli retrieve cars -f "$work/beside"; done
echo "measured: 10 retrieves in new processes beside 3 selects: $((SECONDS - began)) s"
check "they were not waited for" test $((SECONDS - began)) -lt 30
# shellcheck disable=SC2046 # process ids
kill $(jobs -p | grep -v "^$target$") 2>/dev/null || true
stop_target
