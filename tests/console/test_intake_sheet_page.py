"""A spreadsheet with its PDFs: errors in their cells, good rows are taken, the others stay with their reasons."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from adapters.composition.mappings import current_mapper
from adapters.composition.preview import entered_row
from adapters.municipal.sheets.notice_sheet import COLUMNS
from gateway.people.permissions import Role
from gateway.runtime.errors import CATALOGUE
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.papers import PDF, pdf

ROW = {
    "kind": "ابلاغ رأی",
    "case_number": "۱۴۰۴-۱",
    "paper_number": "۱۷",
    "subject": "ابلاغ",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "district": "منطقه ۵",
    "recipient_kind": "حقیقی",
    "recipient_id": "۹۹۹۰۰۰۰۰۱۸",
    "recipient_name": "شخص نمونه",
    "document": "17.pdf",
}


@pytest.fixture(scope="module")
def installation(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("sheets") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as made:
        yield made


@pytest.fixture(scope="module")
def app(installation: Installation) -> Flask:
    return pages_of(installation)


@pytest.fixture
def secretary(app: Flask) -> Visitor:
    return visitor(app, Role.COMMISSION_SECRETARY)


def sheet(secretary: Visitor, *rows: Mapping[str, Any]) -> tuple[io.BytesIO, str]:
    """Return the person's own empty spreadsheet with these rows filled in."""
    book = load_workbook(io.BytesIO(secretary.get("/intake/sheet.xlsx").data))
    names = [each.name for each in COLUMNS]
    for line, row in enumerate(rows, start=2):
        for name, value in row.items():
            book.worksheets[0].cell(row=line, column=names.index(name) + 1, value=value)
    octets = io.BytesIO()
    book.save(octets)
    return io.BytesIO(octets.getvalue()), "list.xlsx"


def upload(secretary: Visitor, *rows: Mapping[str, Any], **files: bytes) -> TestResponse:
    sent = [(io.BytesIO(octets), f"{name.removeprefix('f')}.pdf") for name, octets in files.items()]
    return secretary.post("/intake/sheet", sheet=sheet(secretary, *rows), files=sent)


def shown(secretary: Visitor, draft: str) -> str:
    """Return the digest that the page of a draft has in its form."""
    return "".join(re.findall(r'name="shown" value="([^"]*)"', secretary.page(draft)))


def enter(secretary: Visitor, draft: str, seen: str) -> TestResponse:
    return secretary.post(f"{draft}/enter", reason="ثبت دستی", shown=seen)


def kept(installation: Installation) -> list[str]:
    return [mark.key for mark in installation.store().inbox.marks("by-hand", 0, 1000)]


def test_good_rows_are_taken_and_the_others_stay_with_their_reasons(
    installation: Installation, secretary: Visitor
) -> None:
    rows = (
        {**ROW, "case_number": "A-1"},
        {**ROW, "case_number": "A-2", "recipient_id": "1"},
        {**ROW, "case_number": "A-3", "document": "18.pdf", "subject": "=1+1"},
        {**ROW, "case_number": "A-4", "document": "19.pdf"},
        {**ROW, "case_number": "A-1", "subject": "دیگر"},
        {**ROW, "case_number": "A-6", "document": "20.pdf", "attachments": "17.pdf"},
    )
    active = pdf(b"<</S/JavaScript/JS(1)>>", catalog=b"/OpenAction 4 0 R")
    answer = upload(secretary, *rows, f17=PDF, f18=PDF, f20=active)
    assert answer.status_code == 303
    draft = answer.headers["Location"]
    assert kept(installation) == []
    page = secretary.page(draft)
    wrong = re.findall(r'<td class="wide wrong">(.*?)</td>', page, re.DOTALL)
    assert len(wrong) == 5
    assert ["ده رقم" in wrong[0], "فرمول" in wrong[1], "بارگذاری نشده" in wrong[2]] == [True] * 3
    assert "همین صفحه‌گسترده" in wrong[3]
    listed = list(csv.DictReader(io.StringIO(secretary.get(f"{draft}/rejected.csv").data.decode("utf-8-sig"))))
    assert [row["سطر"] for row in listed] == ["3", "4", "5", "6", "7"]
    assert "ده رقم" in listed[0]["اشکال و راه رفع آن"]
    seen = shown(secretary, draft)
    for _ in range(2):
        assert enter(secretary, draft, seen).status_code == 303
        [key] = kept(installation)
        assert len(installation.store().evidence.of_notice(key)) == 1
    assert key in secretary.page(draft)
    # The whole spreadsheet once more, with one row corrected: what was entered is recognised.
    again = upload(secretary, rows[0], {**rows[1], "recipient_id": ROW["recipient_id"]}, f17=PDF)
    draft = again.headers["Location"]
    assert f"by-hand: {key}" in secretary.page(draft)
    enter(secretary, draft, shown(secretary, draft))
    assert len(kept(installation)) == 2


