"""Entering one notice: errors at their fields, everything typed stays, and each notice is entered once."""

from __future__ import annotations

import io
import itertools
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from adapters.composition.sources import case_source
from adapters.settings import mapping_file
from adapters.shipped.resources import BY_HAND_MAPPING
from gateway.notice.legal_effect import persian_digits
from gateway.notice.source_row import Refusal
from gateway.people.permissions import Role
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import CATALOGUE
from gateway.store.stored import Changes
from tests.console.signed_in import Visitor, pages_of, visitor
from tests.papers import PDF, pdf

TYPED = {
    "body_and_kind": "article-100 ruling",
    "case_number": "۱۴۰۴-۱۰۰-۱",
    "paper_number": "۱۷",
    "subject": "ابلاغ رأی کمیسیون",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "district": "منطقه ۵",
    "recipient_kind": "NATURAL",
    "recipient_id": "۹۹۹۰۰۰۰۰۱۸",
    "recipient_name": "شخص نمونه",
}
_CASES = itertools.count(1)
ACTIVE = pdf(b"<</S/JavaScript/JS(app.alert\\(1\\))>>", catalog=b"/OpenAction 4 0 R")
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture(scope="module")
def installation(fresh_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return a store of these tests; each types papers of a case of its own."""
    folder = tmp_path_factory.mktemp("entering") / "copy"
    shutil.copytree(fresh_folder, folder)
    with closing(Installation.of(folder / "gateway.toml")) as made:
        yield made


@pytest.fixture(scope="module")
def app(installation: Installation) -> Flask:
    return pages_of(installation)


@pytest.fixture(autouse=True)
def case(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the number of this test's case."""
    number = f"1404-100-{next(_CASES)}"
    monkeypatch.setitem(TYPED, "case_number", persian_digits(number))
    return number


@pytest.fixture
def secretary(app: Flask) -> Visitor:
    return visitor(app, Role.COMMISSION_SECRETARY)


def file(octets: bytes = PDF, name: str = "رأی ۱۷.pdf") -> tuple[io.BytesIO, str]:
    return io.BytesIO(octets), name


def typed(**other: Any) -> dict[str, Any]:
    return {**TYPED, "paper": file(), **other}


def send(secretary: Visitor, path: str = "/intake/new", **fields: Any) -> TestResponse:
    return secretary.post(path, **fields)


def draft_of(answer: TestResponse) -> str:
    """Return the path of the draft to which an accepted form leads."""
    assert answer.status_code == 303, re.findall(r'class="mistake".*?</p>', answer.text, re.DOTALL)
    return answer.headers["Location"]


def shown(secretary: Visitor, draft: str) -> str:
    """Return the hidden field of a preview that says what it shows; empty if nothing can be entered."""
    return "".join(re.findall(r'name="shown" value="([^"]*)"', secretary.page(draft)))


def enter(secretary: Visitor, draft: str) -> str:
    """Enter a draft; return the reference of its notice."""
    fields = {"reason": "ثبت دستی", "shown": shown(secretary, draft)}
    assert secretary.post(f"{draft}/enter", **fields).status_code == 303
    return re.findall(r"EB-[A-Z2-7]{32}", secretary.page(draft))[0]


def mistakes(page: str) -> dict[str, str]:
    """Return the errors of a page by the field at which each stands."""
    return dict(re.findall(r'<p class="mistake" id="([a-z_]+)-error">(.*?)</p>', page, re.DOTALL))


def kept(installation: Installation) -> list[str]:
    """Return the keys of the rows in the inbox."""
    return [mark.key for mark in installation.store().inbox.marks("by-hand", 0, 1000)]


@pytest.fixture
def before(installation: Installation) -> list[str]:
    return kept(installation)


@pytest.mark.parametrize(
    ("field", "value", "place", "words"),
    [
        ("body_and_kind", "", "body_and_kind", "خالی"),
        ("case_number", " ", "case_number", "خالی"),
        ("paper_number", "", "paper_number", "خالی"),
        ("subject", "", "subject", "خالی"),
        ("subject", "x" * 2001, "subject", "نویسه"),
        ("issued_on", "2026-02-03", "issued_on", "تاریخ"),
        ("issued_on", "۱۴۰۴/۱۳/۰۱", "issued_on", "تقویم"),
        ("district", "", "district", "خالی"),
        ("recipient_kind", "", "recipient_kind", "مخاطب"),
        ("recipient_id", "۹۹۹۰۰۰۰۰۱۹", "recipient_id", "رقم کنترل کد ملی"),
        ("recipient_id", "۱۲۳", "recipient_id", "ده رقم"),
        ("recipient_name", "", "recipient_name", "نام"),
        ("mobile", "021", "mobile", "همراه"),
        ("postal_code", "۱۲", "postal_code", "کد پستی"),
        ("serve_by", "فردا", "serve_by", "تاریخ"),
        ("revision", "۰", "revision", "نوبت"),
        ("revision", "۲", "revision", "نوبت"),
    ],
)
def test_an_error_stands_at_its_field_and_what_was_typed_stays(
    installation: Installation, secretary: Visitor, field: str, value: str, place: str, words: str, before: list[str]
) -> None:
    answer = send(secretary, **typed(**{field: value}))
    assert answer.status_code == 422
    found = mistakes(answer.text)
    assert list(found) == [place]
    assert words in found[place]
    for name, text in TYPED.items():
        if name not in (field, "body_and_kind", "recipient_kind"):
            assert f'name="{name}" value="{text}"' in answer.text
    assert "رأی ۱۷.pdf" in answer.text
    assert kept(installation) == before


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (file(b""), "PDF"),
        (file(b"MZ" + PDF[10:]), "PDF"),
        (file(PDF[:-20]), "ناقص"),
        (file(ACTIVE), "اسکریپت"),
        (file(b"%PDF-1.7\nnonsense\n%%EOF\n"), "خراب"),
    ],
)
def test_a_hostile_or_damaged_paper_is_refused_at_its_field(
    installation: Installation, secretary: Visitor, sent: Any, words: str, before: list[str]
) -> None:
    answer = send(secretary, **typed(paper=sent))
    assert answer.status_code == 422
    assert list(mistakes(answer.text)) == ["paper"]
    assert words in mistakes(answer.text)["paper"], mistakes(answer.text)
    assert kept(installation) == before


