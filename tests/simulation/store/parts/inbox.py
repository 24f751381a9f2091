"""The inbox of pushed rows, the row status that is recorded for each sender, and the messages that were opened."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from gateway.notice.notice import sha256
from gateway.notice.source_row import CaseRow, RowMark, Rows, Value
from gateway.store.inbox import (
    NO_RECORDS,
    AdmissionResult,
    Envelope,
    PushedRow,
    PushedRowState,
    PushResult,
    Recorded,
    RowStatus,
    Taking,
    defect,
    judged,
    version_of,
)
from gateway.store.payload import Payload
from gateway.trust.trust_policy import Rejection

from ..database import SimulatedDatabase
from ..records import evidence, payloads
from ..rows import Document, Folder, KeptRow, SourceNumbers
from ..session import Session, noted, reading
from .notices import sealed_at

_CHANGES_A_SECOND = 10**6
_MESSAGES_KEPT = timedelta(days=7)


class SimulatedInbox:
    """Implement `gateway.store.inbox.Inbox`."""

    port = "inbox"

    def __init__(self, session: Session, folder: Folder | None, archived: Any) -> None:
        self.session, self._database = session, session.database
        self._folder, self._archived = folder, archived

    @noted
    def push(
        self,
        source: str,
        rows: Sequence[PushedRow],
        *,
        origin: str,
        now: datetime,
        envelope: Envelope | None = None,
        records: Mapping[str, Recorded] = NO_RECORDS,
    ) -> list[PushResult]:
        database, numbers = self._database, _numbers(self._database, source)
        if envelope is not None:
            _record(database, source, envelope)
        results, stored = [], set()
        for row in rows:
            if (code := defect(row)) is not None:
                results.append(PushResult(key=row.key, version=row.version, taking=Taking.REFUSED, code=code))
                continue
            results.append(judged(row, _state(database, source, row.key)))
            if results[-1].taking is Taking.STORED:
                numbers = replace(numbers, arrived=numbers.arrived + 1)
                self._store(source, row, numbers.arrived)
                stored.add(row.key)
        told = [payload for _, payload in records.values()]
        payloads.write(database, payloads.kept(database, told, self._folder))
        evidence.write(database, [record for key, (record, _) in records.items() if key in stored])
        database.inbox.put(source, numbers)
        return results

    @noted
    def open_once(self, source: str, envelope: Envelope) -> None:
        open_once(self._database, source, envelope)

    @reading
    def knows(self, replay_key: str) -> bool:
        return replay_key in self._database.message

    @reading
    def marks(self, source: str, since: int, limit: int) -> list[RowMark]:
        here = [row for row in self._database.pushed.find("source", source) if row.fields is not None]
        in_order = sorted((row for row in here if row.arrival >= since), key=lambda row: row.arrival)
        return [RowMark(source=source, key=row.key, version=version_of(row.arrival)) for row in in_order[:limit]]

    def rows(self, source: str, keys: Sequence[str]) -> Iterator[CaseRow]:
        for key in dict.fromkeys(keys):
            found = self.session.read("inbox.rows", lambda key=key: self._row(source, key))  # type: ignore[misc]
            if found is not None:
                yield found

    @reading
    def standings(self, source: str, keys: Sequence[str]) -> dict[str, PushedRowState]:
        return _states(self._database, source, keys)

    @noted
    def tell(
        self, source: str, keys: Sequence[str], words: Callable[[Mapping[str, PushedRowState]], Sequence[RowStatus]]
    ) -> Sequence[str]:
        database, numbers = self._database, _numbers(self._database, source)
        recovered = max((recovery.since for recovery in database.recovery.values()), default=None)
        # So no number that a restored store gave and forgot is given twice.
        least = int(recovered.timestamp()) * _CHANGES_A_SECOND if recovered else 0
        changed = max(numbers.changed, least)
        present = _states(database, source, keys)
        for told in words(present):
            changed += 1
            database.told.put((source, told.key), replace(told, change=changed))
        database.inbox.put(source, replace(numbers, changed=changed))
        return [key for key in dict.fromkeys(keys) if key not in present]

    @reading
    def told(self, source: str, after: int, limit: int) -> list[RowStatus]:
        found = [told for (of, _), told in self._database.told.rows.items() if of == source and told.change > after]
        return sorted(found, key=lambda told: told.change)[:limit]

    @reading
    def verdicts(self, source: str, keys: Sequence[str]) -> dict[str, AdmissionResult]:
        found = {}
        for key in dict.fromkeys(keys):
            row = self._database.pushed.get((source, key))
            if row is not None:
                found[key] = self._verdict(row)
        return found

    @reading
    def published(self, source: str) -> int:
        numbers = self._database.inbox.get(source)
        return 0 if numbers is None else numbers.published

    @noted
    def note_published(self, source: str, change: int) -> None:
        numbers = self._database.inbox.get(source)
        if numbers is not None and numbers.published < change:
            self._database.inbox.put(source, replace(numbers, published=change))

    def _store(self, source: str, row: PushedRow, arrival: int) -> None:
        octets = {sha256(each): each for each in _leaves(row.fields.values()) if isinstance(each, bytes)}
        documents = [Payload(digest=digest, octets=each) for digest, each in octets.items()]
        payloads.write(self._database, payloads.kept(self._database, documents, self._folder))
        fields = {name: _mapped(value, _document) for name, value in row.fields.items()}
        kept = KeptRow(source, row.key, row.version, arrival, row.digest, fields)
        self._database.pushed.put((source, row.key), kept)

    def _row(self, source: str, key: str) -> CaseRow | None:
        row = self._database.pushed.get((source, key))
        if row is None or row.fields is None:
            return None
        digests = [each.digest for each in _leaves(row.fields.values()) if isinstance(each, Document)]
        octets = payloads.octets_of(self._database, digests, self._archived)

        def filled(value: Any) -> Any:
            return octets[value.digest] if isinstance(value, Document) else value

        fields = {name: _mapped(value, filled) for name, value in row.fields.items()}
        return CaseRow(source=source, key=key, version=version_of(row.arrival), fields=fields)

    def _verdict(self, row: KeptRow) -> AdmissionResult:
        database, here, at = self._database, version_of(row.arrival), (row.source, row.key)
        # The last notice counts for the row: a row has a second notice only if its first one ended unserved.
        notices = sorted(database.outbox.find("row", at), key=lambda entry: sealed_at(database, entry))
        kept = database.refusal.get(at)
        stands = kept is not None and kept.refusal.row_version == here
        return AdmissionResult(
            arrival=row.arrival,
            version=row.version,
            decided=database.seen.get(at) == here,
            reference=notices[-1].reference if notices else None,
            refusal=kept.refusal if kept is not None and stands else None,
        )


def open_once(database: SimulatedDatabase, source: str, envelope: Envelope) -> None:
    """Record a message of a sender. Raises `Rejection` ``verify.replay`` if another call has recorded it before."""
    database.inbox.put(source, _numbers(database, source))
    _record(database, source, envelope)


def _record(database: SimulatedDatabase, source: str, envelope: Envelope) -> None:
    """Record a message, and delete old ones."""
    for _, old in database.message.find("source", source):
        if old.received_at < envelope.received_at - _MESSAGES_KEPT:
            database.message.drop(old.replay_key)
    database.message.insert(envelope.replay_key, (source, envelope))
    if database.message.rows[envelope.replay_key][1].attempt != envelope.attempt:
        raise Rejection("verify.replay", where=envelope.message_id)


def _numbers(database: SimulatedDatabase, source: str) -> SourceNumbers:
    return database.inbox.get(source) or SourceNumbers()


def _state(database: SimulatedDatabase, source: str, key: str) -> PushedRowState | None:
    row = database.pushed.get((source, key))
    if row is None:
        return None
    told = database.told.get((source, key))
    return PushedRowState(version=row.version, arrival=row.arrival, digest=row.digest, told=told)


def _states(database: SimulatedDatabase, source: str, keys: Sequence[str]) -> dict[str, PushedRowState]:
    states = ((key, _state(database, source, key)) for key in dict.fromkeys(keys))
    return {key: state for key, state in states if state is not None}


def _leaves(values: Iterable[Value | Rows | Document]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, tuple):
            for row in value:
                yield from row.values()
        else:
            yield value


def _document(value: Any) -> Any:
    return Document(sha256(value)) if isinstance(value, bytes) else value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return a field's value with each of its leaves changed."""
    if isinstance(value, tuple):
        return tuple({name: change(each) for name, each in row.items()} for row in value)
    return change(value)
