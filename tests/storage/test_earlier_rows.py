"""Rows of an earlier version, and their places after an upgrade. On both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from sqlalchemy import Connection, select

from adapters.revocation.reader import AuthorityLists
from adapters.storage.engine import migrate
from adapters.storage.engine.engine import Database
from adapters.storage.schema.archive_tables import revocation_list
from adapters.storage.schema.inbox_tables import inbox_document
from adapters.storage.schema.tables import payload_piece
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.record.version_subject import Subject
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.store.stored import Changes, Payload
from tests.conformance.builders import refusal
from tests.revocation.authority import AUTHORITIES, ROOT, listed
from tests.revocation.test_lists import scope
from tests.storage.earlier_databases import fill, nothing_yet

pytestmark = pytest.mark.long


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_mapping_that_was_in_force_stays_so(database: str, tmp_path: Path) -> None:
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0013")
        earlier = Database(url)
        earlier.write(_put_in_force)
        earlier.close()
        migrate.upgrade(url)
        store = SqlStore.open(url)
        [kept], [held], [was] = (
            store.versions.find("view"),
            store.versions.activations("cases"),
            store.versions.history("view", 1),
        )
        store.close()
    assert (kept.subject, kept.label, kept.octets) == (Subject.ROWS, "view@1", b"#")
    assert (held.subject, held.label, was.event) == (Subject.ROWS, "view@1", "Import")


def _put_in_force(connection: Connection) -> None:
    decided = "2026-02-03T08:00:00.000000Z"
    version: dict[str, object] = {"name": "view", "number": 1, "digest": "sha256:1", "state": "ACTIVE", "octets": b"#"}
    step: dict[str, object] = {"name": "view", "number": 1, "seq": 0, "event": "Import", "state": "DRAFT"}
    decision: dict[str, object] = {"source": "cases", "number": 1, "mapping": "view", "version": 1}
    fill(connection, "evidence", id="act:1", recorded_at=decided)
    fill(connection, "mapping_version", imported_at=decided, **version)
    fill(connection, "mapping_step", at=decided, evidence_id="act:1", **step)
    times = {"begins_at": decided, "decided_at": decided}
    fill(connection, "mapping_activation", evidence_id="act:1", **decision, **times)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_documents_of_rows_of_an_earlier_version_are_found(database: str, tmp_path: Path) -> None:
    name, other = {"document": "sha256:1"}, {"document": "sha256:2"}
    contents = {
        "1": {"subject": "sha256:3", "paper": name, "day": {"date": "2026-02-03"}},
        "2": {"paper": name, "attachments": [{"paper": other, "title": None}, {"paper": other}]},
        "3": {"subject": "رأی"},
        "ended": "",
    }
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0042")

        def push(connection: Connection) -> None:
            for number, (key, fields) in enumerate(contents.items()):
                texts = json.dumps(fields) if fields else ""
                fill(connection, "inbox_row", row_key=key, arrival=number, fields=texts)

        earlier = Database(url)
        earlier.write(push)
        earlier.close()
        migrate.upgrade(url)
        later = Database(url)
        found = later.read(lambda c: c.execute(select(inbox_document).order_by(*inbox_document.c)).all())
        later.close()
    assert found == [("x", "1", "sha256:1"), ("x", "2", "sha256:1"), ("x", "2", "sha256:2")]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_refusal_of_an_earlier_version_stays_in_the_recovery_in_which_it_was_written(
    database: str, tmp_path: Path
) -> None:
    first, later = "2026-02-03T08:00:00.000000Z", "2026-03-03T08:00:00.000000Z"
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0048")

        def put(connection: Connection) -> None:
            fill(connection, "refusal", row_key="1", refused_at=first)
            fill(connection, "refusal", row_key="2", refused_at=later, since=first, code="notice.date")

        earlier = Database(url)
        earlier.write(put)
        earlier.close()
        migrate.upgrade(url)
        store = SqlStore.open(url)
        again = refusal(1, source="x", row_key="1", refused_at=parse_timestamp(later))
        store.commit(Changes(refusals=[again]))
        found = store.refusals.of_rows("x", ["1", "2"])
        store.close()
    assert {key: timestamp(each.since) for key, each in found.items()} == {"1": first, "2": first}
    assert timestamp(found["1"].refusal.refused_at) == later


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_lists_of_an_earlier_version_get_their_scopes(database: str, tmp_path: Path) -> None:
    reader = AuthorityLists(authorities=AUTHORITIES, skew=timedelta())
    point = [x509.UniformResourceIdentifier("http://crl.example/1.crl")]
    parts: list[dict[str, object]] = [{"only_contains_user_certs": True}, {"full_name": point}]
    ders = [listed(), listed(ROOT), *(listed(extensions=scope(**part)) for part in parts)]
    lists = [reader.read(der, "a test") for der in ders]
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0044")

        def put(connection: Connection) -> None:
            for each, der in zip(lists, ders, strict=True):
                fill(connection, "revocation_list", digest=each.digest, issuer=each.issuer, octets=der)

        earlier = Database(url)
        earlier.write(put)
        earlier.close()
        migrate.upgrade(url)
        later = Database(url)
        columns = revocation_list.c.digest, revocation_list.c.scope
        found = later.read(lambda c: {row.digest: row.scope for row in c.execute(select(*columns))})
        later.close()
    assert found == {each.digest: each.scope for each in lists}


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_large_payload_of_an_earlier_version_stays_in_its_row(database: str, tmp_path: Path) -> None:
    octets = bytes(range(256)) * 2048
    digest, other = sha256(octets), sha256(octets + b"new")
    with nothing_yet(database, tmp_path) as url:
        migrate.upgrade(url, "0050")
        earlier = Database(url)
        earlier.write(lambda c: fill(c, "payload", digest=digest, octets=octets))
        earlier.close()
        migrate.upgrade(url)
        store, later = SqlStore.open(url), Database(url)
        store.commit(
            Changes(payloads=[Payload(digest=sha256(each), octets=each) for each in (octets, octets + b"new")])
        )
        assert store.evidence.payloads([digest, other]) == {digest: octets, other: octets + b"new"}
        assert store.evidence.streamed([digest]) == {digest: octets}
        pieces = later.read(lambda c: c.execute(select(payload_piece.c.digest, payload_piece.c.number)).all())
        later.close()
        store.close()
    assert sorted(pieces) == [(other, number) for number in range(3)]
