# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The JavaScript SDK v3 from npm: js/client.mjs.
source tests/airmos/fixture.sh
start_node
cp tests/airmos/js/client.mjs "$work"
tar -xf "$CSD_JAVASCRIPT/node_modules.tar" -C "$work"
check "the JavaScript SDK finds S3" node "$work/client.mjs"
