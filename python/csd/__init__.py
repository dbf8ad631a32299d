# SPDX-License-Identifier: BSD-3-Clause
"""Key Value pairs, and SQL SELECT over them, on a computational storage drive.

    import csd

    with csd.open("/var/lib/drive") as drive:
        drive.store("cars", b"make,price\\nFord,100\\nOpel,40\\n")
        for row in drive.select("cars", "SELECT make FROM s3object WHERE price > 50"):
            print(row["make"])

docs/python.md of the project is the guide.
"""

from csd._csd import version as __version__
from csd._drive import Drive, DriveInfo, ValueInfo, open
from csd._errors import (
    Cancelled,
    Error,
    Exists,
    Full,
    KeyNotFound,
    OffsetMismatch,
    QueryBusy,
    QueryError,
    ResetError,
    TransportError,
    Unsupported,
    UsageError,
)
from csd._result import ArrowStream, Result

__all__ = [
    "ArrowStream",
    "Cancelled",
    "Drive",
    "DriveInfo",
    "Error",
    "Exists",
    "Full",
    "KeyNotFound",
    "OffsetMismatch",
    "QueryBusy",
    "QueryError",
    "ResetError",
    "Result",
    "TransportError",
    "Unsupported",
    "UsageError",
    "ValueInfo",
    "__version__",
    "open",
]

for _name in __all__:  # what people import from here is called so in tracebacks and in help()
    if _name != "__version__":
        globals()[_name].__module__ = "csd"
