#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Prints the version of this tree: X.Y.Z at the tag vX.Y.Z, X.Y.Z+gitN.COMMIT at the Nth commit after it, and what the file
# VERSION says if there is no tag or no git, as in an unpacked archive. Everything that has a version asks this script.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")/.."

# A directory above may be another repository; its tags are not this tree's.
if [ -e .git ] && described=$(git describe --tags --long --abbrev=8 --match 'v[0-9]*.[0-9]*.[0-9]*' 2>/dev/null); then
    sed -E 's/^v//; s/-0-g[0-9a-f]+$//; s/-([0-9]+)-g([0-9a-f]+)$/+git\1.\2/' <<<"$described"
else
    cat VERSION
fi
