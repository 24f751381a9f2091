"""Decision records have one form, and the index lists them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "docs/design/adr"
RECORDS = sorted(FOLDER.glob("[0-9]*.md"))
FORM = re.compile(
    r"""
    \#[ ](?P<number>\d{4})\.[ ](?P<title>[^\n]+)\n\n
    -[ ]Date:[ ](?P<date>\d{4}-\d\d-\d\d)(?:,[ ]amended[ ]\d{4}-\d\d-\d\d)?\n
    -[ ]Status:[ ](?P<status>accepted|superseded[ ]by[ ]\[(?P<by>\d{4})\]\((?P<target>[^)]+)\))\n
    (?:-[ ]Supersedes:[ ]\[(?P<earlier>\d{4})\]\((?P<earlier_file>[^)]+)\)\n)?
    \n\#\#[ ]Context\n\n(?!\#).+?
    \n\n\#\#[ ]Decision\n\n(?!\#).+?
    \n\n\#\#[ ]Consequences\n\n(?!\#)[^#]+
    """,
    re.VERBOSE | re.DOTALL,
)


def parsed(record: Path) -> re.Match[str]:
    found = FORM.fullmatch(record.read_text(encoding="utf-8"))
    assert found, record.name
    return found


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_record_has_the_form_and_fits_on_a_page(record: Path) -> None:
    found = parsed(record)
    assert record.name.startswith(f"{found['number']}-")
    assert len(record.read_text(encoding="utf-8").splitlines()) <= 60


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_a_superseded_record_and_its_successor_name_each_other(record: Path) -> None:
    found = parsed(record)
    if found["target"]:
        successor = parsed(FOLDER / found["target"])
        assert (found["by"], successor["earlier_file"]) == (successor["number"], record.name)
        assert successor["status"] == "accepted"
    if found["earlier_file"]:
        assert parsed(FOLDER / found["earlier_file"])["target"] == record.name


def test_numbers_have_no_gap_and_the_index_lists_every_record() -> None:
    found = [parsed(record) for record in RECORDS]
    assert [int(each["number"]) for each in found] == list(range(1, len(found) + 1))
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\) \| (.+) \| ([\d-]+) \| (.+) \|$", index, re.MULTILINE)
    expected = [
        (each["number"], record.name, each["title"], each["date"], re.sub(r"\[(\d+)\].*", r"\1", each["status"]))
        for record, each in zip(RECORDS, found, strict=True)
    ]
    assert lines == expected
