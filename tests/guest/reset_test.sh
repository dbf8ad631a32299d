# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# A reset of the controller in the middle of a store and of a select.
source tests/guest/fixture.sh

guest -- bash reset.sh csd
