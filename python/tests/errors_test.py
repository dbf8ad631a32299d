# SPDX-License-Identifier: BSD-3-Clause
"""What is raised, and what it says."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Callable, List, NoReturn

import csd
import pytest
from conftest import signal_later
from csd import _csd, _errors


def test_every_code_of_the_client_has_a_class_or_is_a_plain_error() -> None:
    plain = {
        "invalid field", "invalid key size", "invalid value size", "invalid opcode", "invalid format",
        "input/output error", "not ready", "format in progress", "internal",
    }  # fmt: skip
    assert set(_csd.code_names()) == plain | set(_errors._CLASSES)


def test_a_missing_key(drive: csd.Drive) -> None:
    with pytest.raises(csd.KeyNotFound) as raised:
        drive.retrieve("k")
    assert isinstance(raised.value, KeyError)
    assert str(raised.value) == "the key does not exist"
    assert raised.value.code == "not found" and raised.value.status == (0, 0x87)


@pytest.mark.parametrize(
    "key, kind, sentence",
    [
        ("", ValueError, "a key has 1 to 16 bytes, and this one is empty"),
        (b"x" * 17, ValueError, "a key has at most 16 bytes, and this one has 17"),
        ("é" * 9, ValueError, "a key has at most 16 bytes, and this one has 18"),
        (7, TypeError, "a key is bytes or str, not int"),
        (None, TypeError, "a key is bytes or str, not NoneType"),
    ],
)
def test_keys_that_cannot_be(drive: csd.Drive, key: str, kind: type, sentence: str) -> None:
    uses: List[Callable[[], object]] = [lambda: drive.store(key, b""), lambda: drive.retrieve(key), lambda: drive.exists(key)]
    for use in uses:
        with pytest.raises(kind, match=sentence):
            use()


def test_arguments_that_make_no_sense(drive: csd.Drive) -> None:
    drive.store("k", b"")
    with pytest.raises(TypeError, match="encode the text first"):
        drive.store("k", "text")
    with pytest.raises(TypeError, match="bytes-like or a file opened with mode 'rb', not int"):
        drive.store("k", 5)
    with open(os.devnull) as text, pytest.raises(TypeError, match="mode 'rb'"):
        drive.store("k", text)
    with pytest.raises(ValueError, match="offset is -1"):
        drive.retrieve("k", -1)
    with pytest.raises(TypeError, match="length is int, not str"):
        drive.retrieve("k", 0, "1")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="limit is -1"):
        drive.list(limit=-1)
    with pytest.raises(ValueError, match="there is no format 'xml'; there are 'csv', 'json' and 'parquet'"):
        drive.select("k", "SELECT 1", input="xml")
    with pytest.raises(TypeError, match="sql is str, not bytes"):
        drive.select("k", b"SELECT 1")  # type: ignore[arg-type]


def test_devices_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(csd.Error):
        csd.open(tmp_path / "file")
    with pytest.raises(csd.UsageError) as raised:
        csd.open(f"emulator:{tmp_path}/drive?sise=5")
    assert isinstance(raised.value, ValueError) and "sise" in str(raised.value)
    with pytest.raises(csd.Error):
        csd.open("/dev/ng77n1")
    with pytest.raises(TypeError, match="a device is str"):
        csd.open(b"/tmp/drive")  # type: ignore[arg-type]


def test_a_full_drive(tmp_path: Path) -> None:
    with csd.open(f"emulator:{tmp_path}/drive?size=1048576") as drive:
        with pytest.raises(csd.Full) as raised:
            drive.store("k", bytes(2 << 20))
        assert raised.value.status == (0, 0x81)
        assert list(drive.list()) == []


def test_why_a_select_failed_is_data(cars: csd.Drive) -> None:
    with pytest.raises(csd.QueryError) as raised:
        cars.select("cars", "SELECT mgp FROM s3object")
    error = raised.value
    assert 'did you mean "mpg"?' in str(error)
    assert (error.reason, error.reason_code, error.position, error.subject) == ("column-unknown", 0x301, 7, "mgp")
    assert error.code == "query failed" and error.status == (7, 3) and error.record is None
    with pytest.raises(csd.QueryError) as raised:
        cars.select("cars", "DROP TABLE s3object")
    assert raised.value.reason == "not-select"
    with pytest.raises(csd.QueryError) as raised:
        cars.select("cars", "SELECT * FROM s3object", options={"columns": {"a": "BIGINT", "b": "VARCHAR", "c": "BIGINT", "d": "DATE"}})
    assert (raised.value.reason, raised.value.subject, raised.value.record) == ("field-conversion", "a", 2)
    with pytest.raises(csd.Error, match="frob"):
        cars.select("cars", "SELECT 1 FROM s3object", options={"frob": 1})
    with pytest.raises(csd.KeyNotFound):
        cars.select("trucks", "SELECT 1 FROM s3object")


# --- signals: each test delivers one to itself from a thread, when the command has begun ---

ENDLESS = "SELECT count(*) AS n FROM range(100000) a, range(100000) b, range(1000) c"


class Alarm(Exception):
    pass


def test_an_interrupt_cancels_a_select_and_the_drive_works_on(cars: csd.Drive) -> None:
    for _ in range(2):  # the second time, too
        thread = signal_later()
        began = time.process_time()
        with pytest.raises(KeyboardInterrupt):
            cars.select("cars", ENDLESS)
        thread.join()
        assert time.process_time() - began < 30
        assert cars.select("cars", "SELECT count(*) AS n FROM s3object").rows() == [{"n": 3}]


def test_an_interrupt_ends_a_store(drive: csd.Drive) -> None:
    """The file never ends, so that only the interrupt can end the store."""
    drive.store("v", b"old")

    class Zeros:
        given = 0

        def readinto(self, buffer: memoryview) -> int:
            self.given += len(buffer)
            if self.given == len(buffer):
                os.kill(os.getpid(), signal.SIGINT)
            return len(buffer)

    with pytest.raises(KeyboardInterrupt):
        drive.store("v", Zeros())
    assert drive.retrieve("v") == b"old"


def test_a_signal_whose_handler_returns_cancels_nothing(cars: csd.Drive) -> None:
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
    thread = signal_later(signal.SIGUSR1)
    try:
        rows = cars.select("cars", "SELECT sum(a.range * b.range) AS n FROM range(5000) a, range(5000) b").rows()
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    assert rows == [{"n": (4999 * 5000 // 2) ** 2}] and seen == [signal.SIGUSR1]


def test_a_handler_that_uses_the_drive_is_told(cars: csd.Drive) -> None:
    def handler(number: int, frame: object) -> NoReturn:
        cars.exists("cars")
        raise Alarm

    before = signal.signal(signal.SIGUSR1, handler)
    thread = signal_later(signal.SIGUSR1)
    try:
        with pytest.raises(csd.UsageError, match="a signal handler"):
            cars.select("cars", ENDLESS)
    finally:
        thread.join()
        signal.signal(signal.SIGUSR1, before)
    assert cars.exists("cars")


def test_an_interrupt_ends_the_wait_for_another_thread(cars: csd.Drive) -> None:
    started, release = threading.Event(), threading.Event()

    class Waiting:
        def readinto(self, buffer: memoryview) -> int:
            started.set()
            assert release.wait(60)
            return 0

    holder = threading.Thread(target=lambda: cars.store("v", Waiting()))
    holder.start()
    assert started.wait(60)
    killer = signal_later()
    with pytest.raises(KeyboardInterrupt):
        cars.exists("cars")
    killer.join()
    release.set()
    holder.join()
    assert cars.exists("v")
