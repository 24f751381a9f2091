"""Filter for notices, by which a store chooses those that are listed, counted or acted on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.notice.recipient_index import KeyedHash


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """Filter for notices: those that match every field that is not None.

    ``recipient`` are the hashes of one identifier by every key. ``sendable`` selects notices that may still be sent
    (`gateway.notice.outbox.SENDABLE`). ``undecided`` selects notices in doubt that wait for a
    person; ``absent`` then chooses those that are proven not to have arrived (True), or the others (False). ``asked``
    selects those in doubt that wait for nobody. ``admitted_before`` bounds the time of admission. ``before`` and
    ``since`` bound the time of entry into the current state, ``due_after`` that of the next attempt. ``doubt_before``
    bounds the beginning of a doubt, which may be another time than that of entry into its state.
    """

    destination: str | None = None
    body: str | None = None
    district: str | None = None
    source: str | None = None
    case_number: str | None = None
    tracking_number: str | None = None
    recipient: Sequence[KeyedHash] | None = None
    code: str | None = None
    held: bool | None = None
    sendable: bool = False
    undecided: bool = False
    absent: bool | None = None
    asked: bool = False
    admitted_before: datetime | None = None
    before: datetime | None = None
    since: datetime | None = None
    due_after: datetime | None = None
    doubt_before: datetime | None = None


EVERY = Among()
