# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Every verb of kvcli over NVMe/TCP to SPDK's target.
source tests/spdk/fixture.sh

write_config "$(create_call kv0 "$work/drive")"
start_target "$work/config.json"
export KVCLI_DEVICE=$device
cd "$work"
printf 'make,price\nFiat,900\nSaab,4200\nVolvo,3800\n' >cars.csv
head -c 20000000 /dev/urandom >large

check "info names the dialect" grep -q '"dialect":"kv"' <(kvcli -o json info)
check "an absent key is status 3" status_is 3 kvcli retrieve absent
check "exists says no" status_is 3 kvcli exists cars
check "store" kvcli store cars cars.csv
check "it is a file on the host" cmp cars.csv drive/0/1/63617273
check "exists says yes" says yes kvcli exists cars
check "retrieve" cmp cars.csv <(kvcli retrieve cars)
check "retrieve from an offset" says Fiat kvcli retrieve cars --offset 11 --length 4
check "only-add of a key that exists is status 4" status_is 4 kvcli store cars cars.csv --only-add
check "only-update of a key that does not is status 3" status_is 3 kvcli store absent cars.csv --only-update
echo Lada,100 | kvcli store cars --append
check "append" says Lada,100 kvcli retrieve cars --offset 41
check "select" says 4200 kvcli select cars --no-output-header 'SELECT max(price) FROM s3object'
check "select with JSON out" says '{"n":4}' kvcli select cars --output json 'SELECT count(*) AS n FROM s3object'
check "a wrong select is status 7" status_is 7 kvcli select cars 'SELECT nothing FROM s3object'
check "its reason names what is wrong" grep -q nothing said

check "a value of 20 MB, of many transfers" kvcli store large large
check "it comes back whole" cmp large <(kvcli retrieve large)
check "to a file as well" kvcli retrieve large -f again
check "which is the same" cmp large again
check "an empty value" kvcli store empty /dev/null
check "it is empty" says "" kvcli retrieve empty
check "a binary key of 16 bytes" kvcli store 0x000102030405060708090a0b0c0d0eff cars.csv
check "list" says "0x000102030405060708090A0B0C0D0EFF
cars
empty
large" kvcli list
check "list with a prefix" says large kvcli list --prefix la
check "delete" kvcli delete large
check "what is deleted is gone" status_is 3 kvcli exists large
check "flush" kvcli flush
for verb in store retrieve exists; do
    check "bench $verb" status_is 0 kvcli bench --verb $verb --ops 200 --queue-depth 8
done
check "format without --yes is refused" status_is 2 kvcli format
check "format, which the target keeps to itself, deletes key by key" kvcli format --yes
check "nothing is left" says "" kvcli list
kvcli store cars cars.csv

# Eight selects at once are all that run; what is quick does not wait for them.
slow='SELECT count(*) FROM (SELECT a.price FROM s3object a, s3object b), range(300000000)'
for _ in 1 2 3; do kvcli select cars "$slow" >/dev/null 2>&1 & done
began=$SECONDS
for _ in $(seq 10); do check "a retrieve beside selects" kvcli retrieve cars -f beside; done
echo "measured: 10 retrieves in new processes beside 3 selects: $((SECONDS - began)) s"
check "they were not waited for" test $((SECONDS - began)) -lt 30
# shellcheck disable=SC2046 # process ids
kill $(jobs -p | grep -v "^$target$") 2>/dev/null || true
stop_target