def test_a_corrected_form_keeps_the_files_that_were_sent_before(installation: Installation, secretary: Visitor) -> None:
    wrong = send(secretary, **typed(recipient_id="1", attachments=[file(PNG, "map.png"), file(PDF, "report.pdf")]))
    again = re.findall(r'action="(/intake/drafts/[^/]+/form)', wrong.text)[0]
    digest = re.findall(r'name="remove" value="([^"]+)"', wrong.text)[0]
    draft = draft_of(send(secretary, again, **TYPED, remove=digest))
    page = secretary.page(draft)
    assert "رأی ۱۷.pdf" in page
    assert "report.pdf" in page
    assert "map.png" not in page
    shown = [secretary.get(path) for path in re.findall(rf'href="({draft}/files/[0-9a-f]+)"', page)]
    assert [each.data for each in shown] == [PDF, PDF]
    assert "sandbox" in shown[0].headers["Content-Security-Policy"]
    reference = enter(secretary, draft)
    row = next(installation.store().inbox.rows("by-hand", [reference]))
    assert [each["name"] for each in row.fields["attachments"]] == ["report.pdf"]  # type: ignore[index,union-attr]


def test_a_notice_is_entered_once_however_often_the_button_is_pressed(
    installation: Installation, secretary: Visitor, before: list[str]
) -> None:
    draft = draft_of(send(secretary, **typed()))
    assert kept(installation) == before
    reference = enter(secretary, draft)
    assert enter(secretary, draft) == reference
    assert kept(installation) == [*before, reference]
    records = installation.store().evidence.of_notice(reference)
    assert [(row.kind, row.notice) for row in records] == [(EvidenceKind.PERSON_ACT, reference)]
    told = installation.store().evidence.payload(records[0].payload_digest).decode()
    assert "commission-secretary-1" in told
    assert "ثبت دستی" in told


