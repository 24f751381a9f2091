"""The store of revocation lists (`gateway.trust.revocation_refresh.ListStore`), on every database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.trust.revocation_refresh import KeptList

pytestmark = pytest.mark.exhaustive(draw=["place"])

NOW = datetime(2026, 2, 3, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def kept(
    name: str, issuer: str = "ca", at: datetime = NOW, seen_at: datetime | None = None, scope: str = "all"
) -> KeptList:
    return KeptList(
        digest=f"sha256:{name}",
        issuer=issuer,
        scope=scope,
        this_update=at,
        next_update=at + 2 * HOUR,
        source="a",
        came_at=at,
        seen_at=seen_at or at,
        octets=name.encode(),
    )


def test_what_is_kept_comes_back(store: SqlStore) -> None:
    assert (store.lists.newest(1), store.lists.seen(), store.lists.octets(["sha256:1"])) == ([], {}, {})
    store.lists.keep(kept("1"))
    assert store.lists.octets(["sha256:1", "sha256:2"]) == {"sha256:1": b"1"}
    assert store.lists.seen() == {"a": ("sha256:1", NOW)}


def test_keeping_it_again_notes_that_it_was_seen(store: SqlStore) -> None:
    store.lists.keep(kept("1"))
    store.lists.keep(kept("1", seen_at=NOW + HOUR))
    store.lists.keep(kept("1", seen_at=NOW))
    assert store.lists.seen() == {"a": ("sha256:1", NOW + HOUR)}
    assert list(store.lists.newest(9)) == ["sha256:1"]


def test_the_newest_of_each_scope(store: SqlStore) -> None:
    for number in range(4):
        store.lists.keep(kept(str(number), at=NOW + number * HOUR))
        store.lists.keep(kept(f"other{number}", scope="other", at=NOW - number * HOUR))
    assert set(store.lists.newest(1)) == {"sha256:3", "sha256:other0"}
    assert set(store.lists.newest(2)) == {"sha256:2", "sha256:3", "sha256:other0", "sha256:other1"}


def test_those_around_a_moment(store: SqlStore) -> None:
    for number in range(6):
        store.lists.keep(kept(str(number), at=NOW + number * HOUR))
        store.lists.keep(kept(f"other{number}", scope="other", at=NOW + number * HOUR))
    assert store.lists.around("all", NOW + 3 * HOUR, 2) == ["sha256:1", "sha256:2", "sha256:3", "sha256:4"]
    assert store.lists.around("all", NOW + 9 * HOUR, 1) == ["sha256:5"]
    assert store.lists.around("all", NOW - HOUR, 1) == ["sha256:0"]
    assert store.lists.around("nobody", NOW, 9) == []


def test_those_that_ended_are_told_by_issuer_and_can_be_forgotten(store: SqlStore) -> None:
    for number in range(4):
        store.lists.keep(kept(str(3 - number), at=NOW + (3 - number) * HOUR))
    store.lists.keep(kept("other", issuer="other", at=NOW))
    assert store.lists.ended(NOW + 2 * HOUR) == {}
    assert store.lists.ended(NOW + 4 * HOUR) == {"ca": ["sha256:0", "sha256:1"], "other": ["sha256:other"]}
    store.lists.forget(["sha256:0", "sha256:other", "sha256:nothing"])
    store.lists.forget([])
    assert store.lists.ended(NOW + 4 * HOUR) == {"ca": ["sha256:1"]}


def test_those_in_force_since_a_moment(store: SqlStore) -> None:
    for number in range(6):
        store.lists.keep(kept(str(number), at=NOW + number * HOUR))
    assert list(store.lists.since(NOW + 5 * HOUR)) == ["sha256:3", "sha256:4", "sha256:5"]
