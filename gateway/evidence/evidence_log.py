"""Port to the evidence log: every record has one place in one Merkle tree, and checkpoints fix its state.

The step that makes a record writes it without a place (`gateway.store.store`). Places are assigned later, in batches,
by any process.
Two processes that try at once wait for each other. A place never changes.
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
    """Signed note of the tree at ``size``.

    ``made_at`` is by our clock, which proves nothing. ``token`` is an authority's time-stamp on the note's text (DER of
    a TimeStampToken); None until there is one.
    """

    size: int
    note: bytes = field(repr=False)
    made_at: datetime
    token: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Record with its place in the tree."""

    index: int
    header: bytes = field(repr=False)
    payload_digest: str


class EvidenceLog(ForkBook, Protocol):
    """Port to the log. Raises `gateway.runtime.errors.GatewayError` ``store.*``."""

    def place(self, limit: int) -> int:
        """Assign places to at most ``limit`` records without one, in order of arrival; return their number.

        One transaction covers places, hashes and size.
        """
        ...

    def size(self) -> int:
        """Return the number of records that have a place."""
        ...

    def tile(self, place: Place) -> bytes:
        """Read a tile (`gateway.merkle.tiles.ReadTile`); it may hold more hashes than at the last call of `size`."""
        ...

    def leaves(self, first: int, limit: int) -> Sequence[Leaf]:
        """Return records from a place on, in order."""
        ...

    def stored(self, digests: Sequence[str]) -> Mapping[str, Payload]:
        """Return payloads as they are stored: messages as frames. A removed payload is left out."""
        ...

    def sizes(self, digests: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """Return for each of these payloads the octets that it needs by digest: its own, and those of its seals.

        Octets that are not in the database are left out.
        """
        ...

    def index_of(self, record: str) -> int | None:
        """Return the place of a record by its id."""
        ...

    def carried(self, messages: Sequence[str]) -> Mapping[str, frozenset[str]]:
        """Return the references that messages carried or inquired about, by the id of a message's record.

        Records of other kinds are left out.
        """
        ...

    def keep(self, checkpoint: StoredCheckpoint) -> None:
        """Store a checkpoint; a second one of the same size is dropped."""
        ...

    def stamp(self, size: int, token: bytes) -> None:
        """Store a time-stamp of the checkpoint of that size; a second one is dropped."""
        ...

    def checkpoints(self, after: int, limit: int, *, stamped: bool = False) -> Sequence[StoredCheckpoint]:
        """Return checkpoints of more than ``after`` records in ascending order; if ``stamped``, those with a token."""
        ...

    def last_checkpoint(self) -> StoredCheckpoint | None: ...

    def damaged(self, digests: Collection[str]) -> Sequence[Damage]:
        """Read these payloads and return the damaged or missing ones, including seals in messages.

        Raises if a whole file is missing: that is not damage of one payload.
        """
        ...

    def damages(self) -> Sequence[Damage]:
        """Return all recorded damage."""
        ...

    def report_damage(self, report: DamageReport, origin: str) -> None:
        """Record damage; earlier reports do not change."""
        ...
