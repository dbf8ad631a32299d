# SPDX-License-Identifier: BSD-3-Clause
"""The verbs other than select, and the memory that they share with Python."""

from __future__ import annotations

import gc
import io
import logging
import mmap
import os
import subprocess
import sys
import threading
from array import array
from pathlib import Path
from typing import Any, List

import csd
import pytest

MIB = 1 << 20


def test_what_is_stored_is_retrieved(drive: csd.Drive) -> None:
    assert drive.store("greeting", b"hello") == 5
    assert drive.retrieve("greeting") == b"hello"
    assert drive.retrieve(b"greeting", 1, 3) == b"ell"
    assert drive.retrieve("greeting", 9) == b""
    assert drive.retrieve("greeting", length=0) == b""
    assert drive.retrieve("greeting", 0, 1 << 60) == b"hello"


def test_a_key_may_be_any_bytes_like(drive: csd.Drive) -> None:
    for key in (b"\0\xff", bytearray(b"\0\xff"), memoryview(b"\0\xff")):
        drive.append(key, b"x")
    assert list(drive.list()) == [b"\0\xff"]
    drive.store("é", b"")
    assert drive.exists("é".encode())


def test_a_value_may_be_anything_with_the_buffer_protocol(drive: csd.Drive) -> None:
    numbers = array("q", [1, -2, 3])
    for value in (numbers, memoryview(numbers), bytearray(numbers.tobytes())):
        assert drive.store("n", value) == 24
        assert drive.retrieve("n").cast("q").tolist() == [1, -2, 3]
    with pytest.raises(BufferError):
        drive.store("n", memoryview(b"abcdef")[::2])


def test_values_of_the_sizes_around_a_transfer(drive: csd.Drive) -> None:
    transfer = drive.info().max_transfer_bytes
    for size in (0, 1, 4095, 65535, 65536, 65537, transfer - 1, transfer, transfer + 1, 3 * transfer + 5):
        value = os.urandom(size)
        assert drive.store("v", value) == size
        assert drive.retrieve("v") == value
        assert drive.describe("v").size == size
        middle = size // 2
        assert drive.retrieve("v", middle) == value[middle:]


def test_a_file_is_stored_piece_by_piece(drive: csd.Drive, tmp_path: Path) -> None:
    value = os.urandom(5 * MIB + 7)
    (tmp_path / "file").write_bytes(value)
    with open(tmp_path / "file", "rb") as file:
        assert drive.store("f", file) == len(value)
    assert drive.retrieve("f") == value
    assert drive.append("f", io.BytesIO(b"end")) == len(value) + 3
    assert drive.retrieve("f", len(value)) == b"end"


def test_what_a_file_raises_is_raised_and_nothing_is_stored(drive: csd.Drive) -> None:
    class Broken(io.RawIOBase):
        given = 0

        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if self.given > 4 * MIB:
                raise OSError("the disk is gone")
            self.given += len(buffer)
            return len(buffer)

    drive.store("f", b"old")
    with pytest.raises(OSError, match="the disk is gone"):
        drive.store("f", Broken())
    assert drive.retrieve("f") == b"old"