@pytest.mark.parametrize("octets", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 100])
def test_what_is_no_spreadsheet_is_told_above_the_form(secretary: Visitor, octets: bytes) -> None:
    answer = secretary.post("/intake/sheet", sheet=(io.BytesIO(octets), "list.xlsx"))
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert secretary.post("/intake/sheet").status_code == 422


def test_a_row_of_another_body_is_refused_in_its_cell(installation: Installation, secretary: Visitor) -> None:
    before = kept(installation)
    draft = upload(secretary, {**ROW, "case_number": "B-1", "body_code": "article-77"}, f17=PDF).headers["Location"]
    assert "ثبت ابلاغیه این مرجع صادرکننده با شما نیست" in secretary.page(draft)
    enter(secretary, draft, shown(secretary, draft))
    assert kept(installation) == before


def test_a_file_that_no_row_names_is_not_kept(installation: Installation, secretary: Visitor) -> None:
    draft = upload(secretary, {**ROW, "case_number": "C-1"}, f17=PDF, f99=PDF + b"\n").headers["Location"]
    found = installation.store().drafts.find(draft.rpartition("/")[2], "id-of-commission-secretary")
    assert found is not None
    assert [file.name for row in found.rows for file in row.files] == ["17.pdf"]


def test_the_empty_spreadsheet_offers_the_persons_own_bodies_alone(secretary: Visitor) -> None:
    book = load_workbook(io.BytesIO(secretary.get("/intake/sheet.xlsx").data))
    texts = {cell.value for each in book.worksheets for row in each.iter_rows() for cell in row}
    assert "کمیسیون ماده صد قانون شهرداری" in texts
    assert not {text for text in texts if isinstance(text, str) and "ماده ۷۷" in text}


@pytest.mark.parametrize("changed", ["mapping", "row", "file"])
def test_rows_are_entered_only_as_they_were_shown(
    installation: Installation, secretary: Visitor, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    """Another mapping comes in force, or the draft is changed, between page and press: nothing is entered."""
    rows = ({**ROW, "case_number": f"{changed}-1"}, {**ROW, "case_number": f"{changed}-2"})
    draft = upload(secretary, *rows, f17=PDF).headers["Location"]
    seen, before = shown(secretary, draft), kept(installation)
    assert seen.startswith("sha256:")
    drafts = installation.store().drafts
    found = drafts.find(draft.rpartition("/")[2], "id-of-commission-secretary")
    assert found is not None
    assert found.rows[1].paper is not None
    with monkeypatch.context() as patched:
        if changed == "mapping":
            mapper = current_mapper(installation, "by-hand")
            other = SimpleNamespace(map=mapper.map, digest=f"sha256:{'0' * 64}", columns=mapper.columns)
            patched.setattr(entered_row, "current_mapper", lambda *_: other)
        elif changed == "row":
            fields = {**found.rows[1].fields, "subject": "دیگر"}
            drafts.keep(replace(found, rows=(found.rows[0], replace(found.rows[1], fields=fields))))
        else:
            renamed = replace(found.rows[1].paper, name="18.pdf")
            drafts.keep(replace(found, rows=(found.rows[0], replace(found.rows[1], paper=renamed))))
        answer = enter(secretary, draft, seen)
        assert answer.status_code == 422
        assert CATALOGUE["act.changed"].fa in answer.text
        assert kept(installation) == before
        assert secretary.post(f"{draft}/enter", reason="ثبت دستی").status_code == 422, "without a digest"
    assert enter(secretary, draft, shown(secretary, draft)).status_code == 303
    assert len(kept(installation)) == len(before) + 2
