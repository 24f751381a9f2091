"""Rules for every inbox, beside those of a case source (`test_source.py`)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, make_url

from adapters.municipal.inbox_source import InboxSource
from adapters.storage.engine.engine import postgresql_url
from adapters.storage.sql_store import SqlStore
from gateway.notice.source_row import Refusal, Value
from gateway.operations.operator_action import OperatorAction
from gateway.operations.recovery import declare
from gateway.store.inbox import Envelope, PushedRow, PushedRowState, Taking, defect, judged, version_of
from gateway.trust.trust_policy import Rejection

from .conftest import Place

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)
DOCUMENT = b"%PDF-1.7\n%%EOF\n"


def row(key: str = "1", version: int = 1, **fields: Value) -> PushedRow:
    return PushedRow(key=key, version=version, fields={"subject": "رأی", "document": DOCUMENT, **fields})


def push(store: SqlStore, *rows: PushedRow, envelope: Envelope | None = None) -> list[tuple[Taking, str | None]]:
    taken = store.inbox.push("desk", rows, origin="test", now=NOW, envelope=envelope)
    return [(each.taking, each.code) for each in taken]


def envelope(number: int = 1, attempt: str = "a", at: datetime = NOW) -> Envelope:
    return Envelope(replay_key=f"sha256:{number}", message_id=f"urn:uuid:{number}", received_at=at, attempt=attempt)


def refuse(store: SqlStore, *keys: str) -> None:
    arrivals = {mark.key: mark.version for mark in store.inbox.marks("desk", 0, 1000)}
    source = InboxSource("desk", store.inbox)
    source.write_refusals(
        [
            Refusal(
                source="desk",
                row_key=key,
                row_version=arrivals[key],
                code="recipient.name",
                field="recipient_name",
                reason="نام",
                refused_at=NOW,
            )
            for key in keys
        ]
    )


def test_each_row_is_kept_once_and_what_it_comes_to_is_told(store: SqlStore) -> None:
    assert push(store, row(), row("2"), row()) == [
        (Taking.STORED, None),
        (Taking.STORED, None),
        (Taking.REPEATED, None),
    ]
    changed = [row("1", 1, subject="x"), row("1", 0), row("1", 2, subject="x"), row("", 1)]
    assert push(store, *changed) == [
        (Taking.REFUSED, "push.version-reused"),
        (Taking.REFUSED, "push.version-older"),
        (Taking.STORED, None),
        (Taking.REFUSED, "push.key"),
    ]
    assert [mark.key for mark in store.inbox.marks("desk", 0, 10)] == ["2", "1"]
    assert store.inbox.marks("other", 0, 10) == []


def test_a_changed_document_is_another_content(store: SqlStore) -> None:
    push(store, row())
    assert push(store, row(document=DOCUMENT + b"\n")) == [(Taking.REFUSED, "push.version-reused")]


def test_what_was_kept_is_read_after_the_store_was_opened_anew(place: Place) -> None:
    fields: dict[str, Value] = {"text": "رأی\u200cدوم", "number": 7, "part": 0.5, "nothing": None, "pdf": DOCUMENT}
    with closing(place.open()) as store:
        store.inbox.push("desk", [PushedRow(key="کلید", version=1, fields=fields)], origin="test", now=NOW)
    with closing(place.open()) as store:
        [found] = store.inbox.rows("desk", ["کلید"])
        assert (found.fields, found.version) == (fields, version_of(1))


def test_days_and_times_are_kept_as_such(store: SqlStore) -> None:
    local = datetime.fromisoformat("2026-02-03T08:00:00.000005")
    times: dict[str, Value] = {"day": date(2026, 2, 3), "local": local, "utc": NOW, "none": None}
    assert [push(store, row(**times)) for _ in range(2)] == [[(Taking.STORED, None)], [(Taking.REPEATED, None)]]
    (kept,) = store.inbox.rows("desk", ["1"])
    assert kept.fields == row(**times).fields


def test_a_message_is_opened_once(store: SqlStore) -> None:
    assert not store.inbox.knows("sha256:1")
    push(store, row(), envelope=envelope())
    assert store.inbox.knows("sha256:1")
    with pytest.raises(Rejection, match=r"verify\.replay"):
        push(store, row("2"), envelope=envelope(attempt="b"))
    with pytest.raises(Rejection, match=r"verify\.replay"):
        store.inbox.open_once("desk", envelope(attempt="b"))
    assert [mark.key for mark in store.inbox.marks("desk", 0, 10)] == ["1"], "nothing of it happened"
    assert push(store, row(), envelope=envelope()) == [(Taking.REPEATED, None)], "the same call, repeated"


def test_old_messages_are_forgotten(store: SqlStore) -> None:
    store.inbox.open_once("desk", envelope(1))
    store.inbox.open_once("other", envelope(2))
    store.inbox.open_once("desk", envelope(3, at=NOW + timedelta(days=8)))
    assert [store.inbox.knows(f"sha256:{number}") for number in (1, 2, 3)] == [False, True, True]


def test_what_is_told_is_numbered_without_gaps_and_shown_by_its_last_change(store: SqlStore) -> None:
    push(store, row("1"), row("2"))
    refuse(store, "1", "2")
    refuse(store, "1")
    assert [(reported.key, reported.change) for reported in store.inbox.told("desk", 0, 10)] == [("1", 1), ("2", 2)]
    push(store, row("1", 2))
    refuse(store, "1")
    assert [(reported.key, reported.version, reported.change) for reported in store.inbox.told("desk", 1, 10)] == [
        ("2", 1, 2),
        ("1", 2, 3),
    ]
    assert [reported.key for reported in store.inbox.told("desk", 1, 1)] == ["2"]


def test_pushes_at_once_give_no_number_twice(place: Place) -> None:
    def bring(number: int) -> list[tuple[Taking, str | None]]:
        with closing(place.open()) as store:
            return push(store, row("shared"), row(f"own-{number}"))

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(bring, range(8)))
    assert sum(each[0][0] is Taking.STORED for each in taken) == 1
    with closing(place.open()) as store:
        arrivals = [mark.version for mark in store.inbox.marks("desk", 0, 100)]
    assert arrivals == [version_of(number) for number in range(1, 10)]


def test_a_restored_store_gives_no_number_that_it_forgot(store: SqlStore) -> None:
    push(store, row("1"), row("2"))
    refuse(store, "1")
    restored_at = datetime(2026, 2, 3, 9, tzinfo=UTC)
    declare(store, OperatorAction(name="recovery", account="operator", reason="restored", at=restored_at), "city")
    refuse(store, "2")
    first, second = store.inbox.told("desk", 0, 10)
    assert (first.key, first.change) == ("1", 1)
    assert (second.key, second.change) == ("2", int(restored_at.timestamp()) * 10**6 + 1)
    push(store, row("1", 2))
    refuse(store, "1")
    assert [reported.key for reported in store.inbox.told("desk", second.change, 10)] == ["1"]


def test_many_rows_are_listed_and_told_by_an_index(place: Place) -> None:
    """However many rows there are, a page costs what a page costs."""
    plans = {
        "inbox_row": "SELECT row_key FROM inbox_row WHERE source = 'desk' AND arrival >= 5 ORDER BY arrival LIMIT 10",
        "inbox_document": "SELECT digest FROM inbox_document WHERE digest = 'sha256:1'",
        "inbox_told": "SELECT key FROM inbox_told WHERE source = 'desk' AND change > 5 ORDER BY change LIMIT 10",
    }
    engine = create_engine(postgresql_url(make_url(place.where)) if "postgres" in place.where else place.where)
    with engine.connect() as connection:
        for table, query in plans.items():
            if engine.dialect.name == "sqlite":
                plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all())
            else:
                connection.exec_driver_sql("SET enable_seqscan = off")
                plan = str(connection.exec_driver_sql(f"EXPLAIN {query}").all())
            assert f"ix_{table}" in plan, plan
            assert "Sort" not in plan
            assert "TEMP B-TREE" not in plan
    engine.dispose()


ROWS = st.builds(
    PushedRow,
    key=st.sampled_from(["1", "2"]),
    version=st.integers(0, 3),
    fields=st.fixed_dictionaries({"subject": st.sampled_from(["a", "b"])}),
)


@settings(deadline=None)
@given(st.lists(ROWS, max_size=12))
def test_of_each_row_the_highest_version_stands_as_it_came_first(rows: list[PushedRow]) -> None:
    present: dict[str, PushedRowState] = {}
    first: dict[tuple[str, int], PushedRow] = {}
    for number, each in enumerate(rows):
        assert defect(each) is None
        if judged(each, present.get(each.key)).taking is Taking.STORED:
            present[each.key] = PushedRowState(version=each.version, arrival=number, digest=each.digest)
            first[each.key, each.version] = each
    for key, standing in present.items():
        assert standing.version == max(each.version for each in rows if each.key == key)
        assert standing.digest == first[key, standing.version].digest
