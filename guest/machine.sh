# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# shellcheck disable=SC2054,SC2154 # QEMU's options have commas; scripts/vm.sh sets what is only used here
# Starts QEMU with the guest, or with a user's own image, and a drive; waits for its end. The array `vm` has the options
# of ./csd vm, `command` what to run, `guest` is the directory of the guest. Tested by tests/guest.

machine=()     # QEMU's arguments
run=           # a directory for sockets and output, gone at the end
qemu_process=  # the process that is QEMU, or watches over its time
terminal=      # what stty had to say before QEMU had the terminal

vm_failed() { die "$1" 125; }

# Runs something that ends when this shell does, however that happens.
tied() { exec setpriv --pdeathsig "$@"; } # SIGNAL COMMAND...

qemu_program() {
    local program=${CSD_QEMU:-$PWD/build/release/bin/qemu-system-x86_64}
    [ -x "$program" ] || vm_failed "there is no QEMU at $program; ./csd build qemu makes it"
    printf '%s\n' "$program"
}

# The firmware is Debian's; QEMU itself carries none.
firmware=(-L /usr/share/seabios -L /usr/share/qemu)

# /dev/kvm may exist and yet run no ordinary kernel. One short boot tells; the answer holds until this machine boots again.
kvm_works() { # QEMU
    local answer log
    if [ ! -w /dev/kvm ]; then return 1; fi
    answer=$CSD_CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
    if [ ! -e "$answer" ]; then
        say "trying whether /dev/kvm runs a kernel"
        log=$(timeout -k 5 15 "$1" "${firmware[@]}" -nodefaults -display none -no-reboot -machine q35 -accel kvm -cpu host -m 256 \
            -kernel "$guest/vmlinuz-6.1" -initrd "$guest/initramfs-6.1" -serial stdio \
            -append "console=ttyS0 panic=-1 csd.probe" </dev/null 2>&1) || true
        if [[ $log == *"csd: the processor runs"* ]]; then echo yes >"$answer"; else echo no >"$answer"; fi
    fi
    [ "$(cat "$answer")" = yes ]
}

choose_processor() { # QEMU
    if kvm_works "$1"; then
        machine+=(-accel kvm -cpu host)
    else
        say "KVM does not work here; the guest's processors are emulated (TCG)"
        machine+=(-accel tcg,thread=multi -cpu max)
        # Where the host has more to do than processors, an emulated processor may miss an interrupt of its timer. A
        # timer that repeats by itself forgives that; and the kernel need not insist on a prompt one at its start.
        # Nor may it measure the processor's counter against a timer to tell the time by it: that has gone wrong there, and a
        # guest's minute took seven seconds. The timer of the board is right whatever the load.
        kernel_line+=" no_timer_check nohz=off highres=off tsc=unstable"
    fi
    machine+=(-machine q35,memory-backend=memory -smp "${vm[cpus]}" -m "${vm[memory]}"
        -object "memory-backend-memfd,id=memory,size=${vm[memory]},share=on")
}

# QEMU splits its options at commas; a comma in a path is written twice.
quoted() { printf '%s' "${1//,/,,}"; }

add_drive() {
    local options=${vm[drive_options]:+,${vm[drive_options]}} block=${vm[block]}
    [ "$with_drive" = 1 ] || return 0
    [ -d "${vm[root]}" ] || say "made a new drive in ${vm[root]}"
    mkdir -p "${vm[root]}"
    machine+=(-device nvme,id=nvme0,serial=csd)
    if [ "${vm[dialect]}" = 2023 ] && [ -z "$block" ]; then
        block=$run/block
        truncate -s 256M "$block"
    fi
    if [ -n "$block" ]; then
        machine+=(-drive "if=none,id=block,format=raw,discard=unmap,file=$(quoted "$block")")
    fi
    if [ "${vm[dialect]}" = 2023 ]; then
        machine+=(-device "nvme-ns,bus=nvme0,nsid=1,drive=block,kv-root=$(quoted "${vm[root]}")$options")
    else
        machine+=(-device "nvme-kv-ns,bus=nvme0,nsid=1,root=$(quoted "${vm[root]}")$options")
        if [ -n "$block" ]; then machine+=(-device nvme-ns,bus=nvme0,nsid=2,drive=block); fi
    fi
}

