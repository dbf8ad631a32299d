# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The JavaScript SDK v3 from npm: js/client.mjs as its users call it, js/commands.mjs with everything that it can ask for.
source tests/airmos/fixture.sh
start_node
cp tests/airmos/js/client.mjs tests/airmos/js/commands.mjs "$work"
tar -xf "$CSD_JAVASCRIPT/node_modules.tar" -C "$work"
check "the JavaScript SDK finds S3" node "$work/client.mjs"
check "every command of it is as docs/s3.md says" node "$work/commands.mjs" docs/s3.md
