#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The hook of scripts/hooks in a repository of its own, with this tree's scripts: it refuses what is staged without layout or
# licence, whatever the files in the tree are. Run by scripts_test.cc.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../.."
repository=$(mktemp -d)
trap 'rm -rf "$repository"' EXIT
cp -r scripts .clang-format "$repository"
cd "$repository"
git init -q
git config user.name name
git config user.email name@example.com
git config core.hooksPath scripts/hooks

refused() { # MESSAGE THE_HOOK_SAYS
    local said
    if said=$(git commit -qm message 2>&1); then echo "committed, in place of: $1" && return 1; fi
    grep -qF -- "$1" <<<"$said" || { echo "$said" && return 1; }
}

licence='// SPDX-License-Identifier: BSD-3-Clause'
git add . && git commit -qm 'without a source of C'
printf '%s\nint  x ;\n' "$licence" >a.cc
git add a.cc
printf '%s\nint x;\n' "$licence" >a.cc # in layout here, not as it is staged
refused './csd format puts them right'
git add a.cc && git commit -qm 'in layout'
printf 'int y;\n' >b.cc
git add b.cc
refused 'b.cc: no SPDX-License-Identifier'
git rm -qf a.cc b.cc && git commit -qm removed
echo good
