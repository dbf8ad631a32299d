# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Runs a test of another language with a node of its own: with_node.sh COMMAND...
source tests/airmos/fixture.sh
start_node
"$@"
