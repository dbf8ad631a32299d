#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Checks a bill of materials: what CycloneDX 1.5 requires of it, and that it names what an installation consists of.

    tests/install/sbom_test.py FILE NAME...

Every NAME has to be a component with a known version.
"""
import json
import re
import sys

TYPES = {"application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
         "firmware", "file", "machine-learning-model", "data"}
PURL = re.compile(r"pkg:[a-z]+/[A-Za-z0-9._~%/-]+@[A-Za-z0-9._~%-]+$")


def mistakes_of(component, where):
    if component.get("type") not in TYPES:
        yield f"{where}: type {component.get('type')!r} is not one of CycloneDX"
    for field in ("name", "version"):
        if not isinstance(component.get(field), str) or not component[field]:
            yield f"{where}: no {field}"
    licences = component.get("licenses")
    if not isinstance(licences, list) or len(licences) != 1 or set(licences[0]) != {"expression"}:
        yield f"{where}: licenses is not one SPDX expression"


def mistakes(bom, names):
    if bom.get("bomFormat") != "CycloneDX" or bom.get("specVersion") != "1.5":
        yield "it is not CycloneDX 1.5"
    if not isinstance(bom.get("version"), int) or bom["version"] < 1:
        yield "version is not a number from 1 on"
    unknown = set(bom) - {"bomFormat", "specVersion", "version", "metadata", "components"}
    if unknown:
        yield f"unknown fields: {unknown}"
    yield from mistakes_of(bom["metadata"]["component"], "metadata.component")
    references = [bom["metadata"]["component"]["bom-ref"]]
    for component in bom["components"]:
        where = component.get("name", "a component")
        yield from mistakes_of(component, where)
        if not PURL.match(component.get("purl", "")):
            yield f"{where}: {component.get('purl')!r} is not a package URL"
        references.append(component["bom-ref"])
    if len(set(references)) != len(references):
        yield "a bom-ref stands twice"
    versions = {component["name"]: component["version"] for component in bom["components"]}
    for name in names:
        if versions.get(name, "unknown") == "unknown":
            yield f"{name}: no version of it is told"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        found = list(mistakes(json.load(file), sys.argv[2:]))
    print("\n".join(found))
    return 1 if found else 0


sys.exit(main())
