# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Builds the guest from Debian packages: one root file system, and for each kernel its image and an initramfs. Packages
# are unpacked, never installed: nothing of theirs runs here, so neither a chroot nor mounts are needed. Tested by
# tests/guest, which boots both kernels.

declare -A guest_kernels=([6.1]=linux-image-cloud-amd64 [6.12]=linux-image-cloud-amd64/bookworm-backports)

# The second line is what the programs of this project are linked with.
guest_packages=(base-files bash busybox-static coreutils dash diffutils dmsetup e2fsprogs findutils fio grep gzip iproute2 iputils-ping
    kmod mount netbase nvme-cli procps sed tar util-linux
    libfmt9 libseccomp2 libstdc++6 liburing2 libxxhash0 libbz2-1.0 libzstd1 zlib1g)

# What an initramfs needs before it sees the root disk. ext4 and NVMe are built into both kernels.
guest_boot_modules=(virtio_pci virtio_blk overlay)

# Modules of buses and protocols that an emulated machine has not; without them the root is half as large.
guest_unused_modules=(drivers/infiniband drivers/net/ethernet drivers/net/wireless drivers/hv drivers/scsi drivers/target
    arch/x86/kvm
    drivers/gpu drivers/usb drivers/hid drivers/xen drivers/comedi drivers/block/drbd drivers/md/bcache fs/btrfs fs/ceph fs/nfs fs/nfsd fs/smb fs/cifs fs/ocfs2 fs/gfs2 fs/f2fs
    fs/xfs fs/jfs fs/bcachefs fs/ubifs fs/reiserfs fs/afs fs/orangefs fs/ksmbd net/netfilter net/ceph net/sctp net/tipc
    net/rds net/ipv4/netfilter net/ipv6/netfilter net/bridge net/openvswitch net/sched net/dccp net/sunrpc net/mptcp)

guest_dir() {
    local key
    key=$(find guest/image.sh guest/initramfs guest/root -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-12)
    printf '%s/guest-%s' "$CSD_CACHE" "$key"
}

# Where this machine gets Debian from, so that a local mirror serves the guest as well.
debian_mirror() { # SUITE DEFAULT
    local uri
    uri=$(apt-get indextargets --format '$(REPO_URI)' "Codename: $1" 2>/dev/null | head -n 1)
    printf '%s\n' "${uri:-$2}"
}

# One kernel package by itself: two of one name cannot be asked for at once.
unpack_packages() { # DIRECTORY PACKAGE...
    local into=$1 debian security
    shift
    debian=$(debian_mirror bookworm http://deb.debian.org/debian)
    security=$(debian_mirror bookworm-security http://deb.debian.org/debian-security)
    # dash, which apt starts with a descriptor of mmdebstrap's, knows only those below 10; so none is wasted.
    (exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
    quietly mmdebstrap --mode=root --variant=extract --format=directory --skip=check/empty \
        --aptopt='APT::Install-Recommends "false"' --include="$(IFS=,; echo "$*")" bookworm "$into" \
        "deb $debian bookworm main" "deb $debian bookworm-updates main" "deb $debian bookworm-backports main" \
        "deb $security bookworm-security main") || die "mmdebstrap could not unpack the guest's packages"
}

# What the packages' own scripts would have done, as far as a guest without services needs it.
settle_root() { # ROOT
    local root=$1
    rm -rf "$root"/usr/share/{doc,man,locale,i18n,info,lintian,bug,perl*,python3} "$root"/var/{lib/apt,cache/apt,lib/dpkg} \
        "$root"/usr/lib/python3* "$root"/usr/lib/x86_64-linux-gnu/{perl*,gconv} "$root"/usr/bin/{perl,python3}*
    mkdir -p "$root"/{dev,proc,sys,run,tmp,mnt,share,root,programs}
    printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
    echo csd >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 csd\n' >"$root/etc/hosts"
    ln -sf /run/resolv.conf "$root/etc/resolv.conf"
    ln -sf /proc/self/mounts "$root/etc/mtab"
    local applet
    for applet in awk diff hexdump httpd nc ping udhcpc vi wget xxd; do
        if [ -z "$(find "$root"/{usr/,}{s,}bin -name "$applet" 2>/dev/null)" ]; then ln -s busybox "$root/bin/$applet"; fi
    done
    ln -sf dash "$root/bin/sh"
    cp -r guest/root/. "$root/"
    chmod 755 "$root"/sbin/csd-*
    ldconfig -r "$root"
}

# Takes the kernel's modules into ROOT, its image and an initramfs into INTO.
add_kernel() { # NAME UNPACKED ROOT INTO
    local name=$1 unpacked=$2 root=$3 into=$4 version unused
    version=$(basename "$unpacked"/lib/modules/*)
    local modules=$unpacked/lib/modules/$version
    for unused in "${guest_unused_modules[@]}"; do rm -rf "$modules/kernel/$unused"; done
    # Compressed modules cost an emulated processor more than the space does.
    find "$modules" -name '*.ko.xz' -exec xz -d {} +
    depmod -b "$unpacked" "$version"
    mkdir -p "$root/lib/modules"
    cp -r "$modules" "$root/lib/modules/"
    cp "$unpacked/boot/vmlinuz-$version" "$into/vmlinuz-$name"

    local tree=$unpacked/initramfs
    mkdir -p "$tree"/{bin,dev,proc,sys,lower,upper,root,modules}
    cp "$root/bin/busybox" "$tree/bin/"
    cp guest/initramfs/init "$tree/init"
    chmod 755 "$tree/init"
    local module number=100
    modprobe -a -d "$unpacked" -S "$version" --show-depends "${guest_boot_modules[@]}" |
        sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' >"$unpacked/order"
    while read -r module; do
        number=$((number + 1))
        cp "$module" "$tree/modules/$number-${module##*/}"
    done <"$unpacked/order"
    # Not compressed either, for the same reason. newc is the format that the kernel reads.
    (cd "$tree" && find . | sort | cpio --quiet -o -H newc -R 0:0) >"$into/initramfs-$name"
}

fill_guest() { # DIRECTORY
    local into=$1 work name
    work=$into/work
    mkdir "$work"
    say "building the guest from Debian packages"
    unpack_packages "$work/root" "${guest_packages[@]}"
    settle_root "$work/root"
    for name in "${!guest_kernels[@]}"; do
        unpack_packages "$work/kernel-$name" "${guest_kernels[$name]}"
        add_kernel "$name" "$work/kernel-$name" "$work/root" "$into"
    done
    local megabytes
    megabytes=$(($(du -sm --apparent-size "$work/root" | cut -f1) * 9 / 8 + 16))
    quietly mke2fs -q -t ext4 -L csd-root -m 0 -O ^has_journal -E root_owner=0:0 -d "$work/root" \
        "$into/root.ext4" "${megabytes}M" || die "mke2fs could not make the guest's root"
    rm -rf "$work"
}
