# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Fetches what qemu/PIN names, by a configuration of apt that leaves the machine's own alone, and keeps it unpacked in the
# cache: the source with Debian's patches applied, and the tools of its build. Read by qemu/build after scripts/lib.sh.

source qemu/PIN
source scripts/debian.sh

source_dir() { printf '%s/qemu-source-%s' "$CSD_CACHE" "$(key_of "$qemu_sums")"; }
tools_dir() { printf '%s/qemu-tools-%s' "$CSD_CACHE" "$(key_of "$tools_sums")"; }

# In DIRECTORY; all of it or nothing.
fetched() { # DIRECTORY SUMS APT-GET ARGUMENT...
    (cd "$1" && shift 2 && quietly apt-get "${apt[@]}" "$@") || return 1
    (cd "$1" && sha256sum --check --quiet --strict <<<"${2#?}") || die "that is not what qemu/PIN names; nothing was kept"
}

fill_source() { # DIRECTORY
    local apt work=$1.work patch
    mkdir "$work"
    say "fetching the source of QEMU $qemu_version"
    private_apt "$work" "deb-src [$signed_by] $debian trixie main" "deb-src [$signed_by] $debian-security trixie-security main"
    fetched "$work" "$qemu_sums" source --download-only "qemu=$qemu_version" ||
        die "Debian trixie has no qemu $qemu_version now, but: $(apt-cache "${apt[@]}" showsrc qemu | sed -n 's/^Version: //p' | paste -sd' ')"
    tar -xJf "$work/$qemu_orig" -C "$1" --strip-components=1 --no-same-owner
    tar -xJf "$work/$qemu_debian" -C "$1" --no-same-owner
    sed 's/ *#.*//; /^ *$/d' "$1/debian/patches/series" | while read -r patch; do
        quietly patch -d "$1" -p1 --fuzz=0 --batch --no-backup-if-mismatch -i "debian/patches/$patch" || die "Debian's $patch does not apply"
    done
    rm -r "$work" "$1/debian"
}

fill_tools() { # DIRECTORY
    local apt work=$1.work package
    mkdir "$work"
    say "fetching meson $meson_version and python3-pycotap $pycotap_version"
    private_apt "$work" "deb [$signed_by] $debian bookworm-backports main"
    fetched "$work" "$tools_sums" download "meson=$meson_version" "python3-pycotap=$pycotap_version" ||
        die "bookworm-backports has no meson $meson_version or python3-pycotap $pycotap_version any more"
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$1"; done
    rm -r "$work"
}