def test_a_file_cannot_use_the_drive_into_which_it_is_stored(drive: csd.Drive) -> None:
    class Curious(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            return drive.describe("x").size

    drive.store("x", b"")
    with pytest.raises(csd.UsageError, match="in the middle of another command"):
        drive.store("f", Curious())
    assert not drive.exists("f")


def test_a_file_that_keeps_the_memory_does_no_harm(drive: csd.Drive) -> None:
    kept: List[memoryview] = []

    class Keeper(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            if kept:
                return 0
            kept.append(buffer[:])
            buffer[:3] = b"new"
            return 3

    assert drive.store("f", Keeper()) == 3
    drive.retrieve("f")
    kept[0][:] = bytes(len(kept[0]))
    assert drive.retrieve("f") == b"new"


def test_conditions(drive: csd.Drive) -> None:
    with pytest.raises(csd.KeyNotFound):
        drive.store("k", b"1", if_present=True)
    drive.store("k", b"1", if_absent=True)
    with pytest.raises(csd.Exists):
        drive.store("k", b"2", if_absent=True)
    with pytest.raises(csd.Exists):
        drive.append("k", b"2", if_absent=True)
    assert drive.append("k", b"2", if_present=True) == 2
    with pytest.raises(ValueError, match="contradict"):
        drive.store("k", b"", if_absent=True, if_present=True)
    assert drive.retrieve("k") == b"12"


def test_exists_and_delete(drive: csd.Drive) -> None:
    assert not drive.exists("k")
    drive.store("k", b"")
    assert drive.exists("k")
    drive.delete("k")
    assert not drive.exists("k")
    drive.delete("k")  # no error, as the standard has it
    with pytest.raises(csd.KeyNotFound):
        drive.retrieve("k")
    with pytest.raises(csd.KeyNotFound):
        drive.describe("k")


def test_a_version_changes_with_the_value(drive: csd.Drive) -> None:
    drive.store("k", b"1")
    first = drive.describe("k")
    drive.store("k", b"2")
    assert first.version is not None and drive.describe("k").version != first.version


def test_list_goes_over_pages_in_order(drive: csd.Drive) -> None:
    expected = sorted(b"k%d" % n for n in range(9000))
    for key in expected:
        drive.store(key, b"")
    drive.store("other", b"")
    assert list(drive.list("k")) == expected
    assert list(drive.list("k", start="k5")) == [key for key in expected if key >= b"k5"]
    for limit in (0, 1, 4095, 4096, 4097, 8193, 9001):
        assert list(drive.list("k", limit=limit)) == expected[:limit]
    keys = drive.list()
    assert next(keys) == expected[0]
    drive.delete(expected[1])  # lazily: the page is there already, what follows is not disturbed
    assert len(list(keys)) == 9000


def test_retrieve_copies_nothing(drive: csd.Drive) -> None:
    drive.store("v", b"x" * (3 * MIB))
    view = drive.retrieve("v")
    # The memory that Python sees is what the drive was given: the buffer of the native part.
    buffer: Any = view.obj
    address = buffer.address
    assert array_address(view) == address
    view[0:1] = b"y"  # it belongs to the caller
    assert view[:2] == b"yx" and drive.retrieve("v", 0, 1) == b"x"


def array_address(view: memoryview) -> int:
    import ctypes

    return ctypes.addressof(ctypes.c_char.from_buffer(view))


PEAK = """
import re, sys
import csd
def peak():
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
with csd.open(sys.argv[1]) as drive:
    before = peak()
    view = drive.retrieve("v")
    assert len(view) == 256 << 20
    print(peak() - before)
"""


def test_a_large_value_costs_its_size_once(drive: csd.Drive, tmp_path: Path) -> None:
    with mmap.mmap(-1, 256 * MIB) as value:
        drive.store("v", value)
    drive.close()
    kib = int(subprocess.run([sys.executable, "-c", PEAK, str(tmp_path / "drive")], check=True, capture_output=True).stdout)
    assert 256 * 1024 <= kib < 264 * 1024


def test_a_view_outlives_the_drive(tmp_path: Path) -> None:
    with csd.open(tmp_path / "drive") as drive:
        drive.store("v", b"x" * (3 * MIB))
        view = drive.retrieve("v")
        part = view[MIB : MIB + 2]
        keys = drive.list()
    del drive, view
    gc.collect()
    assert part == b"xx"
    with pytest.raises(csd.UsageError, match="closed"):
        next(keys)


def test_retrieve_into(drive: csd.Drive) -> None:
    value = os.urandom(5 * MIB)
    drive.store("v", value)
    whole = bytearray(5 * MIB)
    assert drive.retrieve_into("v", whole) == 5 * MIB and whole == value
    longer = bytearray(b"-" * 8)
    assert drive.retrieve_into("v", longer, 5 * MIB - 3) == 3 and longer == value[-3:] + b"-----"
    numbers = array("q", bytes(16))
    assert drive.retrieve_into("v", memoryview(numbers)[1:]) == 8
    assert numbers.tobytes() == bytes(8) + value[:8]
    assert drive.retrieve_into("v", bytearray()) == 0
    with pytest.raises(BufferError):
        drive.retrieve_into("v", b"read-only")
    with pytest.raises(csd.KeyNotFound):
        drive.retrieve_into("absent", bytearray())


def test_after_close(tmp_path: Path) -> None:
    drive = csd.open(tmp_path / "drive")
    assert not drive.closed
    drive.close()
    drive.close()
    assert drive.closed and repr(drive).endswith("closed>")
    for use in (lambda: drive.exists("k"), lambda: drive.store("k", b""), drive.info, drive.flush):
        with pytest.raises(csd.UsageError, match="the drive is closed; open it again"):
            use()


def test_threads_wait_for_each_other(drive: csd.Drive) -> None:
    drive.store("log", b"")

    def work() -> None:
        for _ in range(100):
            drive.append("log", b"x" * 10_000)
            assert len(drive.retrieve("log")) % 10_000 == 0

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drive.describe("log").size == 400 * 10_000


def test_other_threads_run_while_a_command_does(drive: csd.Drive) -> None:
    """The file's readinto() waits for the other thread, so that this ends only if Python's lock is free."""
    ran = threading.Event()
    started = threading.Event()

    class Waiting(io.RawIOBase):
        def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
            started.set()
            assert ran.wait(60)
            return 0

    def other() -> None:
        assert started.wait(60)
        ran.set()

    thread = threading.Thread(target=other)
    thread.start()
    assert drive.store("v", Waiting()) == 0
    thread.join()


def test_a_forked_child_is_told_to_open_the_drive_again(drive: csd.Drive) -> None:
    drive.store("k", b"v")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            drive.retrieve("k")
        except csd.UsageError as error:
            os.write(writer, str(error).encode())
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert b"before the process forked" in os.read(reader, 1000)
    os.close(reader)
    os.close(writer)
    assert drive.retrieve("k") == b"v"


def test_a_new_drive_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "csd"):
        csd.open(tmp_path / "fresh").close()
    assert [record.levelname for record in caplog.records] == ["INFO"]
    assert "fresh" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.INFO, "csd"):
        csd.open(tmp_path / "fresh").close()
    assert caplog.text == ""


