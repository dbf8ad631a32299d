#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Holds QEMU's controller to docs/command-set.md: every admin opcode and every CNS, log page and feature, for each kind of NSID,
completes with the status that the page's tables print, and the fields of the Identify pages are what the page says.

It speaks QEMU's qtest protocol to a controller without a guest, so that a change of the page needs no build of QEMU.
usage: admin_page.py [--print]; QTEST_QEMU_BINARY names the program. --print shows what the drive says instead of comparing.
"""
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGE_BYTES = 4096
BAR = 0xE0000000
SQ, CQ, DATA, ENTRIES = 0x100000, 0x110000, 0x120000, 64
ABSENT = 7  # an NSID without a namespace
NSIDS = (0, 1, 0xFFFFFFFF, ABSENT)
GET_LOG, IDENTIFY, SET_FEATURES, GET_FEATURES, ASYNC_EVENT, FORMAT = 0x02, 0x06, 0x09, 0x0A, 0x0C, 0x80
CSIS = (0x00, 0x01, 0x02, 0xFF)


class Controller:
    """The admin queue of an NVMe controller in a QEMU that runs no guest."""

    def __init__(self, scratch, namespace):
        path = os.path.join(scratch, "qtest")
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen(1)
        listener.settimeout(60)
        self.process = subprocess.Popen(
            [os.environ["QTEST_QEMU_BINARY"], "-machine", "q35", "-accel", "qtest", "-m", "64", "-nodefaults",
             "-display", "none", "-qtest", f"unix:{path}", "-qtest-log", "none",
             "-device", "nvme,id=nvme0,serial=csd,addr=4.0", "-device", f"nvme-kv-ns,bus=nvme0,nsid=1,{namespace}"],
            stdin=subprocess.DEVNULL)
        self.stream = listener.accept()[0].makefile("rw", buffering=1)
        listener.close()
        self.tail = self.head = 0
        self.phase = 1
        self.identifier = 0
        self.config(0x10, BAR)
        self.config(0x04, 6)  # memory space, bus master
        self.say(f"memset {CQ} {16 * ENTRIES} 0")
        self.register(0x14, 0)
        self.register(0x24, (ENTRIES - 1) << 16 | (ENTRIES - 1))
        self.register(0x28, SQ)
        self.register(0x2C, 0)
        self.register(0x30, CQ)
        self.register(0x34, 0)
        self.register(0x14, 4 << 20 | 6 << 16 | 6 << 4 | 1)  # entries of 16 and 64 bytes, all command sets
        while not int(self.say(f"readl {BAR + 0x1C}").split()[1], 16) & 1:
            time.sleep(0.01)

    def say(self, line):
        self.stream.write(line + "\n")
        answer = self.stream.readline()
        while answer.startswith("IRQ"):
            answer = self.stream.readline()
        assert answer.startswith("OK"), f"{line}: {answer!r}"
        return answer

    def config(self, offset, value):
        self.say(f"outl 0xcf8 {0x80000000 | 4 << 11 | offset}")
        self.say(f"outl 0xcfc {value}")

    def register(self, offset, value):
        self.say(f"writel {BAR + offset} {value}")

    def memory(self, address, size):
        return bytes.fromhex(self.say(f"read {address} {size}").split()[1][2:])

    def send(self, opcode, nsid, cdw10=0, cdw11=0, cdw14=0):
        """The status and DW0 of a command with a buffer of a page."""
        self.identifier = (self.identifier + 1) & 0x7FFF
        entry = bytearray(64)
        for offset, value in ((0, self.identifier << 16 | opcode), (4, nsid), (24, DATA), (40, cdw10), (44, cdw11), (56, cdw14)):
            entry[offset:offset + 4] = value.to_bytes(4, "little")
        self.say(f"write {SQ + 64 * self.tail} 64 0x{entry.hex()}")
        self.tail = (self.tail + 1) % ENTRIES
        self.register(0x1000, self.tail)
        deadline = time.monotonic() + 120
        while True:
            done = self.memory(CQ + 16 * self.head, 16)
            if done[14] & 1 == self.phase:
                break
            assert time.monotonic() < deadline, f"opcode {opcode:02X}h never completes"
        assert int.from_bytes(done[12:14], "little") == self.identifier
        self.head = (self.head + 1) % ENTRIES
        if self.head == 0:
            self.phase ^= 1
        self.register(0x1004, self.head)
        return int.from_bytes(done[14:16], "little") >> 1, int.from_bytes(done[0:4], "little")

    def page(self):
        return self.memory(DATA, PAGE_BYTES)

    def end(self):
        self.process.terminate()
        self.process.wait(60)


def statuses(controller, opcode, select, csi):
    """What a command of the tables completes with, by NSID. A log page is read whole: 4096 bytes."""
    cdw10 = select | ((PAGE_BYTES // 4 - 1) << 16 if opcode == GET_LOG else 0)
    cdw11 = csi << 24 if opcode == IDENTIFY else 0
    return tuple(controller.send(opcode, nsid, cdw10, cdw11, csi << 24 if opcode == GET_LOG else 0)[0] for nsid in NSIDS)


def commands():
    """Every opcode; of those that have a selection, every one, and of Identify four command sets. What removes values is last."""
    listed = (GET_LOG, IDENTIFY, SET_FEATURES, GET_FEATURES, FORMAT)
    for opcode in [number for number in range(256) if number != FORMAT] + [FORMAT]:
        if opcode == ASYNC_EVENT:
            continue  # completes when something happens
        for select in range(256) if opcode in listed else (0,):
            for csi in CSIS if opcode in (GET_LOG, IDENTIFY) else (0,):
                yield opcode, select, csi


def rows_of(text):
    """(opcode, selection, CSI; None is `others` or `–`) and the four statuses, of each row."""
    field = r"\| (\w\wh|others|–) "
    status = r"\| ([0-9A-F]{4})h "
    rows = []
    for row in re.finditer("^" + field * 3 + r"\| [^|]* " + status * 4 + r"\|$", text, re.M):
        fields = [None if one in ("others", "–") else int(one[:2], 16) for one in row.groups()[:3]]
        rows.append((fields, tuple(int(one, 16) for one in row.groups()[3:])))
    return rows


def says(row):
    """How much a row says of a command: the opcode counts before the selection, and that before the CSI."""
    return sum(weight for field, weight in zip(row[0], (4, 2, 1)) if field is not None)


def find(rows, command):
    """The row that says most about the command, as emulated_admin_page_test.cc finds it."""
    fitting = [index for index, (fields, _) in enumerate(rows)
               if all(field is None or field == value for field, value in zip(fields, command))]
    return max(fitting, key=lambda index: says(rows[index]), default=None)


def named(command):
    return "opcode %02Xh, CDW10 %02Xh, CSI %02Xh" % command


def data_block(page, name):
    """The bytes of a fenced block, by offset."""
    text = re.search(r"^```data " + name + r"\n(.*?)^```", page, re.M | re.S).group(1)
    found = {}
    for line in text.splitlines():
        offset, numbers = line.split(":")
        for index, number in enumerate(numbers.split()):
            found[int(offset, 16) + index] = int(number, 16)
    return found


class Failures(list):
    def expect(self, expected, got, what):
        if expected != got:
            self.append(f"{what}: the page says {expected}, the drive {got}")


def compare_statuses(controller, page, failed):
    section = page[page.index("### Admin commands"):page.index("### Identify Namespace (CNS 05h")]
    common, own = section.split("#### In QEMU")
    own, rows = rows_of(own), rows_of(common)
    assert len(own) > 5 and len(rows) > 25, "the page has no tables"
    used = set()
    for command in commands():
        row, common_row = find(own, command), find(rows, command)
        if row is not None and says(own[row]) >= says(rows[common_row]):
            used.add(row)
            expected = own[row][1]
        else:
            expected = rows[common_row][1]
        got = statuses(controller, *command)
        failed.expect(" ".join("%04Xh" % one for one in expected), " ".join("%04Xh" % one for one in got), named(command))
    for index in set(range(len(own))) - used:
        failed.append(f"no command is what this row of QEMU's says: {own[index]}")


def compare_fields(controller, page, shared, failed):
    """NMIC and ENDGID where the page has them, and the pages that do not depend on the namespace."""
    nmic = "| 26 | NMIC | bit 0: other controllers can have the namespace, too. QEMU sets it for `shared=on`; else 0 |"
    endgid = "| 47:46 | ENDGID | 1 in QEMU, whose subsystem has one endurance group; else 0 |"
    assert nmic in page and endgid in page, "the page says something else of NMIC or ENDGID: follow it here"
    independent = re.search(r"NMIC \(byte (\d+)\) and ENDGID \(bytes \d+:(\d+)\)\nare as in CNS 05h", page)
    compatible = re.search(r"NMIC \(byte (\d+)\) and ENDGID \(bytes \d+:(\d+)\) are as in CNS 05h", page)
    for cns, csi, places in ((0x05, 1, (26, 46)), (0x1B, 1, (26, 46)), (0x08, 0, independent.groups()),
                             (0x00, 0, compatible.groups())):
        failed.expect(0, controller.send(IDENTIFY, 1, cns, csi << 24)[0], f"the status of CNS {cns:02X}h")
        bytes_ = controller.page()
        at_nmic, at_endgid = (int(one) for one in places)
        failed.expect(int(shared), bytes_[at_nmic], f"NMIC of CNS {cns:02X}h")
        failed.expect(1, int.from_bytes(bytes_[at_endgid:at_endgid + 2], "little"), f"ENDGID of CNS {cns:02X}h")
    for cns, name in ((0x06, "kv-controller"), (0x0A, "kv-format")):
        controller.say(f"memset {DATA} {PAGE_BYTES} 0xff")
        controller.send(IDENTIFY, 1, cns, 1 << 24)
        got, expected = controller.page(), data_block(page, name)
        # The largest transfer is the controller's own.
        for offset in (one for one in range(PAGE_BYTES) if not (cns == 0x0A and 76 <= one < 80)):
            failed.expect(expected.get(offset, 0), got[offset], f"byte {offset} of CNS {cns:02X}h")
    controller.send(GET_LOG, 0, (PAGE_BYTES // 4 - 1) << 16 | 5, 0, 1 << 24)
    got, expected = controller.page(), data_block(page, "effects-log")
    for offset in range(1024, 2048):
        failed.expect(expected.get(offset, 0), got[offset], f"byte {offset} of the effects log")
    # An NSID that has no namespace, where the status is success.
    for cns, csi in ((0x00, 0), (0x05, 1), (0x08, 0), (0x1B, 1)):
        controller.say(f"memset {DATA} {PAGE_BYTES} 0xff")
        if controller.send(IDENTIFY, ABSENT, cns, csi << 24)[0] == 0:
            failed.expect(bytes(PAGE_BYTES), controller.page(), f"CNS {cns:02X}h of an NSID without a namespace")


def main():
    with open(os.path.join(SOURCE, "docs", "command-set.md"), encoding="utf-8") as file:
        page = file.read()
    failed = Failures()
    for shared in (False, True):
        with tempfile.TemporaryDirectory() as scratch:
            root = os.path.join(scratch, "drive")
            os.mkdir(root)
            controller = Controller(scratch, f"root={root},shared={'on' if shared else 'off'}")
            try:
                if "--print" in sys.argv:
                    for command in commands():
                        print(named(command), " ".join("%04X" % one for one in statuses(controller, *command)), flush=True)
                    return 0
                compare_fields(controller, page, shared, failed)
                compare_statuses(controller, page, failed)
            finally:
                controller.end()
    print("\n".join(failed[:60]))
    if failed:
        print(f"{len(failed)} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
