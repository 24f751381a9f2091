"""Context of one call: made by the courier, and the same in headers, in bodies and in evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from gateway.judiciary.courier import NamedNotice
from gateway.runtime.randomness import random_octets

_URN = "urn:uuid:"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallContext:
    """Context of a call.

    ``id`` is the id of its message, ``urn:uuid:`` and a random UUID; ``now`` is the time at which that is made.
    ``notices`` are those that it is about; ``cursor`` and ``limit`` are those of a call for a page of receipts.
    ``token`` is that of the session, if there is one. A message that ``is_record`` has `gateway.record.masking.MASK` in
    its place, which no schema has to allow: it is stored, and never sent.
    """

    id: str
    now: datetime
    notices: Sequence[NamedNotice] = ()
    cursor: str = ""
    limit: int = 0
    token: str | None = field(default=None, repr=False)
    is_record: bool = False

    @property
    def uuid(self) -> str:
        return self.id.removeprefix(_URN)

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(notice.reference for notice in self.notices)

    @property
    def only(self) -> NamedNotice | None:
        """The notice of a call that is about one; None for any other call."""
        return self.notices[0] if len(self.notices) == 1 else None


def new_call(now: datetime, notices: Sequence[NamedNotice] = ()) -> CallContext:
    """Return the context of a new call."""
    return CallContext(id=f"{_URN}{UUID(bytes=random_octets(16), version=4)}", now=now, notices=tuple(notices))


def call_about(now: datetime, references: Sequence[str]) -> CallContext:
    """Return the context of a new call about notices by our references."""
    return new_call(now, [NamedNotice(reference=reference) for reference in references])
