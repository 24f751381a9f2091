"""An export of a person's data as evidence: who had it made, why, and the digest of the file.

It is recorded before the file leaves. The record is linked with each of the recipient's notices, so that it stands
among the accesses to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gateway.notice.recipient_index import KeyedHash
from gateway.operations.notice_access import assert_purpose
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store
from gateway.store.stored import Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """Export that was made: its file's digest and size in octets, and its contents.

    ``recipient`` is the identifier's hash by the present key; it is None for an account, whose person's id is
    ``person``. ``references`` name the recipient's notices.
    """

    digest: str
    size: int
    files: int
    papers: bool
    acts: int = 0
    references: Sequence[str] = field(default=(), repr=False)
    recipient: KeyedHash | None = None
    person: str | None = None

    @property
    def about(self) -> dict[str, str]:
        """Return the export as the payload of its record has it."""
        told = {"digest": self.digest, "size": str(self.size), "files": str(self.files)}
        if self.recipient is None:
            return told | {"acts": str(self.acts)}
        papers = "included" if self.papers else "left-out"
        hashed = {"key": self.recipient.key_id, "keyed_hash": self.recipient.keyed_hash}
        return told | hashed | {"notices": str(len(self.references)), "papers": papers}


def export_changes(export: Export, act: OperatorAction, origin: str) -> Changes:
    """Return what recording an export writes. The reason of the act is its purpose.

    Raises `GatewayError` ``act.purpose``.
    """
    assert_purpose(act.reason, act.name)
    record, payload = act.record(
        "recipient" if export.person is None else f"person {export.person}",
        origin=origin,
        outcome="exported",
        id=act.confirmed_id or f"act:{act.name}:{export.digest}:{timestamp(act.at)}",
        **export.about,
    )
    links = {record.id: export.references} if export.references else {}
    return Changes(
        evidence=[record],
        payloads=[payload],
        message_notices=links,
        confirmed=act.confirmed_id,
        all_or_nothing=True,
    )


def record_export(store: Store, export: Export, act: OperatorAction, origin: str) -> None:
    """Record an export. One that is confirmed twice, or at the same time again, has one record.

    Raises `GatewayError` ``act.purpose``; ``act.changed`` if another export was recorded by this confirmation;
    ``store.*``. Then nothing may leave.
    """
    if store.commit(export_changes(export, act, origin)):
        raise GatewayError("act.changed", where=act.name)
