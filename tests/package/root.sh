# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # `debs` is of tests/package/run
# A fresh Debian 12 with an init, a compiler, curl and what the packages depend on, but without them: a tar in the cache,
# under a key of what it is made of. Used by tests/package/run.

root_packages=(systemd-sysv gcc g++ libc6-dev pkg-config curl)

# What the packages want of Debian: their own names and the versions of each other are left out.
dependencies() { # PACKAGE.deb...
    local deb names
    names=$(for deb in "$@"; do dpkg-deb -f "$deb" Package; done | paste -sd'|')
    for deb in "$@"; do dpkg-deb -f "$deb" Depends Pre-Depends; done | sed 's/^[A-Za-z-]*: //' | tr ',' '\n' |
        sed 's/^ *//' | grep -vE "^($names)( |\$)" | sort -u
}

root_dir() { printf '%s/package-root-%s' "$CSD_CACHE" "$(key_of "$(cat tests/package/root.sh)" "$(dependencies "${debs[@]}")")"; }

# apt resolves the dependencies here, from nothing; then the packages go, and what they needed stays.
fill_root() { # DIRECTORY
    local debian security
    debian=$(debian_mirror bookworm http://deb.debian.org/debian)
    security=$(debian_mirror bookworm-security http://deb.debian.org/debian-security)
    mkdir "$1.debs"
    cp "${debs[@]}" "$1.debs/"
    # shellcheck disable=SC2016 # mmdebstrap's shell expands it
    (exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
    quietly mmdebstrap --mode=root --variant=minbase --format=tar --include="$(IFS=,; echo "${root_packages[*]}")" \
        --aptopt='APT::Install-Recommends "false"' --dpkgopt=force-unsafe-io \
        --customize-hook="mkdir \"\$1/packages\" && cp '$1.debs'/*.deb \"\$1/packages/\"" \
        --customize-hook='chroot "$1" sh -c "apt-get install -yq /packages/*.deb"' \
        --customize-hook='chroot "$1" sh -c "dpkg --purge \$(for f in /packages/*.deb; do dpkg-deb -f \$f Package; done)"' \
        --customize-hook='rm -r "$1/packages"' \
        bookworm "$1/root.tar" "deb $debian bookworm main" "deb $debian bookworm-updates main" \
        "deb $security bookworm-security main") || { rm -r "$1.debs" && die "mmdebstrap could not make a Debian system"; }
    rm -r "$1.debs"
}
