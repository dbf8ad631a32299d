# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# csd docs: the pages and the reference of the public headers as a site, in build/docs/site. A link that leads nowhere, a
# warning of Doxygen or mkdocs, and a function of csd/device.h without a description are failures.
takes_no_arguments docs "$@"
need docs

rm -rf build/docs
mkdir -p build/docs/pages
doxygen scripts/site/Doxyfile || die "the reference has mistakes; the header is named above"
scripts/site/described.py build/docs/reference/xml build/docs/reference/html || die "the reference lacks descriptions"

mapfile -t pages < <(sources '\.md$' | grep -v '^\.github/')
scripts/site/pages.py build/docs/pages "${pages[@]}" || die "a page has a dead link"
mv build/docs/reference/html build/docs/pages/api
if ! mkdocs build --strict --config-file scripts/site/mkdocs.yml >build/docs/mkdocs.log 2>&1; then
    grep -vE '^INFO|^  - ' build/docs/mkdocs.log >&2
    die "mkdocs could not make the site"
fi
rm build/docs/site/404.html # its links are right only at the root of a server
scripts/site/links.py build/docs/site || die "the site has dead links"
say "the site is in build/docs/site; begin with index.html"
