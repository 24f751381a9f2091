"""Notices for lists and passes, their histories, and the index of their recipients."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.notice.outbox import FOR_A_PERSON, PROVEN_ABSENT, SENDABLE, OutboxEntry
from gateway.notice.recipient_index import IndexEntry, Unindexed
from gateway.store.among import EVERY, Among
from gateway.store.stored import Admission, HistoryEvent, Known

from ..database import SimulatedDatabase
from ..session import Session, reading, writing


class SimulatedNotices:
    """Implement `gateway.store.ports.notice_store.NoticeStore`."""

    port = "notices"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def known(self, references: Sequence[str]) -> dict[str, Known]:
        return {entry.reference: self._known(entry) for entry in self._of(references)}

    @reading
    def known_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
        found = {}
        for key in dict.fromkeys(row_keys):
            entries = self._database.outbox.find("row", (source, key))
            if entries:
                entries.sort(key=lambda entry: sealed_at(self._database, entry))
                found[key] = [self._known(entry) for entry in entries]
        return found

    @reading
    def entries(self, references: Sequence[str]) -> dict[str, OutboxEntry]:
        return {entry.reference: entry for entry in self._of(references)}

    @reading
    def admission(self, reference: str) -> Admission | None:
        return self._admission(reference) if reference in self._database.notice else None

    @reading
    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        found: list[Admission] = []
        outbox = self._database.outbox
        for reference in outbox.ordered() if state is None else sorted(outbox.keys("state", state)):
            if len(found) == limit:
                break
            if after is None or reference > after:
                admission = self._admission(reference)
                if _is_among(self._database, admission, among):
                    found.append(admission)
        return found

    @reading
    def admitted(
        self,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        after: tuple[datetime, str] | None,
        source: str | None = None,
        newest_first: bool = False,
    ) -> list[Admission]:
        places = sorted(
            ((entry.admitted_at, entry.reference) for entry in self._database.outbox.values()), reverse=newest_first
        )
        found = [
            reference
            for at, reference in places
            if (since is None or at >= since)
            and (until is None or at < until)
            and (after is None or ((at, reference) < after if newest_first else (at, reference) > after))
            and (source is None or self._database.outbox.rows[reference].source == source)
        ]
        return [self._admission(reference) for reference in found[:limit]]

    @reading
    def history(self, reference: str) -> list[HistoryEvent]:
        return list(self._database.history.get(reference) or ())

    @reading
    def first_claims(self, references: Sequence[str]) -> dict[str, datetime]:
        found = {}
        for reference in dict.fromkeys(references):
            events = self._database.history.get(reference) or ()
            times = [event.learned_at for event in events if event.event is DeliveryEvent.CLAIM]
            if times:
                found[reference] = min(times)
        return found

    @reading
    def bodies(self, references: Sequence[str]) -> dict[str, str]:
        return {entry.reference: self._database.notice.rows[entry.reference].body for entry in self._of(references)}

    @reading
    def kinds(self, references: Sequence[str]) -> dict[str, str]:
        return {entry.reference: self._database.notice.rows[entry.reference].kind for entry in self._of(references)}

    @reading
    def references(self, after: str, limit: int) -> list[str]:
        return [reference for reference in self._database.notice.ordered() if reference > after][:limit]

    def _of(self, references: Iterable[str]) -> list[OutboxEntry]:
        rows = self._database.outbox.rows
        return [rows[reference] for reference in dict.fromkeys(references) if reference in rows]

    def _admission(self, reference: str) -> Admission:
        return replace(self._database.notice.rows[reference], entry=self._database.outbox.rows[reference])

    def _known(self, entry: OutboxEntry) -> Known:
        return Known(
            reference=entry.reference,
            state=entry.state,
            content_digest=self._database.notice.rows[entry.reference].content_digest,
            source=entry.source,
            row_key=entry.row_key,
        )


def sealed_at(database: SimulatedDatabase, entry: OutboxEntry) -> int:
    """Return the position of the record of a notice's seal."""
    return database.evidence.rows[database.notice.rows[entry.reference].evidence_id].position


def is_undecided(entry: OutboxEntry) -> bool:
    """Return True if a notice in doubt waits for a person."""
    return entry.state is DeliveryState.IN_DOUBT and (entry.due_at is None or entry.code in FOR_A_PERSON)


def _is_among(database: SimulatedDatabase, admission: Admission, among: Among) -> bool:
    if among is EVERY:
        return True
    entry = admission.entry
    equal = (
        (entry.destination, among.destination),
        (admission.body, among.body),
        (admission.district, among.district),
        (entry.source, among.source),
        (admission.case_number, among.case_number),
        (entry.tracking_number, among.tracking_number),
        (entry.held, among.held),
    )
    codes = PROVEN_ABSENT if among.code in PROVEN_ABSENT else (among.code,)
    in_doubt = entry.state is DeliveryState.IN_DOUBT
    return (
        all(wanted is None or value == wanted for value, wanted in equal)
        and (among.code is None or entry.code in codes)
        and (among.recipient is None or _is_recipient(database, entry.reference, among.recipient))
        and (not among.sendable or entry.state in SENDABLE)
        and (not among.undecided or is_undecided(entry))
        and (among.absent is None or (entry.code in PROVEN_ABSENT) == among.absent)
        and (not among.asked or (in_doubt and not is_undecided(entry)))
        and (among.admitted_before is None or entry.admitted_at <= among.admitted_before)
        and (among.before is None or entry.state_since <= among.before)
        and (among.since is None or entry.state_since > among.since)
        and (among.due_after is None or (entry.due_at is not None and entry.due_at > among.due_after))
        and (among.doubt_before is None or (entry.doubt_since or entry.state_since) <= among.doubt_before)
    )


def _is_recipient(database: SimulatedDatabase, reference: str, hashes: Iterable[object]) -> bool:
    found = {(each.key_id, each.keyed_hash) for each in hashes}  # type: ignore[attr-defined]
    return any(reference == e.reference for each in found for e in database.recipient.find("hash", each))


def index(database: SimulatedDatabase, entries: Sequence[IndexEntry]) -> None:
    for entry in entries:
        database.need(database.notice, entry.reference)
        database.recipient.insert((entry.reference, entry.key_id), entry)


class SimulatedRecipientIndex:
    """Implement `gateway.notice.recipient_index.IndexStore`."""

    port = "recipients"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def unindexed(self, key_id: str, after: str, limit: int) -> list[Unindexed]:
        found = [r for r in self._database.outbox.ordered() if r > after and not self._is_indexed(r, (key_id,))]
        rows = self._database.outbox.rows
        return [Unindexed(reference=r, seal_digest=rows[r].seal_digest) for r in found[:limit]]

    @reading
    def count_unindexed(self, *key_ids: str) -> int:
        return sum(not self._is_indexed(reference, key_ids) for reference in self._database.outbox.rows)

    @reading
    def sizes(self) -> dict[str, int]:
        return {
            str(key): len(self._database.recipient.keys("key", key))
            for key in self._database.recipient.values_of("key")
        }

    @writing
    def add(self, entries: Sequence[IndexEntry]) -> None:
        index(self._database, entries)

    @writing
    def drop_others(self, key_id: str, limit: int) -> int:
        others = [key for key in self._database.recipient.ordered() if key[1] != key_id][:limit]
        for key in others:
            self._database.recipient.drop(key)
        return len(others)

    def _is_indexed(self, reference: str, key_ids: Collection[str]) -> bool:
        return any((reference, key_id) in self._database.recipient for key_id in key_ids)
