"""Numbers of notices by state and age, for operators and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from gateway.notice.delivery_state import ENDED, DeliveryState
from gateway.notice.outbox import HELD, PROVEN_ABSENT, OutboxEntry
from gateway.store.stored import Backlog

from ..database import SimulatedDatabase
from ..session import Session, reading
from .notices import is_undecided
from .outbox import unwritten_since
from .receipts import count_open
from .recoveries import count_unasked

_S = DeliveryState


class SimulatedTallies:
    """Implement `gateway.store.ports.tally_store.TallyStore`."""

    port = "tallies"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def counts(self) -> dict[str, int]:
        return _counts(self._database)

    @reading
    def backlog(
        self, *, now: datetime, ages: Sequence[timedelta], states: Collection[DeliveryState] | None = None
    ) -> list[Backlog]:
        wanted = [state for state in DeliveryState if (state not in ENDED if states is None else state in states)]
        groups: dict[tuple[str, DeliveryState], list[OutboxEntry]] = {}
        for state in wanted:
            for entry in self._database.outbox.find("state", state):
                groups.setdefault((entry.destination, state), []).append(entry)
        order = list(DeliveryState)
        in_order = sorted(groups, key=lambda key: (key[0], order.index(key[1])))
        return [_backlog(key, groups[key], now, ages) for key in in_order]

    @reading
    def queued_by_code(self) -> dict[str, int]:
        return self._by_code([e for e in self._in(_S.QUEUED) if e.held or e.code not in HELD])

    @reading
    def doubted_by_code(self) -> dict[str, int]:
        return self._by_code(self._in(_S.IN_DOUBT))

    @reading
    def unwritten_by_source(self) -> dict[str, int]:
        database = self._database
        found = Counter[str]()
        for table in (database.outbox, database.refusal):
            found.update({str(source): len(table.find("unwritten", source)) for source in table.values_of("unwritten")})
        return {source: count for source, count in sorted(found.items()) if count}

    @reading
    def oldest(self) -> dict[str, datetime]:
        database = self._database
        unplaced = database.evidence.find("unplaced", True)
        unwritten = [e for of in database.outbox.values_of("unwritten") for e in database.outbox.find("unwritten", of)]
        refused = [k for of in database.refusal.values_of("unwritten") for k in database.refusal.find("unwritten", of)]
        times = {
            "unwritten": [unwritten_since(database, entry) for entry in unwritten],
            "refusal": [kept.refusal.refused_at for kept in refused],
            "receipt": [each.received_at for each in database.receipt.find("unapplied", True)],
            "unplaced": [min(unplaced, key=lambda record: record.position).recorded_at] if unplaced else [],
        }
        return {name: min(found) for name, found in times.items() if found}

    def _in(self, state: DeliveryState) -> list[OutboxEntry]:
        return list(self._database.outbox.find("state", state))

    def _by_code(self, entries: Sequence[OutboxEntry]) -> dict[str, int]:
        return dict(sorted(Counter(entry.code for entry in entries if entry.code is not None).items()))


def _backlog(
    key: tuple[str, DeliveryState], entries: Sequence[OutboxEntry], now: datetime, ages: Sequence[timedelta]
) -> Backlog:
    at_least = [sum(entry.state_since <= now - age for entry in entries) for age in ages]
    older = [len(entries), *at_least, 0]
    return Backlog(
        destination=key[0],
        state=key[1],
        count=len(entries),
        held=sum(entry.held for entry in entries),
        oldest=min(entry.state_since for entry in entries),
        by_age=tuple(here - above for here, above in pairwise(older)),
    )


def _counts(database: SimulatedDatabase) -> dict[str, int]:
    entries = list(database.outbox.values())
    undecided = [entry for entry in entries if is_undecided(entry)]
    refusals = list(database.refusal.values())
    states = Counter(entry.state.value for entry in entries)
    return {state.value: states[state.value] for state in DeliveryState} | {
        "admitted": len(entries),
        "undecided": len(undecided),
        "absent": sum(entry.code in PROVEN_ABSENT for entry in undecided),
        "held": sum(entry.state is _S.QUEUED and entry.held and entry.code in HELD for entry in entries),
        "unasked": count_unasked(database),
        "refused": len(refusals),
        "collected": len(entries) + len(refusals),
        "quarantined": count_open(database),
        "submitted": sum(entry.tracking_number is not None for entry in entries),
        "delivered": sum(entry.delivered_at is not None for entry in entries),
        "written": sum(entry.written_seq == entry.seq for entry in entries) + sum(kept.written for kept in refusals),
    }
