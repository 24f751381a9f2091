"""Divided history: compare the archive's folder with the store's tree, and set the forgotten part aside.

Setting aside is a person's act, on record. After it the archive continues with the store's tree. Segments that belong
only to the forgotten history are moved to the folder ``set-aside`` of the archive. Nothing is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.merkle.fork import Fork, ForkBook, SegmentEnd, fork_at, of_another_tree
from gateway.notice.notice import sha256
from gateway.operations.operator_action import NOT_AUTHENTICATED, OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.set_aside import Forgotten, SettingAside
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload


class DividedFolder(Protocol):
    """Folder of the archive. Raises `GatewayError` ``archive.*``."""

    def ends(self) -> Sequence[SegmentEnd]:
        """Return the segments in order, without a gap."""
        ...

    def set_aside(self, files: Sequence[str], at: datetime) -> None:
        """Move segments, listed last first, out of the archive. An absent one was already moved."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Division:
    """Forks that nobody has set aside yet, and segments of the folder on another tree.

    The archive continues from ``first`` records.
    """

    first: int
    forks: Sequence[Fork]
    segments: Sequence[SegmentEnd]

    def __bool__(self) -> bool:
        return bool(self.forks or self.segments)


def divide(log: ForkBook, folder: DividedFolder, now: datetime) -> Division:
    """Compare every segment's end with the store's tree. All from the first difference on are forgotten."""
    ends = folder.ends()
    others = {c.size for c in of_another_tree(log, [end.checkpoint for end in ends])}
    kept = next((index for index, end in enumerate(ends) if end.end in others), len(ends))
    known = {(fork.size, fork.root): fork for fork in log.forks()}
    for end in ends[kept:]:
        if end.end in others:
            fork = fork_at(end, now)
            known.setdefault((fork.size, fork.root), fork)
    return Division(
        first=ends[kept - 1].end if kept else 0,
        forks=[fork for fork in known.values() if fork.act is None],
        segments=ends[kept:],
    )


def assert_one_tree(log: ForkBook, folder: DividedFolder, now: datetime) -> None:
    """Raise `GatewayError` ``archive.forked`` if a segment, or a known fork, is of another tree."""
    divided = divide(log, folder, now)
    if divided.forks:
        raise max(divided.forks, key=lambda fork: fork.size).error
    if divided.segments:
        raise fork_at(divided.segments[-1], now).error


def keep_forks(log: ForkBook, folder: DividedFolder, now: datetime) -> None:
    """Record the forks that `divide` finds, so that every process of the store stops sending."""
    known = {(fork.size, fork.root) for fork in log.forks()}
    for fork in divide(log, folder, now).forks:
        if (fork.size, fork.root) not in known:
            log.found(fork)


def set_aside(store: Store, log: ForkBook, folder: DividedFolder, act: OperatorAction, origin: str) -> SettingAside:
    """Set aside the history that this store has forgotten.

    It may be repeated: segments that a first attempt left are moved. Raises ``archive.not-forked`` if everything
    belongs to one tree.
    """
    divided = divide(log, folder, act.at)
    if not divided:
        raise GatewayError("archive.not-forked")
    settled = SettingAside(
        account=act.account,
        authentication=NOT_AUTHENTICATED,
        reason=act.reason,
        at=act.at,
        first=divided.first,
        checkpoints=_checkpoints(log, divided),
        segments=[end.file for end in divided.segments],
    )
    record, payload = _record(settled, origin)
    forks = [replace(fork, act=record.id) for fork in divided.forks]
    store.commit(Changes(evidence=[record], payloads=[payload], set_aside=forks, forgotten_segments=divided.first))
    # The record comes first: set-aside segments always have an explanation.
    folder.set_aside([end.file for end in reversed(divided.segments)], act.at)
    return settled


def _checkpoints(log: ForkBook, divided: Division) -> list[Forgotten]:
    """Return the checkpoints of the forks, and those at the ends of the removed segments."""
    ends = [end.checkpoint for end in divided.segments]
    found = {(fork.size, fork.root) for fork in divided.forks}
    found |= {(c.size, c.root) for c in of_another_tree(log, ends)}
    return [Forgotten(size=size, root=root) for size, root in sorted(found)]


def _record(settled: SettingAside, origin: str) -> tuple[EvidenceRecord, Payload]:
    octets = settled.octets
    payload = Payload(digest=sha256(octets), octets=octets)
    record = evidence_record(
        id=f"set-aside:{payload.digest}",
        kind=EvidenceKind.HISTORY_SET_ASIDE,
        notice=None,
        origin=origin,
        destination=origin,
        event_time=settled.at,
        recorded_at=settled.at,
        payload_digest=payload.digest,
        context={"first": str(settled.first), "segments": str(len(settled.segments))},
    )
    return record, payload
