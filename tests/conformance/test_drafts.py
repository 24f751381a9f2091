"""Rules for drafts of entered notices, on each database: a person's own, bounded, and deleted after a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import adapters.storage.sql_drafts
from adapters.municipal.entered_notices import EnteredNotices
from adapters.storage.sql_store import SqlStore
from gateway.intake.notice_draft import KEPT, Draft, DraftFile, DraftKind, DraftRow, FieldProblem
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from tests.manual_clock import ManualClock

pytestmark = pytest.mark.exhaustive(draw=["place"])

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)


def draft(id: str = "d1", person: str = "p1", at: datetime = NOW, *files: DraftFile) -> Draft:
    problem = FieldProblem(field="district", code="notice.field-missing", about="منطقه")
    rows = [
        DraftRow(
            line=number,
            fields={"subject": "ابلاغ رأی"},
            paper=file,
            attachments=(file,),
            problems=(problem,),
            reference="EB-1",
            entered=True,
        )
        for number, file in enumerate(files, start=2)
    ]
    return Draft(id=id, person=person, kind=DraftKind.SHEET, rows=tuple(rows or [DraftRow()]), changed_at=at)


def kept_file(store: SqlStore, octets: bytes, id: str = "d1", person: str = "p1", at: datetime = NOW) -> DraftFile:
    return DraftFile(name="17.pdf", digest=store.drafts.keep_file(id, person, octets, at), size=len(octets))


def test_a_draft_is_read_as_it_was_kept(store: SqlStore) -> None:
    whole = draft("d1", "p1", NOW, kept_file(store, b"%PDF-1"))
    store.drafts.keep(whole)
    store.drafts.keep(whole)
    assert store.drafts.find("d1", "p1") == whole
    assert store.drafts.file("d1", "p1", next(iter(whole.digests))) == b"%PDF-1"
    assert list(store.drafts.of_person("p1")) == [whole]


def test_a_draft_is_its_persons_alone(store: SqlStore) -> None:
    file = kept_file(store, b"%PDF-1")
    store.drafts.keep(draft("d1", "p1", NOW, file))
    assert store.drafts.find("d1", "p2") is None
    assert store.drafts.file("d1", "p2", file.digest) is None
    store.drafts.delete("d1", "p2")
    with pytest.raises(GatewayError, match=r"intake\.draft-gone"):
        store.drafts.keep(draft("d1", "p2"))
    assert store.drafts.find("d1", "p1") is not None


def test_a_file_that_the_draft_names_no_more_is_deleted(store: SqlStore) -> None:
    first, second = kept_file(store, b"first"), kept_file(store, b"second")
    store.drafts.keep(draft("d1", "p1", NOW, first, second))
    store.drafts.keep(draft("d1", "p1", NOW, second))
    assert store.drafts.file("d1", "p1", first.digest) is None
    assert store.drafts.file("d1", "p1", second.digest) == b"second"


def test_drafts_end_after_a_day_with_their_files(store: SqlStore) -> None:
    """The source's own collect pass ends them; a file of an upload that was broken off ends, too."""
    old = kept_file(store, b"old")
    lost = kept_file(store, b"lost", "never-kept")
    store.drafts.keep(draft("d1", "p1", NOW, old))
    store.drafts.keep(draft("d2", "p1", NOW + timedelta(hours=2)))
    clock = ManualClock(NOW + KEPT + timedelta(hours=1))
    assert EnteredNotices("by-hand", store.inbox, store.drafts, clock).gather(always) == []
    assert [each.id for each in store.drafts.of_person("p1")] == ["d2"]
    assert store.drafts.file("d1", "p1", old.digest) is None
    assert store.drafts.file("never-kept", "p1", lost.digest) is None


def test_the_oldest_drafts_of_a_person_make_room(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.storage.sql_drafts, "MAX_PERSON_BYTES", 10)
    monkeypatch.setattr(adapters.storage.sql_drafts, "MAX_DRAFTS", 2)
    for number in range(3):
        at = NOW + timedelta(minutes=number)
        store.drafts.keep(draft(f"d{number}", "p1", at, kept_file(store, b"%d..." % number, f"d{number}", at=at)))
    assert [each.id for each in store.drafts.of_person("p1")] == ["d2", "d1"]
    kept_file(store, b"seven..", "d3")
    assert [each.id for each in store.drafts.of_person("p1")] == []
    with pytest.raises(GatewayError, match=r"intake\.full"):
        kept_file(store, b"more than ten", "d3")


def test_the_draft_that_is_kept_stays_whatever_the_clock_of_the_others(
    store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters.storage.sql_drafts, "MAX_DRAFTS", 2)
    for name, at in (("d1", 2), ("d2", 1), ("new", 0)):
        store.drafts.keep(draft(name, "p1", NOW + timedelta(minutes=at)))
    assert [each.id for each in store.drafts.of_person("p1")] == ["d1", "new"]


def test_all_people_together_have_a_bound(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.storage.sql_drafts, "MAX_ALL_BYTES", 10)
    store.drafts.keep(draft("d1", "p1", NOW, kept_file(store, b"123456")))
    with pytest.raises(GatewayError, match=r"intake\.full"):
        kept_file(store, b"123456", "d2", "p2")
    assert store.drafts.find("d1", "p1") is not None


def test_a_changed_draft_replaces_the_one_before(store: SqlStore) -> None:
    store.drafts.keep(draft())
    changed = replace(draft(), rows=(DraftRow(fields={"subject": "دیگر"}),), changed_at=NOW + timedelta(minutes=1))
    store.drafts.keep(changed)
    assert store.drafts.find("d1", "p1") == changed
