"""The archive in the configuration: names of its own for each place and authority."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.shipped_configuration import GOOD, refused

AUTHORITY = """[[archive.time_authorities]]
name = "ghods"
url = "http://127.0.0.1:{}/"
anchors = ["pki/time.pem"]
"""
WITNESS = """[[archive.witnesses]]
name = "clerk"
kind = "folder"
folder = "{}"
"""


@pytest.mark.parametrize(
    ("table", "told"),
    [(AUTHORITY, "time_authorities: two have the name ghods"), (WITNESS, "witnesses: two have the name clerk")],
)
def test_two_of_one_name_are_refused(tmp_path: Path, table: str, told: str) -> None:
    error = refused(tmp_path, f"{GOOD}\n{table.format(1)}{table.format(2)}")
    assert error.code == "config.value"
    assert told in error.detail
