"""Searches of people: notices by number or recipient, refused rows, processes and silent time authorities."""

from __future__ import annotations

from dataclasses import replace

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import RecipientKey
from gateway.runtime.errors import GatewayError
from gateway.store.among import Among
from gateway.store.stored import Changes, Process

from .builders import NOW, admit, at, entry, intake, reference, refusal

KEY, OTHER = RecipientKey(b"k" * 32), RecipientKey(b"o" * 32)
WHO, WHO_ELSE = "0012345679", "0790419904"


def found(store: SqlStore, **among: object) -> list[str]:
    notices = store.notices.find(state=None, limit=10, after=None, among=Among(**among))  # type: ignore[arg-type]
    return [each.entry.reference for each in notices]


def test_notices_are_found_by_tracking_number_and_case(store: SqlStore) -> None:
    admit(store, entry(1, tracking_number="T-1", state=DeliveryState.SUBMITTED), entry(2))
    assert found(store, tracking_number="T-1") == [reference(1)]
    assert found(store, tracking_number="T-2") == []
    assert found(store, case_number="1404-100-1") == [reference(1), reference(2)]


def test_notices_are_found_by_the_keyed_hash_of_their_recipient(store: SqlStore) -> None:
    entries = [KEY.entry_of(reference(1), WHO), KEY.entry_of(reference(2), WHO_ELSE)]
    store.commit(replace(intake(entry(1), entry(2), entry(3)), recipients=entries))
    assert found(store, recipient=[KEY.hash_of(WHO)]) == [reference(1)]
    assert found(store, recipient=[OTHER.hash_of(WHO), KEY.hash_of(WHO)]) == [reference(1)]
    assert found(store, recipient=[OTHER.hash_of(WHO)]) == []
    index = store.recipients
    assert [each.reference for each in index.unindexed(KEY.id, "", 10)] == [reference(3)]
    assert (index.count_unindexed(KEY.id), index.count_unindexed(OTHER.id, KEY.id), index.sizes()) == (
        1,
        1,
        {KEY.id: 2},
    )


def test_entries_stand_once_and_those_of_other_keys_go_in_parts(store: SqlStore) -> None:
    admit(store, entry(1), entry(2))
    for key in (KEY, KEY, OTHER):
        store.recipients.add([key.entry_of(reference(n), WHO) for n in (1, 2)])
    assert store.recipients.sizes() == {KEY.id: 2, OTHER.id: 2}
    assert [store.recipients.drop_others(KEY.id, 1) for _ in range(3)] == [1, 1, 0]
    assert store.recipients.sizes() == {KEY.id: 2}


def test_refused_rows_are_listed_by_source_and_code(store: SqlStore) -> None:
    rows = [
        refusal(1),
        refusal(2, code="recipient.name"),
        refusal(3, source="archive"),
        refusal(4, code="notice.date"),
    ]
    store.commit(Changes(refusals=rows))

    def listed(source: str | None = None, code: str | None = None, after: tuple[str, str] | None = None) -> list[str]:
        page = store.refusals.page(source=source, code=code, limit=10, after=after)
        return [f"{each.refusal.source}/{each.refusal.row_key}" for each in page]

    assert listed() == ["archive/row-3", "cases/row-1", "cases/row-2", "cases/row-4"]
    assert listed(source="cases", code="recipient") == ["cases/row-1", "cases/row-2"]
    assert listed(code="recipient.name") == ["cases/row-2"]
    assert listed(code="recip") == []
    assert listed(after=("cases", "row-1")) == ["cases/row-2", "cases/row-4"]


def test_processes_write_that_they_live(store: SqlStore) -> None:
    one = Process(owner="a/1", began_at=NOW, seen_at=NOW, passed_at=None)
    later = replace(one, seen_at=at(seconds=10), passed_at=at(seconds=8))
    other = Process(owner="b/2", began_at=NOW, seen_at=at(seconds=5), passed_at=None)
    for each in (one, other, later):
        store.processes.note(each)
    assert store.processes.known() == [later, other]
    store.processes.ended("b/2")
    assert store.processes.known() == [later]
    store.processes.note(replace(other, seen_at=at(days=2)))
    assert [each.owner for each in store.processes.known()] == ["b/2"]


def test_a_time_authority_is_silent_from_its_first_failure_to_its_next_time_stamp(store: SqlStore) -> None:
    away = GatewayError("time.unreachable", where="tsa")
    store.processes.authority("tsa", None, NOW)
    for minute in (1, 2):
        store.processes.authority("tsa", away, at(minutes=minute))
    (state,) = store.processes.silent()
    assert (state.name, state.failures, state.since, state.code) == ("tsa", 2, at(minutes=1), "time.unreachable")
    store.processes.authority("tsa", None, at(minutes=3))
    assert store.processes.silent() == []
