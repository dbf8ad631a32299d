# SPDX-License-Identifier: BSD-3-Clause
"""Packs the package that CMake has built; nothing is compiled here. python/wheel.cmake runs it."""

import os

from setuptools import Distribution, setup


class BinaryDistribution(Distribution):
    """A wheel for this Python and machine, although setuptools has no extension to build."""

    def has_ext_modules(self) -> bool:
        return True


setup(
    name="csd",
    version=os.environ["CSD_VERSION"],
    description="Key Value pairs and SQL SELECT on a computational storage drive",
    long_description=open("README.md", encoding="utf-8").read(),
    long_description_content_type="text/markdown",
    license="BSD-3-Clause",
    license_files=["LICENSES/*"],
    python_requires=">=3.11",
    packages=["csd"],
    package_data={"csd": ["*.so", "*.pyi", "py.typed", "libexec/*"]},
    distclass=BinaryDistribution,
)
