"""The choice of a claim: due notices in equal shares of their sources, three in four of them with a day of service."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import zip_longest
from math import ceil

from gateway.notice.outbox import OutboxEntry

ONE_IN = 4
"""One in this number of places is for a notice without a date."""


def chosen(due: Sequence[OutboxEntry], sources: Iterable[str], limit: int, chance: random.Random) -> list[OutboxEntry]:
    """Return up to ``limit`` of the notices, equally many of each source. Other sources fill a share that is not used.

    ``sources`` are those that have queued notices, due or not. Draws as often as the SQL store does, in its order.
    """
    queues: dict[str, list[OutboxEntry]] = {}
    for entry in sorted(due, key=_order):
        queues.setdefault(entry.source, []).append(entry)
    sources = sorted(sources) if limit else []
    # If the batch has no place for every source, or the limit of bytes ends it, no source always comes first.
    chance.shuffle(sources)
    taken: list[OutboxEntry] = []
    while sources and len(taken) < limit:
        share = ceil((limit - len(taken)) / len(sources))
        found = [_share(queues.get(source, []), share, chance) for source in sources]
        sources = [source for source, those in zip(sources, found, strict=True) if len(those) == share]
        taken += [entry for ones in zip_longest(*found) for entry in ones if entry is not None]
    return taken[:limit]


def within(entries: Sequence[OutboxEntry], max_bytes: int) -> Iterator[OutboxEntry]:
    """Yield the first one, and further ones as long as all together have at most ``max_bytes`` of seals."""
    total = 0
    for position, entry in enumerate(entries):
        total += entry.size
        if position and total > max_bytes:
            return
        yield entry


def _share(queue: list[OutboxEntry], share: int, chance: random.Random) -> list[OutboxEntry]:
    """Take up to ``share`` notices out of a source's queue, which is in the order of `_order`."""
    dated = [entry for entry in queue if entry.serve_by is not None]
    undated = [entry for entry in queue if entry.serve_by is None]
    # The random offset gives notices without a date their part also in a batch of one.
    offset, taken = chance.randrange(ONE_IN), list[OutboxEntry]()
    while len(taken) < share and (dated or undated):
        first, second = (dated, undated) if (len(taken) + offset) % ONE_IN else (undated, dated)
        taken.append((first or second).pop(0))
    gone = {entry.reference for entry in taken}
    queue[:] = [entry for entry in queue if entry.reference not in gone]
    return taken


def _order(entry: OutboxEntry) -> tuple[bool, date, bool, datetime, datetime, str]:
    """Return the place in the queue; what is None comes first."""
    return (
        entry.serve_by is not None,
        entry.serve_by or date.min,
        entry.due_at is not None,
        entry.due_at or entry.admitted_at,
        entry.admitted_at,
        entry.reference,
    )