OTHERS: dict[str, dict[str, Any]] = {
    "subject": {"subject": "موضوعی دیگر"},
    "last useful day": {"serve_by": "۱۴۰۵/۱۲/۰۱"},
    "paper": {"paper": (PDF + b"\n", "رأی ۱۷.pdf")},
    "name of the paper": {"paper": (PDF, "رأی ۱۸.pdf")},
    "attachment": {"attachments": (PDF, "گزارش.pdf")},
}


@pytest.mark.long
@pytest.mark.parametrize("name", OTHERS)
def test_a_preview_left_open_enters_no_other_notice_than_it_shows(
    installation: Installation, secretary: Visitor, before: list[str], name: str
) -> None:
    """The draft is changed and saved in another window; its preview is shown again, and then it is entered."""
    draft = draft_of(send(secretary, **typed()))
    seen = shown(secretary, draft)
    files = {field: file(*value) if isinstance(value, tuple) else value for field, value in OTHERS[name].items()}
    draft_of(send(secretary, f"{draft}/form", **{**TYPED, **files}))
    answer = secretary.post(f"{draft}/enter", reason="ثبت دستی", shown=seen)
    assert answer.status_code == 422
    assert CATALOGUE["act.changed"].fa in answer.text
    assert "".join(re.findall(r'name="shown" value="([^"]*)"', answer.text)) == shown(secretary, draft) != seen
    assert kept(installation) == before
    unsaid = secretary.post(f"{draft}/enter", reason="ثبت دستی")
    assert unsaid.status_code == 422, "a form that names no preview enters nothing"
    reference = enter(secretary, draft)
    assert kept(installation) == [*before, reference]
    assert secretary.post(f"{draft}/enter", reason="ثبت دستی", shown=seen).status_code == 303, "it is entered"


