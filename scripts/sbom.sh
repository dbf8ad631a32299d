# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash disable=SC2154 # the pins are in fetch.sh and the PIN files
# Prints the bill of materials of the packages, in SPDX 2.3: what is inside the programs beside csd itself. Libraries that
# Debian's packages bring when they are installed are in the Depends fields instead. Read by scripts/package.sh.

# What is compiled into the programs from Debian's packages: headers and static libraries.
sbom_debian=(libcli11-dev nlohmann-json3-dev libboost1.81-dev libpugixml-dev liburing-dev)

sbom_item() { # NAME VERSION LICENCE PURL [SHA256]
    printf ',\n    {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "licenseConcluded": "%s",\n' \
        "${1//[^A-Za-z0-9]/-}" "$1" "$2" "$3"
    printf '     "licenseDeclared": "%s", "copyrightText": "NOASSERTION", "downloadLocation": "NOASSERTION"' "$3"
    [ -z "${5:-}" ] || printf ',\n     "checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}]' "$5"
    printf ',\n     "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "%s"}]}' "$4"
    sbom_names+=("${1//[^A-Za-z0-9]/-}")
}

sbom() ( # VERSION SECONDS
    source qemu/PIN
    source spdk/PIN
    sbom_names=()
    cat <<JSON
{
  "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
  "name": "csd-$1", "documentNamespace": "https://spdx.org/spdxdocs/csd-$1-$2",
  "creationInfo": {"created": "$(date -u -d "@$2" +%FT%TZ)", "creators": ["Tool: csd-package-$1"]},
  "packages": [
    {"SPDXID": "SPDXRef-csd", "name": "csd", "versionInfo": "$1", "licenseConcluded": "BSD-3-Clause",
     "licenseDeclared": "BSD-3-Clause", "copyrightText": "2026 the csd authors", "downloadLocation": "NOASSERTION"}
JSON
    local duckdb=${duckdb_bindings##*@} package version
    sbom_item libduckdb "$duckdb" MIT "pkg:npm/%40duckdb/node-bindings-linux-x64@$duckdb" "$duckdb_library_sha"
    sbom_item qemu "$qemu_version" GPL-2.0-only "pkg:deb/debian/qemu@$qemu_version?arch=source" \
        "$(awk -v file="$qemu_orig" '$2 == file { print $1 }' <<<"$qemu_sums")"
    version=${spdk_orig#*_}
    sbom_item spdk "${version%.orig.*}" BSD-3-Clause "pkg:deb/debian/$spdk_package@${version%.orig.*}?arch=source#$spdk_inside" "$spdk_orig_sha"
    for package in "${sbom_debian[@]}"; do
        version=$(dpkg-query -W -f '${Version}' "$package") || exit
        sbom_item "$package" "$version" NOASSERTION "pkg:deb/debian/$package@$version"
    done
    printf '\n  ],\n  "relationships": [\n    {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-csd"}'
    for package in "${sbom_names[@]}"; do
        printf ',\n    {"spdxElementId": "SPDXRef-csd", "relationshipType": "CONTAINS", "relatedSpdxElement": "SPDXRef-%s"}' "$package"
    done
    printf '\n  ]\n}\n'
)
