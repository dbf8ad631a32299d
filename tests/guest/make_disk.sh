# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A Debian disk such as a user might bring: made with mmdebstrap, started by syslinux, and with a service that runs the
# file `at-boot` once and switches off. Neither loop devices nor mounts of it are needed. Used by the test `disk`.

# shellcheck disable=SC2034 # the test uses it
disk_packages=(mmdebstrap=mmdebstrap syslinux=syslinux syslinux-common mtools=mcopy dosfstools=mkfs.vfat fdisk=sfdisk
    e2fsprogs=mke2fs isolinux xorriso=xorriso qemu-utils=qemu-img)
boot_megabytes=96

disk_image_dir() {
    printf '%s/guest-disk-%s' "$CSD_CACHE" "$(cat tests/guest/make_disk.sh tests/guest/inside/at_boot.sh | sha256sum | cut -c1-12)"
}

# The package lists stay in the image, and what apt makes of them: both cost an emulated processor half a minute.
debian_root() { # DIRECTORY
    local debian
    debian=$(debian_mirror bookworm http://deb.debian.org/debian)
    (exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
    quietly mmdebstrap --mode=root --variant=minbase --format=directory --skip=cleanup/apt \
        --include=linux-image-cloud-amd64,systemd-sysv,zstd --aptopt='APT::Install-Recommends "false"' \
        --customize-hook='rm -rf "$1"/usr/share/{doc,man,locale}' \
        --customize-hook='chroot "$1" apt-cache gencaches && rm -f "$1"/var/cache/apt/archives/*.deb' \
        --customize-hook='upload tests/guest/inside/at_boot.sh /usr/local/sbin/at-boot' \
        --customize-hook='chmod 755 "$1"/usr/local/sbin/at-boot' \
        bookworm "$1" "deb $debian bookworm main") || die "mmdebstrap could not make a Debian system"
    echo 'LABEL=debian / ext4 rw 0 1' >"$1/etc/fstab"
    echo 'nameserver 10.0.2.3' >"$1/etc/resolv.conf"
    printf '[Match]\nName=e*\n[Network]\nDHCP=yes\n' >"$1/etc/systemd/network/wired.network"
    cat >"$1/etc/systemd/system/at-boot.service" <<'UNIT'
[Unit]
Wants=network-online.target
After=network-online.target
[Service]
Type=oneshot
ExecStart=/usr/local/sbin/at-boot
StandardOutput=file:/dev/ttyS0
StandardError=file:/dev/ttyS0
ExecStopPost=/usr/bin/systemctl poweroff --force
[Install]
WantedBy=multi-user.target
UNIT
    local unit
    for unit in systemd-networkd systemd-networkd-wait-online at-boot; do
        quietly systemctl --root="$1" enable "$unit" || quietly chroot "$1" systemctl enable "$unit" ||
            die "the service $unit cannot be enabled"
    done
    # A login on the console would take it away from what the service says.
    ln -s /dev/null "$1/etc/systemd/system/serial-getty@ttyS0.service"
    ln -s /dev/null "$1/etc/systemd/system/getty.target"
}

fill_disk() { # DIRECTORY
    local into=$1 root=$1/root image=$1/disk.raw megabytes
    debian_root "$root"
    megabytes=$(($(du -sm --apparent-size "$root" | cut -f1) * 5 / 4 + 400))
    truncate -s "$((1 + boot_megabytes + megabytes))M" "$image"
    printf '%s\n' "start=1MiB,size=${boot_megabytes}MiB,type=c,bootable" "type=83" | quietly sfdisk "$image"

    truncate -s "${boot_megabytes}M" "$into/boot"
    quietly mkfs.vfat "$into/boot"
    cat >"$into/syslinux.cfg" <<'MENU'
serial 0 115200
default debian
label debian
    kernel vmlinuz
    append initrd=initrd.img root=LABEL=debian console=ttyS0 quiet no_timer_check nohz=off highres=off
MENU
    mcopy -i "$into/boot" "$into/syslinux.cfg" ::
    mcopy -i "$into/boot" "$root"/boot/vmlinuz-* ::vmlinuz
    mcopy -i "$into/boot" "$root"/boot/initrd.img-* ::initrd.img
    syslinux --install "$into/boot"
    dd if="$into/boot" of="$image" bs=1M seek=1 conv=notrunc,sparse status=none
    dd if=/usr/lib/syslinux/mbr/mbr.bin of="$image" conv=notrunc status=none
    quietly mke2fs -q -t ext4 -L debian -d "$root" -E offset=$(((1 + boot_megabytes) * 1048576)) "$image" "$((megabytes - 1))M"
    rm -rf "$root" "${into:?}/boot" "$into/syslinux.cfg"
}

# A CD with isolinux, and the kernel of the guest in the mode in which it only says that it runs.
make_iso() { # DIRECTORY IMAGE
    local from
    from=$(guest_dir)
    mkdir "$1"
    cp /usr/lib/ISOLINUX/isolinux.bin /usr/lib/syslinux/modules/bios/ldlinux.c32 "$1/"
    cp "$from/vmlinuz-6.1" "$1/vmlinuz"
    cp "$from/initramfs-6.1" "$1/initrd"
    printf 'serial 0 115200\ndefault linux\nlabel linux\nkernel vmlinuz\nappend initrd=initrd console=ttyS0 no_timer_check csd.probe\n' \
        >"$1/isolinux.cfg"
    quietly xorriso -as mkisofs -o "$2" -b isolinux.bin -c boot.cat -no-emul-boot -boot-load-size 4 -boot-info-table "$1"
}
