# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of the Python module share: a drive in a directory of its own."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Iterator

import csd
import pytest

CARS = b"make,origin,mpg,day\nUno,Italy,36,2024-01-02\n900,Sweden,22,2024-02-29\n240,Sweden,20,\n"

# Who starts the tests in the background of a script has the shell ignore the interrupt, and Python with it.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def drive(tmp_path: Path) -> Iterator[csd.Drive]:
    with csd.open(tmp_path / "drive") as opened:
        yield opened


@pytest.fixture
def cars(drive: csd.Drive) -> csd.Drive:
    drive.store("cars", CARS)
    return drive


def signal_later(number: int = signal.SIGINT) -> threading.Thread:
    """Sends this process a signal in a while, from a thread that has to be joined."""

    def send() -> None:
        time.sleep(0.3)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=send)
    thread.start()
    return thread