def test_info(drive: csd.Drive) -> None:
    info = drive.info()
    assert info.transport == "emulator" and info.dialect == "key value" and info.extensions
    assert info.max_value_bytes >= 1 << 40 and info.nsid == 1


def test_drives_that_can_do_less(tmp_path: Path) -> None:
    value = os.urandom(3 * MIB)
    with csd.open(f"emulator:{tmp_path}/standard?extensions=off") as drive:
        drive.store("k", value[:MIB])
        assert drive.retrieve("k") == value[:MIB]
        assert drive.retrieve("k", 1000, 24) == value[1000:1024]
        into = bytearray(10)
        assert drive.retrieve_into("k", into, MIB - 4) == 4 and into[:4] == value[MIB - 4 : MIB]
        assert list(drive.list()) == [b"k"]
        with pytest.raises(csd.Unsupported, match="no extensions"):
            drive.store("k", value)
        with pytest.raises(csd.Error):
            drive.select("k", "SELECT 1")
    with csd.open(f"emulator:{tmp_path}/old?dialect=2023") as drive:
        drive.store("k", value)
        assert drive.retrieve("k") == value
        assert drive.retrieve("k", 2 * MIB + 1) == value[2 * MIB + 1 :]
        assert list(drive.list(limit=1)) == [b"k"]


def test_memory_is_given_back(drive: csd.Drive) -> None:
    def resident() -> int:
        pages = Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * mmap.PAGESIZE

    drive.store("v", bytes(16 * MIB))
    drive.retrieve("v")
    before = resident()
    for _ in range(20):
        drive.retrieve("v")
    assert resident() - before < 16 * MIB
