"""The two shipped mappings of Shahriar: the renovation code in seven parts, and bodies by their codes."""

from __future__ import annotations

import pytest

from adapters.shipped.resources import CONFIG
from gateway.mapping import RowRefused
from gateway.mapping.case_mapper import CaseMapper
from gateway.notice.source_row import CaseRow, Value
from gateway.runtime.errors import CATALOGUE
from tests.unit.mappings.rows import BODIES, GOOD

PARTS = ("district", "region", "block", "house", "building", "apartment", "shop")
PAPER = {
    "number": "paper_number",
    "kind": "kind",
    "subject": "subject",
    "issued_on": "issued_on",
    "revision": "revision",
}
PAPER |= {"file_name": "document_name", "content": "document"}


def rest(code: tuple[str | int | None, ...]) -> dict[str, Value]:
    """Return a row as the REST interface gives it."""
    row = common() | {f"paper_{name}": GOOD[field] for name, field in PAPER.items()}
    return row | {f"renovation_code_{part}": value for part, value in zip(PARTS, code, strict=True)}


def database(code: tuple[str | int | None, ...]) -> dict[str, Value]:
    """Return a row as the views give it."""
    row = common() | {name: GOOD[field] for name, field in PAPER.items() if name != "number"}
    row |= {"paper_number": GOOD["paper_number"]}
    return row | {f"renovation_{part}": value for part, value in zip(PARTS, code, strict=True)}


def common() -> dict[str, Value]:
    names = {"party_kind": "recipient_kind", "party_identifier": "recipient_id", "party_name": "recipient_name"}
    return {name: GOOD[name] for name in ("district", "case_number", "archive_number")} | {
        "body": "100",
        **{name: GOOD[field] for name, field in names.items()},
    }


FORMS = [pytest.param("rest", rest, id="rest"), pytest.param("database", database, id="database")]


def mapper(form: str) -> CaseMapper:
    file = CONFIG / "mappings" / f"shahriar-{form}-1.toml"
    return CaseMapper.of(file.read_bytes(), str(file), BODIES, lambda _octets: None)


def case_row(fields: dict[str, Value]) -> CaseRow:
    return CaseRow(source="shahriar", key="1/1", version="1", fields=fields)


@pytest.mark.parametrize(("form", "row"), FORMS)
@pytest.mark.parametrize(
    ("code", "made"),
    [
        (("5", "12", "3", "4", "5", "6", "0"), "5-12-3-4-5-6-0"),
        (("۵", "۱۲", "٣", "٤", "۵", "۶", "٠"), "5-12-3-4-5-6-0"),
        ((5, 12, 3, 4, 5, 6, 0), "5-12-3-4-5-6-0"),
        ((None,) * 7, None),
    ],
)
def test_a_case_of_either_form_becomes_the_same_notice(
    form: str, row: object, code: tuple[str | int | None, ...], made: str | None
) -> None:
    notice = mapper(form).map(case_row(row(code)))  # type: ignore[operator]
    assert notice.renovation_code == made
    assert (notice.body.code, notice.case_number, notice.paper_number) == ("article-100", "1404/00012", "10001")
    assert notice.recipient.identifier == "0012345679"


@pytest.mark.parametrize(("form", "row"), FORMS)
@pytest.mark.parametrize("code", [("5", "12", "3", "4", "5", "6", None), ("5", "12", "3", "4", "5", "6", "ب")])
def test_a_renovation_code_without_seven_numbers_is_refused_in_both_languages(
    form: str, row: object, code: tuple[str | None, ...]
) -> None:
    with pytest.raises(RowRefused) as refused:
        mapper(form).map(case_row(row(code)))  # type: ignore[operator]
    assert refused.value.code == "notice.renovation-code"
    assert "هفت جزء" in refused.value.reason
    assert "seven parts" in CATALOGUE["notice.renovation-code"].en


@pytest.mark.parametrize(("form", "row"), FORMS)
def test_a_body_with_another_code_is_refused(form: str, row: object) -> None:
    with pytest.raises(RowRefused) as refused:
        mapper(form).map(case_row(row(("1",) * 7) | {"body": "55-21"}))  # type: ignore[operator]
    assert refused.value.code == "notice.body"
