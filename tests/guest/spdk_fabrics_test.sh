# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Two guests on one network, as docs/guide-spdk.md has them. The first exports its drive over NVMe/TCP, with SPDK's target
# on SPDK's NVMe driver; the second reaches it with `nvme connect` and by tcp:. With CSD_LONG=1 both ways are held to all
# of the contract, and every verb of kvcli is tried; without, to what does not take minutes where the processors are
# emulated.
source tests/guest/fixture.sh

link=$(free_port)
subnqn=nqn.2026-11.io.csd:guest/drive
mkdir "$work/first" "$work/second"
cp tests/guest/inside/*.sh docs/guide-spdk.md "$work/first/"
cp tests/guest/inside/*.sh tests/integration/files.sh docs/guide-spdk.md "$work/second/"
mkdir "$work/second/files"
cp docs/guide-spdk.md "$work/second/files/"
printf 'make,price\nFiat,900\nSaab,4200\n' >"$work/second/files/cars.csv"
limit=$((CSD_LONG ? 3600 : 600))

start_guest --share "$work/first" --drive-options size=1G --memory 1536M --huge-pages 384 --timeout $limit --link-listen "$link" -- \
    bash spdk_target.sh "$subnqn"
first=$!
check "the target listens" wait_until 120 grep -qs "Listening on 10.99.0.1" "$work/first/target.log"

# Not the name that the fixture gives to the first guest's console.
./csd vm --no-drive --share "$work/second" --console "$work/console-second" --timeout $limit --link-connect "$link" -- \
    bash spdk_initiator.sh "$subnqn" "$((CSD_LONG))" | tee "$work/said" ||
    { tail -n 15 "$work/console-second" "$work/first/target.log" && exit 1; }
check "twice it held" same 2 "$(grep -c ' PASSED ' "$work/said")"
touch "$work/first/enough"
wait $first
check "what the second guest stored is a file of the first guest's drive" \
    cmp "$work/second/files/cars.csv" "$drive/0/1/6B657074"
