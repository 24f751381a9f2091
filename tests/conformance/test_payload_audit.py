"""`db payloads` underneath: what is in the segment files, and what rows name that is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from adapters.storage.payloads.payloads import DatabasePayloads
from adapters.storage.payloads.segment_file_audit import Problem
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from gateway.store.stored import Changes, Payload

from .conftest import Place

pytestmark = pytest.mark.exhaustive(draw=["place"])


def plain(octets: bytes) -> Payload:
    return Payload(digest=sha256(octets), octets=octets)


def keep(store: SqlStore, *documents: bytes) -> None:
    store.commit(Changes(payloads=[plain(octets) for octets in documents]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "payloads"


@pytest.fixture
def store(place: Place, folder: Path) -> Iterator[SqlStore]:
    opened = SqlStore.open(place.where, SegmentPayloads(folder))
    yield opened
    opened.close()


def audit(store: SqlStore) -> tuple[dict[str, int], list[Problem]]:
    problems: list[Problem] = []
    counted = asdict(store.audit_payloads(problems.append))
    return {name: number for name, number in counted.items() if number}, problems


def test_an_audit_counts_what_is_there_and_what_no_row_names(place: Place, store: SqlStore, folder: Path) -> None:
    assert audit(store) == ({}, [])
    other = SqlStore.open(place.where, DatabasePayloads(folder))
    keep(other, b"in a row")
    other.close()
    keep(store, b"first", b"second")
    unlucky = SegmentPayloads(folder)
    unlucky.keep([plain(b"its transaction failed")], lambda _: set())
    unlucky.close()
    store.close()
    keep(store, b"third")
    [path] = [path for path in folder.iterdir() if b"third" in path.read_bytes()]
    with path.open("ab") as file:
        file.write(b"sha256:0123")
    counts = {"in_rows": 1, "files": 3, "records": 4, "octets": 38, "orphans": 1, "orphan_octets": 22}
    assert audit(store) == ({**counts, "torn_octets": 11}, [])


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (lambda good: good.replace(b"second", b"2econd"), {b"second": "changed"}),
        (lambda good: good.replace(sha256(b"second").encode(), sha256(b"2econd").encode()), {b"second": "changed"}),
        (lambda good: good.replace(b" plain 6 ", b" frame 6 "), {b"second": "changed"}),
        (lambda good: good.replace(b" plain 6 ", b" plain x "), {b"second": "changed", b"third": "changed"}),
        (lambda good: good[:-3], {b"third": "not there"}),
        (lambda good: b"", {b"first": "not there", b"second": "not there", b"third": "not there"}),
        (None, {b"first": "not there", b"second": "not there", b"third": "not there"}),
    ],
)
def test_an_audit_names_what_is_missing_or_changed(
    store: SqlStore, folder: Path, spoil: Callable[[bytes], bytes] | None, found: dict[bytes, str]
) -> None:
    keep(store, b"first", b"second", b"third")
    [path] = folder.iterdir()
    if spoil is None:
        path.unlink()
    else:
        path.write_bytes(spoil(path.read_bytes()))
    counted, problems = audit(store)
    assert counted["problems"] == len(found)
    assert {problem.digest: problem.found for problem in problems} == {sha256(k): v for k, v in found.items()}
    assert {problem.file for problem in problems} == {path}