def test_a_preview_left_open_enters_nothing_by_another_mapping(
    installation: Installation, secretary: Visitor, before: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another mapping makes another notice of the same draft."""
    draft = draft_of(send(secretary, **typed()))
    seen, text = shown(secretary, draft), BY_HAND_MAPPING.read_text(encoding="utf-8")
    assert 'from = "subject"' in text
    other = tmp_path / "other.toml"
    other.write_text(text.replace('from = "subject"', 'from = "district"'), encoding="utf-8")
    monkeypatch.setattr(mapping_file, "BY_HAND_MAPPING", other)
    assert secretary.post(f"{draft}/enter", reason="ثبت دستی", shown=seen).status_code == 422
    assert shown(secretary, draft) != seen
    assert kept(installation) == before


def test_the_same_paper_typed_twice_is_refused_and_names_the_other_row(
    installation: Installation, secretary: Visitor, before: list[str]
) -> None:
    reference = enter(secretary, draft_of(send(secretary, **typed())))
    for other in ({}, {"subject": "متنی دیگر"}, {"paper_number": " 17 "}):
        answer = send(secretary, **typed(**other))
        assert answer.status_code == 422
        assert list(mistakes(answer.text)) == ["paper_number"]
        assert f"by-hand: {reference}" in answer.text
    assert kept(installation) == [*before, reference]


def test_the_first_of_two_persons_wins_with_two_texts_of_one_paper(
    installation: Installation, app: Flask, secretary: Visitor, before: list[str]
) -> None:
    first, second = (draft_of(send(secretary, **typed(subject=text))) for text in ("یک", "دو"))
    seen = shown(secretary, second)
    reference = enter(secretary, first)
    assert secretary.post(f"{second}/enter", reason="ثبت دستی", shown=seen).status_code == 303
    assert f"by-hand: {reference}" in secretary.page(second)
    assert kept(installation) == [*before, reference]
    assert len(installation.store().evidence.of_notice(reference)) == 1


def test_a_row_that_intake_refused_is_corrected_by_entering_it_again(
    installation: Installation, secretary: Visitor
) -> None:
    store = installation.store()
    reference = enter(secretary, draft_of(send(secretary, **typed())))
    refuse(installation, reference)
    corrected = draft_of(send(secretary, **typed(subject="موضوع درست")))
    assert enter(secretary, corrected) == reference
    assert store.inbox.standings("by-hand", [reference])[reference].version == 2


@pytest.mark.parametrize("choice", ["article-55-20 ruling", "article-99 ruling", "nowhere ruling", "article-77 ruling"])
def test_a_body_that_is_not_the_persons_own_is_refused(
    installation: Installation, secretary: Visitor, choice: str, before: list[str]
) -> None:
    answer = send(secretary, **typed(body_and_kind=choice))
    assert answer.status_code == 422
    assert list(mistakes(answer.text)) == ["body_and_kind"]
    assert kept(installation) == before
    assert choice not in secretary.page("/intake/new")


def test_a_kind_of_another_body_is_refused(secretary: Visitor) -> None:
    answer = send(secretary, **typed(body_and_kind="article-100 ten-day-warning"))
    assert answer.status_code == 422
    assert list(mistakes(answer.text)) == ["body_and_kind"]


def test_another_persons_draft_does_not_exist(installation: Installation, secretary: Visitor, case: str) -> None:
    """Neither its page nor its file, also for one who may enter notices of the same body."""
    draft = draft_of(send(secretary, **typed()))
    path = re.findall(rf'href="({draft}/files/[0-9a-f]+)"', secretary.page(draft))[0]
    drafts = installation.store().drafts
    own = drafts.find(draft.rpartition("/")[2], "id-of-commission-secretary")
    assert own is not None
    drafts.delete(own.id, own.person)
    drafts.keep_file(own.id, "another", PDF, installation.clock())
    drafts.keep(replace(own, person="another"))
    for tried in (draft, f"{draft}/form", path, f"{draft}/rejected.csv"):
        assert secretary.get(tried).status_code == 404
    for tried in (f"{draft}/enter", f"{draft}/delete", f"{draft}/form"):
        assert secretary.post(tried, reason="x").status_code == 404
    assert case not in secretary.page("/intake")
    assert drafts.find(own.id, "another") is not None


def test_a_body_that_was_taken_from_the_person_is_not_entered_any_more(
    installation: Installation, app: Flask, secretary: Visitor, before: list[str]
) -> None:
    draft = draft_of(send(secretary, **typed()))
    seen = shown(secretary, draft)
    moved = visitor(app, Role.COMMISSION_SECRETARY, bodies={"article-77"})
    assert moved.post(f"{draft}/enter", reason="x", shown=seen).status_code == 303
    assert kept(installation) == before


def test_a_draft_is_listed_and_can_be_deleted(installation: Installation, secretary: Visitor) -> None:
    draft = draft_of(send(secretary, **typed()))
    assert draft in secretary.page("/intake")
    assert secretary.post(f"{draft}/delete").status_code == 303
    assert secretary.get(draft).status_code == 404
    assert draft not in secretary.page("/intake")


def test_pages_say_when_nothing_can_be_entered(app: Flask) -> None:
    visit = visitor(app, Role.COMMISSION_SECRETARY, bodies={"article-99"})
    for path in ("/intake", "/intake/new", "/intake/sheet"):
        page = visit.page(path)
        assert 'class="empty"' in page
        assert "pass=" not in page


def test_an_error_is_in_the_language_of_the_person(app: Flask) -> None:
    visit = visitor(app, Role.COMMISSION_SECRETARY, language="en")
    answer = send(visit, **typed(recipient_id="9990000019"))
    assert "check digit is wrong" in mistakes(answer.text)["recipient_id"]


def refuse(installation: Installation, key: str) -> None:
    """Let intake refuse a row, as after a change of the mapping."""
    versions = {mark.key: mark.version for mark in case_source(installation, "by-hand").marks(None, 1000)}
    refusal = Refusal(
        source="by-hand",
        row_key=key,
        row_version=versions[key],
        code="notice.field-missing",
        field="subject",
        reason="موضوع",
        refused_at=installation.clock(),
    )
    installation.store().commit(Changes(refusals=[refusal]))