# What SPDK in the guest needs to take a device from the kernel.
add_user_space() {
    if [ -n "${vm[huge_pages]}" ]; then kernel_line+=" default_hugepagesz=2M hugepages=${vm[huge_pages]}"; fi
    if [ "$iommu" = 1 ]; then
        machine+=(-machine kernel-irqchip=off -device intel-iommu,caching-mode=on,aw-bits=48)
        kernel_line+=" intel_iommu=on"
    fi
}

add_network() {
    local forwards='' forward
    for forward in ${vm[forward]}; do forwards+=",hostfwd=tcp:127.0.0.1:${forward%:*}-:${forward#*:}"; done
    machine+=(-netdev "user,id=net0$forwards" -device virtio-net-pci,netdev=net0,romfile=)
    if [ -n "${vm[link_listen]}" ]; then
        machine+=(-netdev "socket,id=net1,listen=127.0.0.1:${vm[link_listen]}"
            -device virtio-net-pci,netdev=net1,romfile=,mac=52:54:00:63:73:01)
        kernel_line+=" csd.link=10.99.0.1/24"
    elif [ -n "${vm[link_connect]}" ]; then
        machine+=(-netdev "socket,id=net1,connect=127.0.0.1:${vm[link_connect]}"
            -device virtio-net-pci,netdev=net1,romfile=,mac=52:54:00:63:73:02)
        kernel_line+=" csd.link=10.99.0.2/24"
    fi
}

# virtiofsd ends by itself when QEMU does.
add_share() {
    local tries=0
    (tied KILL /usr/lib/qemu/virtiofsd --socket-path="$run/share" -f -o "source=${vm[share]},sandbox=chroot,log_level=err" \
        </dev/null >"$run/virtiofsd.log" 2>&1) &
    until [ -S "$run/share" ]; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] && kill -0 $! 2>/dev/null || vm_failed "virtiofsd does not start: $(tail -n 1 "$run/virtiofsd.log")"
        sleep 0.05
    done
    machine+=(-chardev "socket,id=share,path=$run/share" -device vhost-user-fs-pci,chardev=share,tag=share)
    kernel_line+=" csd.share=1"
}

# The programs of this project travel as a small disk, made again when one of them is newer. They cannot be changed from
# within a guest.
guest_programs=(kvcli csd-query-worker libduckdb.so contract_test crash_test csd-storm csd-consistency csd-moving-windows
    ../lib/libcsd-spdk.so nvmf_tgt hello_kv hello_kv_bdev)
