"""Lists of a row, as a case database or a pushed row has them: each form of a rule reads them as lists of objects."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.model.refusal import RowRefused
from gateway.mapping.model.values import is_missing
from gateway.notice.notice import Notice
from gateway.notice.source_row import CaseRow, Rows
from tests.mappers import CASE_MAPPING, unexamined
from tests.papers import PDF

from .rows import BODIES, GOOD

PNG = b"\x89PNG\r\n\x1a\n"
BASE = CASE_MAPPING.read_text(encoding="utf-8")
SENT = """
[[repeat]]
target = "attachments"
{source}
[[repeat.field]]
target = "name"
from = "file"
required = true
[[repeat.field]]
target = "octets"
from = "content"
required = true
"""
ROWS: Rows = (
    {"file": "a.png", "kind": "send", "title": "نقشه", "content": PNG, "day": date(2026, 2, 3)},
    {"file": "b.pdf", "kind": "keep", "title": "لایحه", "content": PDF, "day": date(2026, 2, 4)},
)


def mapped(rules: str, papers: Rows | None, name: str = "papers") -> Notice:
    mapper = CaseMapper.of((BASE + rules).encode(), "x.toml", BODIES, unexamined)
    return mapper.map(CaseRow(source="s", key="1", version="1", fields={**GOOD, name: papers}))


def unit(rule: str, papers: Rows | None = ROWS) -> str | None:
    return mapped(f'\n[[field]]\ntarget = "recipient.unit"\n{rule}\n', papers).recipient.unit


@pytest.mark.parametrize("name", ["papers", "attachments"])
@pytest.mark.parametrize(
    ("source", "files"),
    [
        ('from = "{}"', ["a.png", "b.pdf"]),
        ("expression = \"{}[?kind=='send']\"", ["a.png"]),
        ('expression = "{}[1:]"', ["b.pdf"]),
        ('expression = "sort_by({}, &kind)"', ["b.pdf", "a.png"]),
    ],
)
def test_a_filter_over_the_list_of_a_row_finds_its_attachments(name: str, source: str, files: list[str]) -> None:
    notice = mapped(SENT.format(source=source.format(name)), ROWS, name)
    assert [each.name for each in notice.attachments] == files


@pytest.mark.parametrize(
    ("rule", "made"),
    [
        ('expression = "papers[0].title"', "نقشه"),
        ("expression = \"papers[?kind=='keep'].title | [0]\"", "لایحه"),
        ('expression = "papers[*].title | [1]"', "لایحه"),
        ("expression = \"join(' ', papers[*].title)\"", "نقشه لایحه"),
        ('expression = "to_string(length(papers))"', "2"),
        ('expression = "papers[1].day"', "2026-02-04"),
        ('from = "papers[1].title"', "لایحه"),
        ('from = "papers[*].title"\ndo = ["last"]', "لایحه"),
        ('from = "papers"\ndo = ["count", "text"]', "2"),
        ('value = "1"\nwhen = { expression = "papers[?kind==\'send\']" }', "1"),
        ('value = "1"\nwhen = { expression = "papers[?kind==\'other\']" }', None),
    ],
)
def test_each_form_of_a_rule_reads_the_list_of_a_row(rule: str, made: str | None) -> None:
    assert unit(rule) == made


@pytest.mark.parametrize("papers", [(), None])
def test_an_empty_list_of_a_row_is_missing(papers: Rows | None) -> None:
    assert is_missing(())
    assert unit('value = "1"\nwhen = { from = "papers", present = true }', papers) is None
    assert unit('value = "1"\nwhen = { from = "papers", present = false }', papers) == "1"
    with pytest.raises(RowRefused):
        unit('from = "papers"\ndo = ["count", "text"]\nrequired = true', papers)


@given(st.lists(st.sampled_from(["send", "keep"]), max_size=6))
def test_a_filter_keeps_those_elements_that_a_reader_would(kinds: list[str]) -> None:
    papers = tuple({"file": f"{number}.png", "kind": kind, "content": PNG} for number, kind in enumerate(kinds))
    notice = mapped(SENT.format(source="expression = \"papers[?kind=='send']\""), papers)
    assert [each.name for each in notice.attachments] == [each["file"] for each in papers if each["kind"] == "send"]
