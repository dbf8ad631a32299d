# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A busy drive is pulled out of a PCI Express slot while Linux uses it: the guest and QEMU go on, and what was acknowledged
# is on the host.
source tests/guest/fixture.sh

monitor=$work/monitor
mkfifo "$monitor.in" "$monitor.out"
exec 7<>"$monitor.in" 8<>"$monitor.out" # open at both ends, so that nobody waits for the other
mkdir "$drive"
start_guest --no-drive --qemu "-chardev pipe,id=monitor,path=$monitor -mon chardev=monitor,mode=control" \
    --qemu "-device pcie-root-port,id=rp1,chassis=1 -device nvme,id=nvme0,serial=csd,bus=rp1" \
    --qemu "-device nvme-kv-ns,bus=nvme0,nsid=1,root=$drive,bus-number=0" -- bash unplug.sh
check "the drive is busy" wait_until 120 test -e "$share/busy"
printf '%s\n' '{"execute":"qmp_capabilities"}' '{"execute":"device_del","arguments":{"id":"nvme0"}}' >&7

removed() { # QEMU's event, among its other lines
    local line
    while read -r -t 60 line <&8; do
        case $line in *'"error"'*) echo "$line" && return 1 ;; *DEVICE_DELETED*'"nvme0"'*) return 0 ;; esac
    done
    return 1
}
check "QEMU lets go of the controller" removed
touch "$share/gone"
check "the guest ends well" wait $!
check "the value is on the host" same kept "$(cat "$drive/0/1/6B657074")"