add_programs() {
    local bin=build/release/bin image=build/release/guest-programs.ext4 program there=()
    for program in "${guest_programs[@]}"; do
        if [ -e "$bin/$program" ]; then there+=("$bin/$program"); fi
    done
    [ ${#there[@]} -gt 0 ] || return 0
    if [ ! -e "$image" ] || [ -n "$(find -L "${there[@]}" -newer "$image" -print -quit)" ]; then
        local tree
        tree=$(mktemp -d "$run/programs.XXXXXX")
        cp -L "${there[@]}" "$tree/"
        quietly mke2fs -q -t ext4 -m 0 -O ^has_journal -d "$tree" "$tree.ext4" \
            "$(($(du -sm "$tree" | cut -f1) * 9 / 8 + 8))M" || vm_failed "mke2fs could not make the disk of programs"
        cp --sparse=always "$tree.ext4" "$image.$$"
        mv "$image.$$" "$image"
        rm -rf "$tree" "$tree.ext4"
    fi
    add_disk "$image" csd-programs read-only
}

add_disk() { # IMAGE SERIAL [read-only]
    local id=disk-$2
    machine+=(-drive "if=none,id=$id,format=raw,file=$(quoted "$1")${3:+,read-only=on}"
        -device "virtio-blk-pci,drive=$id,serial=$2")
}

# A file that joins the initramfs: the kernel unpacks one archive after the other.
add_guest() {
    add_disk "${vm[system]:-$guest/root.ext4}" csd-root read-only
    if [ "$bare" = 0 ] && [ -z "${vm[system]}" ]; then add_programs; fi
    cp "$guest/initramfs-${vm[kernel]}" "$run/initramfs"
    if [ ${#command[@]} -gt 0 ]; then
        mkdir "$run/run-command"
        printf '%s\0' "${command[@]}" >"$run/run-command/arguments"
        (cd "$run" && find run-command | cpio --quiet -o -H newc) >>"$run/initramfs"
        machine+=(-device virtio-serial-pci)
        local port
        for port in stdout stderr status; do
            machine+=(-chardev "file,id=$port,path=$run/$port" -device "virtserialport,chardev=$port,name=csd.$port")
            : >"$run/$port"
        done
    elif [ -t 6 ]; then
        kernel_line+=" $(stty size <&6 | sed 's/\(.*\) \(.*\)/csd.rows=\1 csd.columns=\2/')"
    fi
    machine+=(-kernel "$guest/vmlinuz-${vm[kernel]}" -initrd "$run/initramfs"
        -append "console=ttyS0 quiet panic=-1 $kernel_line")
}

# A user's image starts as it would on a machine of its own, from its boot loader.
add_own_image() {
    local format=raw
    if [ -n "${vm[iso]}" ]; then
        machine+=(-drive "if=none,id=iso,media=cdrom,format=raw,read-only=on,file=$(quoted "${vm[iso]}")" -device ide-cd,drive=iso,bootindex=0)
    fi
    if [ -n "${vm[disk]}" ]; then
        if [ "$(head -c 3 "${vm[disk]}")" = QFI ]; then format=qcow2; fi
        machine+=(-drive "if=none,id=disk,format=$format,file=$(quoted "${vm[disk]}")" -device virtio-blk-pci,drive=disk,bootindex=1)
    fi
}

at_end() {
    if [ -n "$qemu_process" ]; then kill "$qemu_process" 2>/dev/null || true; fi
    if [ -n "$terminal" ]; then stty "$terminal" <&6 2>/dev/null || true; fi
    if [ -n "$run" ]; then rm -rf "$run"; fi
}

compose() { # QEMU
    machine=("${firmware[@]}" -nodefaults -display none -no-reboot)
    kernel_line=
    choose_processor "$1"
    add_user_space
    add_drive
    add_network
    if [ -n "${vm[share]}" ]; then add_share; fi
    if [ -n "${vm[disk]}${vm[iso]}" ]; then add_own_image; else add_guest; fi
    # shellcheck disable=SC2206 # words, by intention
    machine+=(${vm[qemu]})
}

# Waits for the end and says how it was; the output of a command passes on meanwhile.
run_machine() { # QEMU
    local status=0 readers=() began=$SECONDS
    if [ ${#command[@]} -gt 0 ]; then
        machine+=(-serial "file:${vm[console]:-$run/console}")
        exec 7</dev/null
    else
        machine+=(-chardev "stdio,id=console,mux=on,signal=off${vm[console]:+,logfile=${vm[console]}}" -serial chardev:console -mon chardev=console)
        exec 7<&6
        if [ -t 6 ]; then terminal=$(stty -g <&6); fi
    fi
    (tied TERM timeout --foreground -k 10 "${vm[timeout]}" setpriv --pdeathsig KILL "$1" "${machine[@]}" \
        <&7 >&5 2>"$run/qemu.log") &
    qemu_process=$!
    if [ ${#command[@]} -gt 0 ]; then
        tail -q -c +1 -f -s 0.05 --pid=$qemu_process "$run/stdout" >&5 &
        readers+=($!)
        tail -q -c +1 -f -s 0.05 --pid=$qemu_process "$run/stderr" >&2 &
        readers+=($!)
    fi
    wait "$qemu_process" || status=$?
    qemu_process=
    if [ ${#readers[@]} -gt 0 ]; then wait "${readers[@]}" || true; fi
    cat "$run/qemu.log" >&2
    if [ $status = 124 ] || { [ $status = 137 ] && [ "${vm[timeout]}" != 0 ] && [ $((SECONDS - began)) -ge "${vm[timeout]}" ]; }; then
        die "the guest was stopped after ${vm[timeout]} seconds" 124
    fi
    if [ ${#command[@]} -eq 0 ]; then exit $status; fi
    if [ ! -s "$run/status" ]; then
        tail -n 20 "${vm[console]:-$run/console}" >&2
        vm_failed "the guest ended without running the command to its end; its console's last lines are above"
    fi
    exit "$(cat "$run/status")"
}
