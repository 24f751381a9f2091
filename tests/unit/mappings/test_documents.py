"""Documents of a notice: its paper and attachments, made from lists of a row, and read by mappings of messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.shipped.resources import CASE_MAPPING
from gateway.mapping import RowRefused
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.notice_schemas import notice_tree
from gateway.notice.fields import InvalidField
from gateway.notice.notice import MAX_DOCUMENT_BYTES, Notice
from gateway.notice.source_row import CaseRow
from tests.papers import PDF

from .rows import ATTACHED, BODIES, GOOD

PNG, JPEG, TIFF = b"\x89PNG\r\n\x1a\n...", b"\xff\xd8\xff\xe0...", b"II*\0..."
TITLE = """
[[field]]
target = "document.title"
value = "رأی کمیسیون"
"""
JUDGED = """
[[repeat.field]]
target = "media_type"
from = "type"
[[repeat.field]]
target = "digest"
from = "sha256"
"""
MESSAGE = """[mapping]
language = 1
name = "letter"
kind = "notice-to-message"
[[repeat]]
target = "letters"
from = "notices"
[[repeat.repeat]]
target = "papers"
from = "documents"
required = true
[[repeat.repeat.field]]
target = "content"
from = "octets"
do = ["base64-encode"]
required = true
""" + "".join(
    f'[[repeat.repeat.field]]\ntarget = "{target}"\nfrom = "{source}"\n'
    for target, source in {"row": "number", "main": "main", "title": "title", "type": "media_type"}.items()
)


def examined(octets: bytes) -> None:
    if b"/JavaScript" in octets:
        raise InvalidField("document.active")


def mapped(*papers: dict[str, Any]) -> Notice:
    mapper = CaseMapper.of(
        CASE_MAPPING.read_bytes() + f"{TITLE}{ATTACHED}{JUDGED}".encode(), "own.toml", BODIES, examined
    )
    return mapper.map(row_with(*papers))


def row_with(*papers: dict[str, Any], **changed: Any) -> CaseRow:
    listed = tuple({"file": f"{place}.bin", **each} for place, each in enumerate(papers, start=1))
    return CaseRow(source="cases", key="1", version="1", fields={**GOOD, **changed, "papers": listed})


def refusal(*papers: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(RowRefused) as caught:
        mapped(*papers)
    return caught.value.code, caught.value.reason


def test_documents_go_from_a_list_of_a_row_into_a_message_the_paper_first() -> None:
    notice = mapped({"title": "نقشه", "kind": "03", "content": PNG}, {"content": PDF, "type": "application/pdf"})
    assert [each.media_type for each in notice.documents] == ["application/pdf", "image/png", "application/pdf"]
    made = compile_mapping(MESSAGE.encode(), "message.toml").run({"notices": [notice_tree(notice)]})
    assert made.problems == []
    [letter] = made.values["letters"]
    assert [(each["row"], each["main"], each.get("title"), each["type"]) for each in letter["papers"]] == [
        (1, True, "رأی کمیسیون", "application/pdf"),
        (2, False, "نقشه", "image/png"),
        (3, False, None, "application/pdf"),
    ]


def test_a_row_without_attachments_has_one_document() -> None:
    assert [each.title for each in mapped().documents] == ["رأی کمیسیون"]


@pytest.mark.parametrize("octets", [PNG, JPEG, TIFF, TIFF.replace(b"II*\0", b"MM\0*"), PDF])
def test_attachments_are_papers_or_pictures(octets: bytes) -> None:
    assert mapped({"content": octets}).attachments[0].octets == octets


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        ({"content": b"PK\x03\x04"}, "document.media-type"),
        ({"content": "text"}, "document.media-type"),
        ({"content": PNG, "type": "application/pdf"}, "document.media-type"),
        ({"content": PDF[:-20]}, "document.cut-off"),
        ({"content": PDF + b"/JavaScript %%EOF"}, "document.active"),
        ({"content": None}, "document.missing"),
        ({"content": PNG, "sha256": "0" * 64}, "document.digest"),
        ({"content": PNG, "file": None}, "notice.field-missing"),
        ({"content": PNG + bytes(MAX_DOCUMENT_BYTES)}, "document.too-large"),
        ({"content": PNG + bytes(MAX_DOCUMENT_BYTES - len(PNG))}, "document.total"),
    ],
)
def test_an_attachment_is_judged_as_the_paper_is(paper: dict[str, Any], code: str) -> None:
    found, reason = refusal({"content": PNG}, paper)
    assert (found, "پیوست" in reason) == (code, True)


@pytest.mark.parametrize("lost", [False, True])
def test_rows_whose_papers_are_examined_together_have_the_results_that_each_has_alone(lost: bool) -> None:
    bad = PDF + b"/JavaScript %%EOF"
    asked: list[bytes] = []

    def alone(octets: bytes) -> None:
        asked.append(octets)
        examined(octets)

    def passing(papers: Sequence[bytes]) -> list[bool]:
        return [not lost and b"/JavaScript" not in each for each in papers]

    rows = [
        row_with({"content": PDF}, {"content": PNG}),
        row_with({"content": PDF}, {"content": bad}),
        row_with({"content": PDF}, case_number=""),
        row_with({"content": bad}, case_number=""),
        row_with(),
    ]
    octets = CASE_MAPPING.read_bytes() + f"{TITLE}{ATTACHED}{JUDGED}".encode()
    program = compile_mapping(octets, "own.toml")
    together = CaseMapper(program, BODIES, alone, passing=passing).map_all(rows)
    assert len(asked) == (10 if lost else 5)
    one_by_one = CaseMapper(program, BODIES, examined).map_all(rows)
    assert list(map(_shown, together)) == list(map(_shown, one_by_one))
    assert [isinstance(each, RowRefused) for each in together] == [False, True, True, True, False]


def _shown(result: Notice | RowRefused) -> object:
    return (result.problems, result.case_number, result.body) if isinstance(result, RowRefused) else result


def test_documents_have_a_number_and_a_size_together() -> None:
    assert len(mapped(*[{"content": PNG}] * 19).documents) == 20
    code, reason = refusal(*[{"content": PNG}] * 20)
    assert code == "document.too-many"
    assert "بیش از ۲۰ سند" in reason
