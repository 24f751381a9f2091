"""Time of the console's searches over a large store: typical ones, and the worst that are known."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from adapters.bench.console_store import (
    BODIES,
    COLLEAGUES,
    END,
    KEY,
    MadeStore,
    admitted,
    case_number,
    sample_identifier,
    sample_name,
    sample_reference,
)
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.overview.worklist import day_edges
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.searched_text import SoughtText

PAGE: Final = 50
MANY: Final = 10_000
"""Notices up to which a bulk act counts exactly."""

_S = DeliveryState


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """Milliseconds of one question to the store, and the number of notices that answered it."""

    name: str
    found: int
    median: float
    most: float


def measure(made: MadeStore, rounds: int, names: Collection[str] | None = None) -> list[Timing]:
    """Ask each question, or those named, ``rounds`` times; the first time is among them."""
    with closing(SqlStore.open(made.url)) as store:
        store.search.complete  # noqa: B018 - the connection is opened before anything is timed
        asked = [(name, ask) for name, ask in _questions(store, made.notices) if names is None or name in names]
        return [_timed(name, ask, rounds) for name, ask in asked]


def _timed(name: str, ask: Callable[[], int], rounds: int) -> Timing:
    found, taken = 0, []
    for _ in range(rounds):
        began = time.perf_counter()
        found = ask()
        taken.append((time.perf_counter() - began) * 1000)
    return Timing(name=name, found=found, median=statistics.median(taken), most=max(taken))


def _questions(store: SqlStore, notices: int) -> Iterator[tuple[str, Callable[[], int]]]:
    middle = notices // 2
    deep = PageKey(admitted_at=admitted(middle, notices), reference=sample_reference(middle))
    for name, fields in _queries(notices).items():
        asked = _query(**fields)
        yield name, partial(_found, store, asked, None)
        yield f"{name}, page of the middle", partial(_found, store, asked, deep)
        yield f"{name}, counted", partial(store.search.count, asked, up_to=MANY)
    edges = day_edges(END)
    for name, bodies in {
        "all": None,
        "own body": frozenset(BODIES[:1]),
        "smallest body": frozenset(BODIES[-1:]),
    }.items():
        yield f"today: what waits, {name}", partial(_waiting, store, bodies)
        yield f"today: numbers by day, {name}", partial(_days, store, bodies, edges)


def _found(store: SqlStore, asked: NoticeQuery, after: PageKey | None) -> int:
    return len(store.search.find(asked, after=after, limit=PAGE).notices)


def _waiting(store: SqlStore, bodies: frozenset[str] | None) -> int:
    return store.worklist.waiting(bodies, COLLEAGUES[0], show=20, up_to=500).count


def _days(store: SqlStore, bodies: frozenset[str] | None, edges: Sequence[datetime]) -> int:
    return sum(sum(day.values()) for day in store.worklist.admitted_by_day(bodies, edges))


def _query(visible: frozenset[str] | None = None, **fields: Any) -> NoticeQuery:
    typed: dict[str, Any] = {
        name: SoughtText.typed(value) if isinstance(value, str) else value for name, value in fields.items()
    }
    return NoticeQuery(visible_bodies=visible, **typed)


def _queries(notices: int) -> Mapping[str, dict[str, Any]]:
    early, some = notices // 7, notices // 3
    tracking = f"T-{admitted(early, notices):%Y%m%d}-{early:07d}"
    body = {"visible": frozenset({BODIES[0]})}
    small = {"visible": frozenset({BODIES[-1]})}
    return {
        "all": {},
        "own body": body,
        "smallest body": small,
        "own body, state VIEWED": body | {"states": frozenset({_S.VIEWED})},
        "own body, states QUEUED and IN_DOUBT": body | {"states": frozenset({_S.QUEUED, _S.IN_DOUBT})},
        "state REJECTED": {"states": frozenset({_S.REJECTED})},
        "state IN_DOUBT, district": {"states": frozenset({_S.IN_DOUBT}), "district": "منطقه 5"},
        "district, kind": {"district": "منطقه ۱۱", "kinds": frozenset({"hearing"})},
        "a week of two years ago": {
            "admitted_from": END - timedelta(days=730),
            "admitted_before": END - timedelta(days=723),
        },
        "case number": {"case_number": case_number(early, notices)},
        "case number, last two digits open": {"case_number": case_number(some, notices)[:-2] + "*"},
        "case number, a digit of the first year": {"case_number": "1403/0*"},
        "cases of the first year, state DELIVERED": {"case_number": "1403/*", "states": frozenset({_S.DELIVERED})},
        "cases of the first year, state QUEUED": {"case_number": "1403/*", "states": frozenset({_S.QUEUED})},
        "cases of the first year, smallest body": small | {"case_number": "1403/*"},
        "no such case": {"case_number": "1390/*"},
        "paper number, two digits": {"paper_number": "42*"},
        "tracking number": {"tracking_number": tracking},
        "tracking numbers of a month": {"tracking_number": tracking[:8] + "*"},
        "reference": {"reference": sample_reference(some)},
        "references that begin so": {"reference": sample_reference(some)[:5] + "*"},
        "name, frequent": {"name": "محمد"},
        "name, three letters": {"name": "محم*"},
        "name, one letter": {"name": "م*"},
        "name, in full": {"name": sample_name(some)},
        "name, rare": {"name": "یوسف قاسمی راد"},
        "no such name": {"name": "ناشناس*"},
        "name begins, state DELIVERED, own body": body | {"name": "محم*", "states": frozenset({_S.DELIVERED})},
        "name, state REJECTED, district, kind": {
            "name": "علی*",
            "states": frozenset({_S.REJECTED}),
            "district": "منطقه ۳",
            "kinds": frozenset({"ruling"}),
        },
        "name begins, cases of the first year": {"name": "محم*", "case_number": "1403/*"},
        "name, state SUBMITTED, first year": {
            "name": "محمد",
            "states": frozenset({_S.SUBMITTED}),
            "admitted_before": END - timedelta(days=730),
        },
        "recipient": {"recipient": [KEY.hash_of(sample_identifier(some))]},
        "recipient of many notices": {"recipient": [KEY.hash_of(sample_identifier(0))]},
        "recipient of many notices, name, own body": body
        | {"recipient": [KEY.hash_of(sample_identifier(0))], "name": "رضا"},
    }
