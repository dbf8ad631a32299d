# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# ./csd vm --disk: a Debian disk starts from its own boot loader, installs nvme-cli through the network and
# stores a value with it. And --iso: a CD starts from its own boot loader.
source tests/guest/fixture.sh
source scripts/lib.sh
source guest/image.sh
source tests/guest/make_disk.sh

need_packages "${disk_packages[@]}"
cached "$(disk_image_dir)" fill_disk
qemu-img convert -O qcow2 "$(disk_image_dir)/disk.raw" "$work/disk.qcow2"
guest --timeout 400 --disk "$work/disk.qcow2" >"$work/said" </dev/null || true
check "the disk starts, and its service comes to its end" grep -q 'at-boot: done' "$work/console"
check "a package was installed through the network" grep -q 'Setting up nvme-cli' "$work/console"
check "what it stored is a file on the host" same "kept by the drive" "$(cat "$drive/0/1/42")"

cached "$(guest_dir)" fill_guest
make_iso "$work/cd" "$work/cd.iso"
guest --timeout 60 --iso "$work/cd.iso" >"$work/said" </dev/null || true
check "a CD starts" grep -q 'csd: the processor runs' "$work/console"
