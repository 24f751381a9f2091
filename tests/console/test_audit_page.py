"""The audit room: search, proofs by day with their gaps, verification here, and who read what."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.composition.installation import Installation
from gateway.overview.evidence.record_kinds import PAPERS
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.clock import TEHRAN
from tests.console.signed_in import Visitor, pages_of, visitor

MAY = sorted(role for role in Role if Permission.SEE_AUDIT_ROOM in PERMISSIONS[role])
PAGES = ("/audit", "/audit/records", "/audit/acts", "/audit/checkpoints", "/audit/segments")


@pytest.fixture(scope="module")
def auditor(visit: Callable[..., Visitor]) -> Visitor:
    return visit(Role.AUDITOR, language="en")


@pytest.fixture
def apart(lived_folder: Path, tmp_path: Path) -> Path:
    """Return a copy of the lived folder that a test may damage."""
    return shutil.copytree(lived_folder, tmp_path / "apart")


def changed(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "gateway.db")) as store, store:
        for statement in statements:
            store.execute(statement)


def records_of(installation: Installation, kind: EvidenceKind) -> list[str]:
    """Return the ids of the records of a kind, in the order of arrival."""
    return _ids(installation, "WHERE kind = ?", kind.value)


def _ids(installation: Installation, condition: str = "", *values: str) -> list[str]:
    with closing(sqlite3.connect(installation.base / "gateway.db")) as store:
        query = f"SELECT id FROM evidence {condition} ORDER BY position"
        return [row[0] for row in store.execute(query, values)]


@pytest.mark.parametrize("role", sorted(Role))
def test_who_may_see_the_audit_room(visit: Callable[..., Visitor], lived: Installation, role: Role) -> None:
    seal = records_of(lived, EvidenceKind.SEALED_NOTICE)[0]
    for path in (*PAGES, f"/audit/records/{seal}"):
        visit(role).page(path, 200 if role in MAY else 403)


def test_papers_need_their_own_permission(visit: Callable[..., Visitor], lived: Installation) -> None:
    """A security officer verifies a record, and opens no paper; a configuration's record is no paper."""
    seal = records_of(lived, EvidenceKind.SEALED_NOTICE)[0]
    configuration = records_of(lived, EvidenceKind.CONFIGURATION_CHANGED)[0]
    officer = visit(Role.SECURITY_OFFICER, language="en")
    assert "not open to your role" in officer.page(f"/audit/records/{seal}")
    assert "<pre" not in officer.page(f"/audit/payloads/{seal}")
    officer.page(f"/audit/payloads/{seal}?as=file", 403)
    officer.page(f"/audit/payloads/{configuration}")
    file = officer.get(f"/audit/payloads/{configuration}?as=file")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert f"sha256:{hashlib.sha256(file.data).hexdigest()}" in officer.page(f"/audit/records/{configuration}")


def test_search_by_notice_kind_and_day(auditor: Visitor, lived: Installation) -> None:
    seal = records_of(lived, EvidenceKind.SEALED_NOTICE)[0]
    reference = seal.removeprefix("seal:")
    of_notice = auditor.page(f"/audit/records?notice={reference.lower()}")
    assert "Sealed notice" in of_notice
    assert "Message to the judiciary" in of_notice, "the messages that carried it belong to it"
    receipts = auditor.page("/audit/records?kind=RECEIPT").split("<tbody>")[1]
    assert "Receipt" in receipts
    assert "Sealed notice" not in receipts
    assert "No record fits." in auditor.page("/audit/records?from=1380/01/01&until=1380/01/02")
    assert "No record fits." in auditor.page("/audit/records?kind=HISTORY_SET_ASIDE")
    today = lived.clock().astimezone(TEHRAN).date()
    assert "<tbody>" in auditor.page(f"/audit/records?from={today - timedelta(days=1)}&until={today}")
    auditor.page("/audit/records?kind=NOTHING", 404)
    assert 'class="notice bad"' in auditor.page("/audit/records?from=nonsense")


