# SPDX-License-Identifier: BSD-3-Clause
"""Fails if something public of the module csd has no docstring, and names it."""

import inspect
import sys

import csd

missing = []
for name in csd.__all__:
    thing = getattr(csd, name)
    if name == "__version__":
        continue
    if not thing.__doc__:
        missing.append(name)
    if inspect.isclass(thing) and not issubclass(thing, BaseException):
        for member, value in vars(thing).items():
            public = not member.startswith("_") and (callable(value) or isinstance(value, property))
            if public and not inspect.getdoc(value):
                missing.append(f"{name}.{member}")
print("\n".join(missing))
sys.exit(bool(missing))
