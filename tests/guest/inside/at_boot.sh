#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs inside the Debian disk of the test `disk`: installs nvme-cli through the network and uses the drive with it.
set -eu
trap 'echo "at-boot: failed in line $LINENO"' ERR
export DEBIAN_FRONTEND=noninteractive

install() { apt-get install -yq --no-install-recommends nvme-cli; }
install || { apt-get update -q && install; }

nvme list
printf 'kept by the drive' >/tmp/value
nvme io-passthru /dev/ng0n1 --namespace-id=1 --opcode=0x01 --cdw2=0x42 --cdw10=17 --cdw11=1 --data-len=17 --write \
    --input-file=/tmp/value
echo "at-boot: done"
