# SPDX-License-Identifier: BSD-3-Clause
"""Where the query worker of an emulated drive is. Tested by tests/python/run."""

from __future__ import annotations

import os

_NAME = "csd-query-worker"


def find_worker() -> str:
    """The worker beside this package; empty if there is none, and the drive engine looks for itself.

    The places are: in the package (a wheel), ../libexec/csd of the prefix (an installation), and bin of a build tree.
    The environment variable CSD_QUERY_WORKER goes before them.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    prefix = os.path.join(package, "..", "..", "..", "..")  # of PREFIX/lib/python3/dist-packages/csd
    for path in (
        os.environ.get("CSD_QUERY_WORKER", ""),
        os.path.join(package, "libexec", _NAME),
        os.path.join(prefix, "libexec", "csd", _NAME),
        os.path.join(package, "..", "..", "bin", _NAME),
    ):
        if path and os.access(path, os.X_OK):
            return os.path.normpath(path)
    return ""
