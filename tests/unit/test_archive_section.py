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


@pytest.mark.parametrize(
    ("wrong", "code", "detail"),
    [
        ("late_after_hours = -1", "config.value", "a number of hours above 0 is wanted"),
        ("late_after_hour = 3", "config.unknown-key", "there is no such key; did you mean late_after_hours?"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "https", "email"])
def test_a_mistake_in_a_witness_is_told_by_its_key_and_line(
    tmp_path: Path, kind: str, wrong: str, code: str, detail: str
) -> None:
    own = {
        "folder": 'folder = "x"\n',
        "https": 'url = "https://w.example"\n',
        "email": 'server = "m.example:25"\nsender = "a@b.example"\nrecipient = "c@b.example"\n',
    }[kind]
    text = f'{GOOD}\n[[archive.witnesses]]\nname = "clerk"\nkind = "{kind}"\n{own}{wrong}\n'
    error = refused(tmp_path, text)
    key = wrong.split(" ")[0]
    assert (error.code, error.detail) == (code, f"archive.witnesses.1.{key}: {detail}")
    assert error.where.endswith(f", line {text.splitlines().index(wrong) + 1}")
