"""Archives of foreign test material, read where `make corpora` put them."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "build" / "corpora"


def files(archive: str, under: str) -> dict[str, bytes]:
    """Return the files below the folder ``under`` of the archive whose name fits, by their path below it.

    Skips the test where the archive was not fetched.
    """
    found = sorted(FOLDER.glob(archive))
    if not found:
        pytest.skip(f"no {archive}: fetch it with `make corpora`")
    return {
        name.partition(under)[2]: octets for name, octets in _all_files(found[-1]).items() if f"/{under}" in f"/{name}"
    }


def _all_files(path: Path) -> dict[str, bytes]:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    with tarfile.open(path) as archive:
        return {
            member.name: opened.read()
            for member in archive.getmembers()
            if member.isfile() and (opened := archive.extractfile(member)) is not None
        }
