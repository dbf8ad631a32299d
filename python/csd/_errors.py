# SPDX-License-Identifier: BSD-3-Clause
"""What a command on a drive raises. Tested by python/tests/errors_test.py."""

from __future__ import annotations

from typing import Dict, Optional, Type


class Error(Exception):
    """A command failed. `code` is the kind of failure, as the C++ client names it, such as "not found".

    `status` is (SCT, SC) of the NVMe completion, or None if the failure did not come from the drive.
    """

    code: str = "internal"
    status: Optional[tuple[int, int]] = None

    def __str__(self) -> str:  # KeyError, a base of KeyNotFound, would print the repr
        return str(self.args[0]) if self.args else ""


class KeyNotFound(Error, KeyError):
    """The drive has no value under the key."""


class Exists(Error):
    """The key exists, and the store was only to add."""


class Full(Error):
    """The drive, or the file system below an emulated one, has no room."""


class OffsetMismatch(Error):
    """The value changed while the command used it."""


class ResetError(Error):
    """The drive was reset while the command ran. A change may have happened, unless the sentence says otherwise."""


class TransportError(Error, ConnectionError):
    """The drive cannot be reached."""


class Unsupported(Error):
    """This drive, or this build of csd, cannot do that."""


class UsageError(Error, ValueError):
    """The call makes no sense: a malformed DEVICE, a closed drive."""


class Cancelled(Error):
    """The command was stopped before its end."""


class QueryError(Error):
    """The drive refused or failed a select. The sentence is for people; the other attributes are for programs."""

    reason: str = "unknown"  #: such as "column-unknown"; docs/command-set.md lists them
    reason_code: int = 0  #: its number there
    position: Optional[int] = None  #: byte offset in the SQL
    subject: Optional[str] = None  #: the column, function, option, ... that the reason is about
    record: Optional[int] = None  #: record of the value, from 1; a CSV header counts


class QueryBusy(QueryError):
    """The drive has no room for another select now. Try again."""


# By code_name() of the C++ client. What is not here is an Error.
_CLASSES: Dict[str, Type[Error]] = {
    "not found": KeyNotFound,
    "exists": Exists,
    "no space": Full,
    "offset mismatch": OffsetMismatch,
    "aborted": Cancelled,
    "query refused": QueryError,
    "value not readable as the format": QueryError,
    "query failed": QueryError,
    "query limit": QueryError,
    "query engine failure": QueryError,
    "query engine busy": QueryBusy,
    "query still running": QueryError,
    "reset": ResetError,
    "usage": UsageError,
    "unsupported": Unsupported,
    "transport": TransportError,
}


def make_error(code: str, message: str, nvme_status: int, reason: Optional[Dict[str, object]]) -> Error:
    """Called by the native part for each failure. `reason` is that of a select."""
    error = QueryError(message) if reason is not None and code not in _CLASSES else _CLASSES.get(code, Error)(message)
    error.code = code
    if nvme_status != 0:
        error.status = (nvme_status >> 8 & 0x7, nvme_status & 0xFF)
    if reason is not None and isinstance(error, QueryError):
        error.__dict__.update(reason)
    return error
