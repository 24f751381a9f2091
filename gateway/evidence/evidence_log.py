"""The port to the log of evidence: every record has one place in one Merkle tree, and checkpoints say what it was.

Records are written by the steps that make them (`gateway.store.store`), without a place. Places are given later, in
batches, by whoever does so first; two that try at once wait for each other. What has a place keeps it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.merkle.fork import ForkBook
from gateway.merkle.tiles import Place
from gateway.record.damage import Damage, DamageReport
from gateway.store.stored import Payload


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """A signed note of the tree at ``size``. ``made_at`` is by our clock, which proves nothing; ``token`` is a time
    authority's word on the note's text (DER of a TimeStampToken), None until it has been asked."""

    size: int
    note: bytes = field(repr=False)
    made_at: datetime
    token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A record in its place."""

    index: int
    header: bytes = field(repr=False)
    payload_digest: str


class EvidenceLog(ForkBook, Protocol):
    """Raises `gateway.runtime.errors.GatewayError` ``store.*``."""

    def place(self, limit: int) -> int:
        """Give their places to at most ``limit`` records that have none, in the order in which they came; return how
        many. It is one transaction: places, hashes and size, or nothing."""
        ...

    def size(self) -> int:
        """How many records have a place."""
        ...

    def tile(self, place: Place) -> bytes:
        """`gateway.merkle.tiles.ReadTile`. A tile may hold more than it did when `size` was asked."""
        ...

    def leaves(self, first: int, limit: int) -> Sequence[Leaf]:
        """Records from a place on, in their order."""
        ...

    def stored(self, digests: Sequence[str]) -> Mapping[str, Payload]:
        """Payloads as they are kept: messages as frames. One that is not there any more is left out."""
        ...

    def index_of(self, record: str) -> int | None:
        """The place of a record by its id."""
        ...

    def carried(self, messages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """The references of the notices that messages carried or asked about, by the id of a message's record. A record
        that is no message's is left out."""
        ...

    def keep(self, checkpoint: StoredCheckpoint) -> None:
        """Of two checkpoints of one size the first one stays."""
        ...

    def stamp(self, size: int, token: bytes) -> None:
        """Keep a time-stamp of the checkpoint of that size; of two the first one stays."""
        ...

    def checkpoints(self, after: int, limit: int) -> Sequence[StoredCheckpoint]:
        """Checkpoints of more than ``after`` records, the smallest first."""
        ...

    def last_checkpoint(self) -> StoredCheckpoint | None: ...

    def damaged(self, digests: Collection[str]) -> Sequence[Damage]:
        """Read these payloads; return what is changed or not there, seals that messages carried among it. Raises
        where a file is not there as a whole: that is no damage of one payload."""
        ...

    def damages(self) -> Sequence[Damage]:
        """Return all damage that was reported so far."""
        ...

    def report_damage(self, report: DamageReport, origin: str) -> None:
        """Record damage. What was reported before stays as it is."""
        ...
