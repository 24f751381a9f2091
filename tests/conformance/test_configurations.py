"""Configurations on record: one record for each that comes into force, whoever begins with it, on every database."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.effective_configuration import Configuration, last, record, within
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.store.stored import EvidenceRow

from .builders import at
from .conftest import Place

VALUES = {"endpoint": "https://one.example", "anchors": ["sha256:1"]}
ONE = Configuration.of(VALUES)
TWO = Configuration.of(VALUES | {"endpoint": "https://two.example", "witness": "a share"})


def begin(store: SqlStore, configuration: Configuration, now: datetime) -> None:
    record(store, configuration, now, "city", "0.1.0")


def headers(store: SqlStore) -> list[Header]:
    return [Header.of(row.header) for row in store.evidence.configurations()]


def test_a_configuration_is_on_record_with_a_digest_for_each_part(store: SqlStore) -> None:
    assert last(store.rows) is None
    begin(store, ONE, at())
    [header] = headers(store)
    assert (header.kind, header.notice, header.origin) == (EvidenceKind.CONFIGURATION_CHANGED, None, "city")
    assert (header.payload_digest, header.event_time) == (ONE.digest, "2026-02-03T08:30:00.000000Z")
    assert header.context == {"before": "none", "changed": "anchors, endpoint", "version": "0.1.0"}
    assert store.evidence.payload(ONE.digest) == ONE.octets
    assert json.loads(ONE.octets)["parts"].keys() == VALUES.keys()
    assert b"one.example" not in ONE.octets, "digests alone"


def test_the_same_configuration_is_recorded_once(store: SqlStore) -> None:
    for minutes in range(3):
        begin(store, ONE, at(minutes=minutes))
    assert len(headers(store)) == 1


def test_a_change_names_the_parts_that_are_not_as_before(store: SqlStore) -> None:
    begin(store, ONE, at())
    begin(store, TWO, at(minutes=1))
    begin(store, ONE, at(minutes=2))
    assert [header.payload_digest for header in headers(store)] == [ONE.digest, TWO.digest, ONE.digest]
    assert [header.context["changed"] for header in headers(store)[1:]] == ["endpoint, witness"] * 2
    assert headers(store)[2].context["before"] == TWO.digest
    found = last(store.rows)
    assert found is not None
    assert (found.id, found.before, found.configuration) == (headers(store)[2].id, 2, ONE)


def test_nodes_that_begin_at_once_with_the_same_configuration_write_one_record(
    store: SqlStore, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(store, ONE, at())
    with closing(place.open()) as other:
        before = other.rows.cursor("configuration")
        begin(store, TWO, at(minutes=1))
        # It had looked before the first one wrote.
        monkeypatch.setattr(other.rows, "cursor", lambda _: before)
        begin(other, TWO, at(minutes=1, seconds=1))
    assert [header.payload_digest for header in headers(store)] == [ONE.digest, TWO.digest]
    assert headers(store)[1].event_time == "2026-02-03T08:31:00.000000Z"


def test_nodes_that_begin_at_once_with_different_ones_are_both_on_record(
    store: SqlStore, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(place.open()) as other:
        begin(store, ONE, at())
        monkeypatch.setattr(other.rows, "cursor", lambda _: None)
        begin(other, TWO, at(seconds=1))
    begin(store, ONE, at(minutes=1))
    assert [header.payload_digest for header in headers(store)] == [ONE.digest, TWO.digest, ONE.digest]


def test_a_timeline_has_the_configuration_of_its_beginning_and_each_change_until_its_end(store: SqlStore) -> None:
    for minutes, configuration in enumerate([ONE, TWO, ONE, TWO, ONE]):
        begin(store, configuration, at(minutes=minutes))
    records = store.evidence.configurations()
    numbers = {row.id: number for number, row in enumerate(records)}
    own = [row_header(records[1]), row_header(records[3])]

    def found(state: DeliveryState) -> list[int]:
        return [numbers[row.id] for row in within(records, own, state)]

    assert found(DeliveryState.VIEWED) == [1, 2, 3], "it has ended with its last record"
    assert found(DeliveryState.SUBMITTED) == [1, 2, 3, 4]
    assert within(records, [], DeliveryState.QUEUED) == []


def row_header(row: EvidenceRow) -> Header:
    return Header.of(row.header)
