"""One notice: what its page says, what opening it leaves on record, and what it never shows."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html import unescape

import pytest

from adapters.composition.installation import Installation
from adapters.composition.legal.notice_deadline import notice_deadline
from adapters.console.notices import opened_notice
from adapters.console.notices.opened_notice import key_of
from adapters.console.notices.shown_documents import POLICY, document_response
from adapters.console.pages.notices import document_page, notice_page, record_page
from adapters.crypto.xml.sealed_fields import sealed_paper
from adapters.crypto.xml.sealing import recipient_identifier
from adapters.storage.records.evidence_store import SqlEvidenceStore
from adapters.storage.sql_store import SqlStore
from gateway.notice.legal_effect import persian_digits
from gateway.operations.notice_access import Access, is_access
from gateway.operations.operator_action import BY_CONSOLE
from gateway.overview.notice_words import STATES
from gateway.overview.notices.notice_sentence import situation_of
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, EvidenceRow
from tests.console.signed_in import BODY, Visitor

Visit = Callable[..., Visitor]
PURPOSE = "پاسخ به نامه مخاطب"


@pytest.fixture(scope="module")
def notices(lived: Installation) -> list[Admission]:
    return lived.store().notices.find(state=None, limit=1000, after=None)


@pytest.fixture(scope="module")
def served(notices: list[Admission]) -> Admission:
    """A notice of the secretary's body that was served."""
    return next(each for each in notices if each.body == BODY and each.entry.service)


@pytest.fixture(scope="module")
def foreign(notices: list[Admission]) -> Admission:
    """A notice of another body."""
    return next(each for each in notices if each.body != BODY)


@pytest.fixture(scope="module")
def identifier(lived: Installation, served: Admission) -> str:
    return recipient_identifier(lived.store().evidence.payload(served.entry.seal_digest))


def address(notice: Admission, rest: str = "") -> str:
    return f"/notices/{notice.entry.reference}{rest}"


def records(installation: Installation, notice: Admission) -> list[EvidenceRow]:
    return installation.store().evidence.of_notice(notice.entry.reference)


def accesses(installation: Installation, notice: Admission) -> list[dict[str, str]]:
    evidence = installation.store().evidence
    rows = [row for row in records(installation, notice) if is_access(row)]
    return [json.loads(evidence.payload(row.payload_digest)) for row in rows]


def test_the_page_says_where_the_notice_stands(visit: Visit, lived: Installation, served: Admission) -> None:
    page = visit(Role.COMMISSION_SECRETARY).page(address(served))
    assert situation_of(served.entry, lived.clock()).sentence.fa in page
    assert STATES[served.entry.state].fa in page
    assert served.recipient_name in page
    assert served.entry.reference in page
    assert persian_digits(served.entry.service.date.replace("-", "/")) in page if served.entry.service else False
    assert "مطابقت ندارد" not in page


def test_the_page_derives_what_the_notice_starts(visit: Visit, lived: Installation, served: Admission) -> None:
    page = unescape(visit(Role.COMMISSION_SECRETARY).page(address(served)))
    told = notice_deadline(lived, served)
    assert told.periods
    for words in (*(each.label for each in told.periods), *(each.words for each in told.steps)):
        assert words.fa in page


