#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Every verb of kvcli on the drive: kvcli.sh SERIAL|DEVICE KEY DIALECT, where SERIAL is the controller's and KEY stays, for
# the host to look at. A Key Value namespace is reached by its own node, the other dialect by the controller's. Run inside
# the guest, and without one by tests/spdk/kvcli_test.sh.
source "$(dirname "$0")/lib.sh"
kept=$2 dialect=$3
if [[ $1 == *:* ]]; then
    export KVCLI_DEVICE=$1
else
    number=$(controller_of "$1")
    if [ "$dialect" = kv ]; then KVCLI_DEVICE=/dev/ng${number}n1; else KVCLI_DEVICE=/dev/nvme$number; fi
    export KVCLI_DEVICE
fi
cd "${TMPDIR:-/tmp}" || exit

printf 'make,price\nFiat,900\nSaab,4200\nVolvo,3800\n' >cars.csv
head -c 20000000 /dev/urandom >large

check "info names the dialect" grep -q "\"dialect\":\"$dialect\"" <(kvcli -o json info)
check "an absent key is status 3" status_is 3 kvcli retrieve absent
check "exists says no" status_is 3 kvcli exists cars
check "store" kvcli store cars cars.csv
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
if [ "$dialect" = kv ]; then check "its reason names what is wrong" grep -q nothing said; fi # 2023 has no reasons

check "a value of 20 MB" kvcli store large large
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
    tail -n 5 said
done
if [ "$dialect" = kv ]; then # Format NVM of a block namespace is for its blocks
    check "format without --yes is refused" status_is 2 kvcli format
    check "format" kvcli format --yes
    check "nothing is left" says "" kvcli list
fi
check "store for the host to see" kvcli store "$kept" cars.csv
