# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd package: Debian packages of what ./csd build makes. The release build is installed into a tree of its own, and
# debhelper makes packages of that by dist/debian; nothing is compiled twice. Tested by tests/package.

names=$(sed -n 's/^Package: //p' dist/debian/control)
package_usage() {
    cat <<TEXT
usage: ./csd package [NAME...]        all of them if none is named: $(paste -sd' ' <<<"$names")

Writes build/packages/NAME_VERSION_ARCHITECTURE.deb. qemu-csd and csd-spdk build QEMU and SPDK, unless the cache has them.
TEXT
}

chosen=()
for name in "$@"; do
    case $name in
        -h | --help) package_usage && exit 0 ;;
        -*) die "package: there is no option '$name'; ./csd package --help" 2 ;;
    esac
    grep -qxF -- "$name" <<<"$names" || die "there is no package '$name'; there are: $(paste -sd' ' <<<"$names")" 2
    chosen+=("$name")
done
# shellcheck disable=SC2206 # names are words
[ ${#chosen[@]} -gt 0 ] || chosen=($names)
wanted() { [[ " ${chosen[*]} " == *" $1 "* ]]; } # NAME

# An archive without git has the date of its files.
version=$(scripts/version.sh)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$({ [ -e .git ] && git log -1 --format=%ct; } 2>/dev/null || stat -c %Y VERSION)}
export SOURCE_DATE_EPOCH
tree=$PWD/build/package tmp=$PWD/build/package/installed

# The loader finds libcsd without being told, and the manual is for a program that may not be there.
add_qemu() {
    local name=qemu-system-x86_64-csd
    echo "file(RPATH_REMOVE FILE $tmp/usr/bin/$name)" >"$tree/rpath.cmake"
    quietly cmake -P "$tree/rpath.cmake"
    sed "s/@CSD_VERSION@/$version/" docs/man/$name.1 >"$tmp/usr/share/man/man1/$name.1"
}

changelog() {
    printf 'csd (%s) bookworm; urgency=medium\n\n  * /usr/share/doc/csd/CHANGELOG.md.gz tells what changed.\n\n -- %s  %s\n' \
        "$version" "$(sed -n 's/^Maintainer: //p' "$tree/debian/control")" "$(date -u -R -d "@$SOURCE_DATE_EPOCH")"
}

need build package
targets=(programs)
if wanted python3-csd; then need python && targets+=(python); fi
build_preset release "${targets[@]}"
rm -rf "$tree"
mkdir -p "$tree/debian" build/packages
cp -r dist/debian/. "$tree/debian/"
sed -i '/^#/d' "$tree/debian/control"
if [ -n "${DEBFULLNAME:-}${DEBEMAIL:-}" ]; then
    sed -i "s/^Maintainer: .*/Maintainer: ${DEBFULLNAME:-$DEBEMAIL} <${DEBEMAIL:?DEBFULLNAME without DEBEMAIL}>/" "$tree/debian/control"
fi
changelog >"$tree/debian/changelog"

without=()
if wanted qemu-csd; then qemu/build; else without+=(-Nqemu-csd); fi
if wanted csd-spdk; then spdk/build; else without+=(-Ncsd-spdk); fi
DESTDIR=$tmp quietly cmake --install build/release --prefix /usr
if wanted python3-csd; then DESTDIR=$tmp quietly cmake --install build/release --prefix /usr --component python; else without+=(-Npython3-csd); fi
mv "$tmp/usr/lib/systemd/system/airmos.service" "$tree/debian/" # where dh_installsystemd takes it from
if wanted qemu-csd; then add_qemu; fi

say "making packages of version $version"
(cd "$tree" && quietly debian/rules binary "DH_OPTIONS=${without[*]}") || die "debhelper failed"
for name in "${chosen[@]}"; do
    rm -f build/packages/"$name"_*.deb
    mv build/"$name"_*.deb build/packages/
done
rm -f build/*.deb
say "the packages are in build/packages; to install them: apt-get install ./build/packages/*.deb"