def test_a_day_of_service_without_a_receipt_of_arrival_is_the_latest_possible_one(
    visit: Visit, served: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    secretary, latest = visit(Role.COMMISSION_SECRETARY), "تاریخ ابلاغ، حداکثر تا"
    assert latest not in secretary.page(address(served))
    derived = notice_page.notice_deadline
    monkeypatch.setattr(notice_page, "notice_deadline", lambda *of: replace(derived(*of), arrival_known=False))
    assert latest in secretary.page(address(served))


def test_each_line_of_the_timeline_links_its_record(visit: Visit, lived: Installation, served: Admission) -> None:
    secretary = visit(Role.COMMISSION_SECRETARY)
    page = secretary.page(address(served))
    linked = set(re.findall(r'/records/([0-9a-f]+)"', page))
    own = {key_of(row.id) for row in records(lived, served) if not is_access(row)}
    assert own <= linked
    assert "تأیید شد" in page
    for key in sorted(linked):
        assert "<pre" in (text := secretary.page(address(served, f"/records/{key}"))) or 'class="empty"' in text


@pytest.mark.long
def test_the_identifier_is_masked_everywhere(
    visit: Visit, lived: Installation, served: Admission, identifier: str
) -> None:
    """On the notice's page and in each of its records, for every role that may open them, in any digits."""
    keys = [key_of(row.id) for row in records(lived, served) if not is_access(row)]
    for role in Role:
        if Permission.OPEN_PAPERS not in PERMISSIONS[role]:
            continue
        for path in ("", *(f"/records/{key}" for key in keys)):
            answer = visit(role).page(address(served, path))
            assert identifier not in answer, (role, path)
            assert persian_digits(identifier) not in answer, (role, path)


@pytest.mark.parametrize("rest", ["", "/documents/0", "/evidence.asice", "/records/{key}"])
def test_a_notice_of_another_body_is_one_that_does_not_exist(
    visit: Visit, lived: Installation, foreign: Admission, rest: str
) -> None:
    """The same answer, and nothing on record."""
    secretary, before = visit(Role.COMMISSION_SECRETARY), len(records(lived, foreign))
    path = rest.format(key=key_of(foreign.evidence_id))
    hidden = secretary.page(address(foreign, path), status=404)
    unknown = secretary.page(f"/notices/EB-UNKNOWN{path}", status=404)
    assert hidden.replace(foreign.entry.reference, "EB-UNKNOWN") == unknown
    assert len(records(lived, foreign)) == before


def test_another_bodys_identifier_cannot_be_revealed(visit: Visit, lived: Installation, foreign: Admission) -> None:
    before = len(records(lived, foreign))
    answer = visit(Role.COMMISSION_SECRETARY).post(address(foreign, "/identifier"), purpose=PURPOSE)
    assert answer.status_code == 404
    assert len(records(lived, foreign)) == before


def test_a_record_of_another_notice_is_not_shown_under_an_own_one(
    visit: Visit, served: Admission, foreign: Admission
) -> None:
    visit(Role.COMMISSION_SECRETARY).page(address(served, f"/records/{key_of(foreign.evidence_id)}"), status=404)


def test_opening_is_on_record_once_in_a_session(visit: Visit, lived: Installation, notices: list[Admission]) -> None:
    notice = [each for each in notices if each.body == BODY][-1]
    auditor = visit(Role.AUDITOR, {"a-session-of-its-own"})
    for _ in range(2):
        auditor.page(address(notice))
    auditor.get(address(notice, "/documents/0"))
    auditor.page(address(notice, f"/records/{key_of(notice.evidence_id)}"))
    told = [each for each in accesses(lived, notice) if each["session"].endswith("a-session-of-its-own")]
    assert [each["act"] for each in told] == [Access.NOTICE, Access.PAPER, Access.MESSAGE]
    assert {each["authentication"] for each in told} == {BY_CONSOLE}
    assert told[2]["subject"] == notice.evidence_id
    headers = b"".join(row.header for row in records(lived, notice) if is_access(row))
    assert b"auditor-1" not in headers
    # The timeline is that of the notice; who read it stands below, for those who audit.
    page = auditor.page(address(notice))
    assert "auditor-1" in page
    assert "auditor-1" not in visit(Role.COMMISSION_SECRETARY).page(address(notice))


def test_what_cannot_be_recorded_is_not_shown(
    visit: Visit, lived: Installation, served: Admission, identifier: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk must not make reading anonymous."""

    def fail(*_: object) -> None:
        raise GatewayError("store.full", where="here")

    monkeypatch.setattr(SqlStore, "commit", fail)
    head = visit(Role.HEAD_OF_COMMISSION, {BODY, "a-session-that-never-opened"})
    for path in ("", "/documents/0", f"/records/{key_of(served.evidence_id)}"):
        answer = head.get(address(served, path))
        assert answer.status_code == 503, path
        assert served.recipient_name not in answer.text
        assert b"%PDF" not in answer.data
    answer = visit(Role.OPERATOR).post(address(served, "/identifier"), purpose=PURPOSE)
    assert answer.status_code == 503
    assert identifier not in answer.text


def test_an_identifier_is_revealed_for_a_purpose_on_record(
    visit: Visit, lived: Installation, served: Admission, identifier: str
) -> None:
    secretary = visit(Role.COMMISSION_SECRETARY, {BODY, "a-session-that-reveals"})

    def reveals() -> list[dict[str, str]]:
        return [each for each in accesses(lived, served) if "a-session-that-reveals" in each["session"]]

    for purpose in ("", "   ", "x" * 501, "\u200b", "\u2060", "\u200c", "\u202e\u2066"):
        refused = secretary.post(address(served, "/identifier"), purpose=purpose)
        assert refused.status_code == 422
        assert identifier not in refused.text
    assert reveals() == []
    shown = secretary.post(address(served, "/identifier"), purpose=f" \u202e{PURPOSE}\u2066 ")
    assert identifier in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    [told] = reveals()
    assert (told["act"], told["account"], told["reason"]) == (Access.IDENTIFIER, "commission-secretary-1", PURPOSE)
    again = secretary.get(address(served, "/identifier"))
    assert again.headers["Location"] == address(served)
    assert len(reveals()) == 1


def test_the_paper_opens_in_the_viewer_and_runs_nothing(visit: Visit, lived: Installation, served: Admission) -> None:
    answer = visit(Role.HEAD_OF_COMMISSION).get(address(served, "/documents/0"))
    assert answer.data == sealed_paper(lived.store().evidence.payload(served.entry.seal_digest))
    assert answer.content_type == "application/pdf"
    name = f'inline; filename="{served.entry.reference}-0.pdf"'
    assert answer.headers["Content-Disposition"] == name
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert "sandbox;" in POLICY
    assert "allow" not in POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert visit(Role.HEAD_OF_COMMISSION).get(address(served, "/documents/9")).status_code == 404


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "image/tiff", "application/xhtml+xml", "x"])
def test_a_document_of_any_other_kind_is_only_saved(media_type: str) -> None:
    response = document_response(b"<script>", media_type, "EB-A-1")
    assert response.content_type == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="EB-A-1.bin"'


def test_a_raw_message_is_text(
    visit: Visit, lived: Installation, served: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its text is inert: no element of it becomes one of the page's."""
    [sent] = [row for row in records(lived, served) if row.kind == EvidenceKind.MESSAGE_SENT][:1]
    real = SqlEvidenceStore.payload
    evil = b"<script>alert(1)</script><img src=x onerror=alert(1)></pre><h1>\xff\x00\x1b[2J\xe2\x80\xae"

    def payload(self: SqlEvidenceStore, digest: str) -> bytes:
        return evil if digest == sent.payload_digest else real(self, digest)

    monkeypatch.setattr(SqlEvidenceStore, "payload", payload)
    page = visit(Role.OPERATOR).page(address(served, f"/records/{key_of(sent.id)}"))
    text = page.partition('<pre class="octets"')[2].partition("</pre>")[0].partition(">")[2]
    assert text.startswith("&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;&lt;/pre&gt;")
    assert page.count("<script") == 1
    assert not {"\x00", "\x1b", "\u202e"} & set(page)


def test_a_message_with_notices_of_other_bodies_has_no_text(
    visit: Visit, lived: Installation, served: Admission, foreign: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    [sent] = [row for row in records(lived, served) if row.kind == EvidenceKind.MESSAGE_SENT][:1]
    monkeypatch.setattr(record_page, "mentioned", lambda _: frozenset({foreign.entry.reference}))
    path = address(served, f"/records/{key_of(sent.id)}")
    assert "<pre" not in visit(Role.COMMISSION_SECRETARY).page(path)
    assert "<pre" in visit(Role.OPERATOR).page(path)


def test_revisions_of_a_paper_are_linked(visit: Visit, notices: list[Admission]) -> None:
    later = next(each for each in notices if each.predecessor)
    operator = visit(Role.OPERATOR)
    assert f'href="/notices/{later.predecessor}"' in operator.page(address(later))
    assert f'href="/notices/{later.entry.reference}"' in operator.page(f"/notices/{later.predecessor}")


def test_a_changed_row_is_said_first(visit: Visit, served: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened_notice, "unproven", lambda *_: {served.entry.reference: ["state: VIEWED"]})
    page = visit(Role.OPERATOR, language="en").page(address(served))
    assert 'role="alert"' in page
    assert "its evidence does not prove" in page


def test_a_deleted_paper_leaves_the_rest_of_the_page(
    visit: Visit, served: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = SqlEvidenceStore.payload

    def payload(self: SqlEvidenceStore, digest: str) -> bytes:
        if digest == served.entry.seal_digest:
            raise GatewayError("retention.deleted", where=digest)
        return real(self, digest)

    monkeypatch.setattr(SqlEvidenceStore, "payload", payload)
    monkeypatch.setattr(opened_notice, "unproven", lambda *_: {})
    page = visit(Role.OPERATOR).page(address(served))
    assert served.case_number in page
    assert "/documents/0" not in page
    assert "/identifier" not in page


def test_evidence_is_downloaded_by_those_who_may(
    visit: Visit, lived: Installation, served: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is that of `evidence export`; making it needs a time authority, which no longer runs here."""
    monkeypatch.setattr(document_page, "export_to", lambda path, *_: path.write_bytes(b"PK of the evidence"))
    answer = visit(Role.COMMISSION_SECRETARY).get(address(served, "/evidence.asice"))
    assert answer.data == b"PK of the evidence"
    assert answer.content_type == "application/vnd.etsi.asic-e+zip"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{served.entry.reference}.asice"'
    assert Access.EVIDENCE in [each["act"] for each in accesses(lived, served)]
    assert visit(Role.HEAD_OF_COMMISSION).get(address(served, "/evidence.asice")).status_code == 403
    assert "evidence.asice" not in visit(Role.HEAD_OF_COMMISSION).page(address(served))


def test_evidence_that_cannot_be_made_now_says_why_and_was_not_downloaded(
    visit: Visit, lived: Installation, served: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its time authority no file is made that a court could not date."""
    before = len(accesses(lived, served))
    page = visit(Role.OPERATOR).page(address(served, "/evidence.asice"), status=503)
    assert "time.no-authority" in page
    monkeypatch.setattr(document_page, "export_to", lambda path, *_: path.write_bytes(b"PK of the evidence"))
    monkeypatch.setattr(document_page, "MAX_ANSWER_BYTES", 10)
    refused = visit(Role.OPERATOR).get(address(served, "/evidence.asice"))
    assert refused.status_code != 200
    assert "evidence.too-large" in refused.text
    assert len(accesses(lived, served)) == before


def test_roles_without_notices_have_no_page(visit: Visit, served: Admission) -> None:
    for role in Role:
        status = 200 if Permission.SEE_NOTICES in PERMISSIONS[role] else 403
        assert visit(role).get(address(served)).status_code == status, role


def test_a_row_that_waits_to_be_written_says_so(
    visit: Visit, served: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    behind = replace(served, entry=replace(served.entry, written_seq=-1))
    monkeypatch.setattr(opened_notice, "find_visible", lambda *_: behind)
    assert "it is written by itself" in visit(Role.OPERATOR, language="en").page(address(served))