def test_pages_follow_a_key_and_show_each_record_once(auditor: Visitor, lived: Installation) -> None:
    """The newest first, to the very first one, no record twice; filters stay in the address."""
    link, seen = "/audit/records?until=1499/01/01", list[str]()
    while link:
        page = auditor.page(link)
        seen += re.findall(r'href="/audit/records/([^"]+)"', page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        link = following[1].replace("&amp;", "&") if following else ""
        assert not link or "until=1499" in link
    assert len(seen) == len(set(seen)) == len(_ids(lived))


def test_every_kind_of_record_is_verified_here(auditor: Visitor, lived: Installation) -> None:
    """A record under a checkpoint passes every check of the recipe, and shows its inclusion proof."""
    for kind in sorted(PAPERS):
        page = auditor.page(f"/audit/records/{records_of(lived, kind)[0]}?verify=1")
        verdicts = page.split('id="verify"')[1].split("</table>")[0]
        assert verdicts.count(">passed<") == 7, kind
        assert "Hashes from the leaf to the root" in page


def test_a_changed_record_fails(apart: Path) -> None:
    """A header that was rewritten in the database leads to another root, and a lost payload is no proof."""
    with closing(Installation.of(apart / "gateway.toml")) as installation:
        first, second = records_of(installation, EvidenceKind.SEALED_NOTICE)[:2]
    with closing(sqlite3.connect(apart / "gateway.db")) as store, store:
        header = store.execute("SELECT header FROM evidence WHERE id = ?", (first,)).fetchone()[0]
        forged = header.replace(b'"origin":"', b'"origin":"x')
        store.execute("UPDATE evidence SET header = ? WHERE id = ?", (forged, first))
        store.execute(
            "DELETE FROM payload WHERE digest = (SELECT payload_digest FROM evidence WHERE id = ?)", (second,)
        )
    with closing(Installation.of(apart / "gateway.toml")) as installation:
        auditor = visitor(pages_of(installation), Role.AUDITOR, language="en")
        forged_page = auditor.page(f"/audit/records/{first}?verify=1")
        assert "its inclusion proof does not lead to the signed root" in forged_page
        assert 'class="notice bad"' in forged_page
        assert 'class="notice bad"' in auditor.page(f"/audit/records/{second}?verify=1")


def test_a_gap_is_shown_in_the_strip_and_in_words(apart: Path) -> None:
    """Days later, records whose time-stamps are missing are a gap; those with all their proofs are none."""
    # Other tests may have opened notices and made checkpoints here; no time-stamp was asked for since.
    stamped = "(SELECT max(size) FROM checkpoint WHERE token IS NOT NULL)"
    changed(apart, f"DELETE FROM evidence WHERE leaf_index IS NULL OR leaf_index >= {stamped}")
    changed(apart, f"DELETE FROM checkpoint WHERE size > {stamped}")
    with closing(Installation.of(apart / "gateway.toml")) as whole:
        later = Installation(whole.settings, whole.file, lambda: whole.clock() + timedelta(days=3))
        with closing(later):
            page = visitor(pages_of(later), Role.AUDITOR, language="en").page("/audit")
        assert "Days with gaps" not in page
        assert 'class="in-time"' in page
        assert 'class="missing"' not in page
    changed(apart, "UPDATE checkpoint SET token = NULL")
    with closing(Installation.of(apart / "gateway.toml")) as damaged:
        later = Installation(damaged.settings, damaged.file, lambda: damaged.clock() + timedelta(days=3))
        with closing(later):
            page = visitor(pages_of(later), Role.AUDITOR, language="en").page("/audit")
    assert "Days with gaps" in page
    assert 'class="missing"' in page
    assert "Not stamped in time" in page
    assert "Not sealed in time" not in page


def test_the_strip_without_records_and_without_an_archive(fresh_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(fresh_folder, tmp_path / "empty")
    changed(folder, "DELETE FROM evidence")
    with closing(Installation.of(folder / "gateway.toml")) as installation:
        auditor = visitor(pages_of(installation), Role.AUDITOR, language="en")
        assert "No record was made in these days." in auditor.page("/audit")
        assert "There is no checkpoint yet." in auditor.page("/audit/checkpoints")
        assert "No segment was written yet." in auditor.page("/audit/segments")
    config = folder / "gateway.toml"
    text = config.read_text(encoding="utf-8")
    config.write_text(re.sub(r"\n\[archive\].*?(?=\n\[service\])", "\n", text, flags=re.DOTALL), encoding="utf-8")
    with closing(Installation.of(config)) as installation:
        page = visitor(pages_of(installation), Role.AUDITOR, language="en").page("/audit")
    assert "No archive is configured." in page


def test_checkpoints_have_signer_time_stamp_and_witness(auditor: Visitor, lived: Installation) -> None:
    page = auditor.page("/audit/checkpoints")
    assert "eblagh.municipality.example/archive" in page
    assert "Time Stamping Authority" in page
    assert ">folder<" in page
    last = lived.store().log.last_checkpoint()
    assert last is not None
    assert auditor.get(f"/audit/checkpoints/{last.size}.note").data == last.note
    for unknown in ("999999", "99999999999999999999", "x"):
        auditor.page(f"/audit/checkpoints/{unknown}.note", 404)


def test_a_segment_is_verified_here(auditor: Visitor, apart: Path) -> None:
    first = re.search(r"/audit/segments\?verify=(\d+)", auditor.page("/audit/segments"))
    assert first is not None
    assert "Verified now" in auditor.page(f"/audit/segments?verify={first[1]}")
    auditor.page("/audit/segments?verify=7777", 404)
    segment = next((apart / "archive").glob("*.zip"))
    segment.write_bytes(segment.read_bytes()[:-100])
    with closing(Installation.of(apart / "gateway.toml")) as installation:
        page = visitor(pages_of(installation), Role.AUDITOR, language="en").page(f"/audit/segments?verify={first[1]}")
        assert 'class="notice bad"' in page
        segment.unlink()
        page = visitor(pages_of(installation), Role.AUDITOR, language="en").page("/audit/segments")
    assert "No segment was written yet." in page


def test_opening_a_message_is_on_record_once(apart: Path) -> None:
    """The record names the act and the message; the payload names the person. A second look adds none."""
    changed(apart, "DELETE FROM evidence WHERE kind = 'PERSON_ACT'")
    with closing(Installation.of(apart / "gateway.toml")) as installation:
        auditor = visitor(pages_of(installation), Role.AUDITOR, language="en")
        message = records_of(installation, EvidenceKind.MESSAGE_RECEIVED)[0]
        assert "No such act is on record." in auditor.page("/audit/acts?act=access")
        before = len(_ids(installation))
        for _ in range(2):
            auditor.page(f"/audit/payloads/{message}")
        auditor.page(f"/audit/payloads/{message}?as=file", 403)
        assert len(_ids(installation)) == before + 1
        page = auditor.page("/audit/acts?act=access")
        assert "opened a stored message" in page
        assert "auditor-1" in page
        assert "No such act is on record." in auditor.page("/audit/acts?act=archive.override")
        auditor.page("/audit/acts?act=no.such.act", 404)


def test_no_payload_shows_an_identifier(apart: Path) -> None:
    """Sealed notices and messages are shown with their identifiers masked."""
    with closing(sqlite3.connect(apart / "cases.db")) as cases:
        found = cases.execute("SELECT recipient_id, mobile, postal_code FROM eblagh_notices").fetchall()
    identifiers = {str(value).lstrip("+0") for row in found for value in row if value}
    with closing(Installation.of(apart / "gateway.toml")) as installation:
        auditor = visitor(pages_of(installation), Role.AUDITOR, language="en")
        for kind in (EvidenceKind.SEALED_NOTICE, EvidenceKind.MESSAGE_SENT):
            for record in records_of(installation, kind)[:3]:
                page = auditor.page(f"/audit/payloads/{record}")
                assert "••••" in page
                assert not any(each in page for each in identifiers if len(each) >= 8)


def test_an_auditor_changes_nothing(auditor: Visitor, lived: Installation) -> None:
    """Looking, searching and verifying add no record."""
    before = _ids(lived)
    seal = records_of(lived, EvidenceKind.SEALED_NOTICE)[0]
    for path in (*PAGES, f"/audit/records/{seal}?verify=1", "/audit/segments?verify=0"):
        auditor.page(path)
    assert _ids(lived) == before


def test_what_is_not_there_is_404(auditor: Visitor) -> None:
    auditor.page("/audit/records/no:such:record", 404)
    auditor.page("/audit/payloads/no:such:record", 404)


def test_pages_have_no_style_or_script_of_their_own(auditor: Visitor) -> None:
    for path in PAGES:
        page = auditor.page(path)
        assert not re.search(r"<style|<[a-z][^>]*\s(style|on\w+)=", page)
        assert page.count("<script") == 1
