"""Search for notices: the properties asked for, and the bodies that the person who asks may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import KeyedHash
from gateway.search.searched_text import SoughtText


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeQuery:
    """Properties of the notices that are sought: those that have each one which is not None.

    ``visible_bodies`` are the codes of the bodies whose notices the person may see; None is every body. It has no
    default, so that no caller forgets it. ``bodies``, ``kinds`` and ``states`` are what the person chose; one of each
    suffices. An empty set finds nothing.
    Times of admission are aware: from ``admitted_from`` on, and before ``admitted_before``.
    ``recipient`` holds the hashes of one identifier by every key (`gateway.notice.recipient_index`).
    """

    visible_bodies: frozenset[str] | None
    case_number: SoughtText | None = None
    paper_number: SoughtText | None = None
    tracking_number: SoughtText | None = None
    reference: SoughtText | None = None
    name: SoughtText | None = None
    district: SoughtText | None = None
    bodies: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    states: frozenset[DeliveryState] | None = None
    admitted_from: datetime | None = None
    admitted_before: datetime | None = None
    recipient: Sequence[KeyedHash] | None = field(default=None, repr=False)

    @property
    def allowed_bodies(self) -> frozenset[str] | None:
        """The bodies of the notices that may be found; None is every body."""
        if self.visible_bodies is None or self.bodies is None:
            return self.bodies if self.visible_bodies is None else self.visible_bodies
        return self.visible_bodies & self.bodies

    @property
    def finds_nothing(self) -> bool:
        """True if no notice can have these properties, whatever the store holds."""
        sets = (self.allowed_bodies, self.kinds, self.states, self.recipient)
        return any(each is not None and not each for each in sets)
