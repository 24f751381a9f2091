"""Index of notices by a keyed hash of their recipient's identifier, which no column holds.

An identifier has so few digits that a plain hash can be broken by trial. So the hash is an HMAC-SHA-256 (RFC 2104) with
a key kept outside the database.
Each row names its key. A new key replaces an old one by hashing again from the sealed notices; until then searches use
both.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always

KEY_OCTETS = 32
_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedHash:
    """HMAC-SHA-256 of an identifier in 64 hex digits, and the id of its key."""

    key_id: str
    keyed_hash: str


@dataclass(frozen=True, slots=True)
class RecipientKey:
    """Key of 32 random octets. The ``id`` is derived from them, so that a wrong key is detected."""

    octets: bytes = field(repr=False)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        id_ = hashlib.sha256(b"eblagh recipient key id\0" + self.octets).hexdigest()[:16]
        object.__setattr__(self, "id", id_)

    def hash_of(self, identifier: str) -> KeyedHash:
        """Return the keyed hash of a checked identifier: 10, 11 or 12 ASCII digits."""
        digest = hmac.digest(self.octets, b"recipient\0" + identifier.encode(), "sha256")
        return KeyedHash(key_id=self.id, keyed_hash=digest.hex())

    def entry_of(self, reference: str, identifier: str) -> IndexEntry:
        found = self.hash_of(identifier)
        return IndexEntry(reference=reference, key_id=found.key_id, keyed_hash=found.keyed_hash)


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """Keyed hash of a notice's recipient."""

    reference: str
    key_id: str
    keyed_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unindexed:
    """Notice without an entry by some key, and the digest of its sealed octets."""

    reference: str
    seal_digest: str


class IndexStore(Protocol):
    """Index in the store. Raises `GatewayError` ``store.*``."""

    def unindexed(self, key_id: str, after: str, limit: int) -> list[Unindexed]:
        """Return a page of notices without an entry by this key, by reference, after the one given."""
        ...

    def count_unindexed(self, *key_ids: str) -> int:
        """Return the number of notices without an entry by any of these keys."""
        ...

    def sizes(self) -> dict[str, int]:
        """Return the number of entries by the id of each key."""
        ...

    def add(self, entries: Sequence[IndexEntry]) -> None:
        """Write entries; an existing one does not change."""
        ...

    def drop_others(self, key_id: str, limit: int) -> int:
        """Delete at most ``limit`` entries by other keys; return their number."""
        ...


@dataclass(slots=True)
class Indexed:
    """Result of a run. ``deleted`` notices have no sealed octets any more.

    ``remaining`` notices have no entry yet, including the deleted ones. ``dropped`` entries were made by earlier keys.
    """

    indexed: int = 0
    deleted: int = 0
    remaining: int = 0
    dropped: int = 0

    @property
    def complete(self) -> bool:
        """Return True if every notice that still has its octets has an entry."""
        return self.remaining == self.deleted


def index_recipients(
    index: IndexStore,
    key: RecipientKey,
    identifier_of: Callable[[str], str],
    limit: int,
    may_continue: MayContinue = always,
) -> Indexed:
    """Write entries for at most ``limit`` notices without one by ``key``; after the last, drop those by other keys.

    ``identifier_of`` takes the digest of sealed octets and returns their identifier. It raises `GatewayError`, with
    ``retention.deleted`` if they were deleted on record. The run may be repeated, and stopped anywhere.
    """
    done, after = Indexed(), ""
    while (
        may_continue()
        and done.indexed < limit
        and (page := index.unindexed(key.id, after, min(_PAGE, limit - done.indexed)))
    ):
        after = page[-1].reference
        entries = []
        for notice in page:
            try:
                identifier = identifier_of(notice.seal_digest)
            except GatewayError as error:
                if error.code != "retention.deleted":
                    raise
                done.deleted += 1
                continue
            entries.append(key.entry_of(notice.reference, identifier))
        index.add(entries)
        done.indexed += len(entries)
    done.remaining = index.count_unindexed(key.id)
    while may_continue() and done.complete and (dropped := index.drop_others(key.id, _PAGE * 10)):
        done.dropped += dropped
    return done
