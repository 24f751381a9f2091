"""Draft of a bulk act: the list of notices that it would change, judged by the same functions that will change them.

Nothing is done, so nothing is recorded. A draft that nobody begins is deleted after a while.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from gateway.notice.text import own_words
from gateway.operations.bulk_deeds import effect_of
from gateway.operations.intervention import EntryChange, change_of
from gateway.people.permissions import Permission
from gateway.people.person import Person
from gateway.runtime.clock import CLOCKS_DIFFER, Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.randomness import random_hex
from gateway.search.notice_query import NoticeQuery
from gateway.search.page_key import PageKey
from gateway.search.search_store import SearchStore
from gateway.store.bulk_act import BulkAct, BulkDeed, BulkNotice, DryRun
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Admission

MOST: Final = 50_000
"""Most notices that one bulk act may match."""

DRAFT_LIFE: Final = timedelta(hours=1)
"""Time for which a draft can be begun: what the person saw is too old after it."""

MAX_REASON: Final = 1000
_PAGE: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Bulk act that a person asks for. ``search`` says in an address how the notices were found."""

    deed: BulkDeed
    person: Person
    authentication: str
    reason: str = field(repr=False)
    search: str = field(repr=False)


def draft(
    store: Store, search: SearchStore, query: NoticeQuery, asked: Asked, clock: Clock, settle_after: timedelta
) -> BulkAct:
    """Write the draft of a bulk act on the notices that match ``query``, and return it; its list may be empty.

    The query is limited to bodies for which the person may act on notices. Raises `GatewayError` ``bulk.reason``,
    ``bulk.too-many`` for more than `MOST`, ``bulk.none`` if none matches, ``store.*``.
    """
    reason = own_words(asked.reason)
    if not reason or len(reason) > MAX_REASON:
        raise GatewayError("bulk.reason", detail=f"1 to {MAX_REASON} characters are wanted")
    query = replace(query, visible_bodies=asked.person.bodies_for(Permission.ACT_ON_NOTICES))
    matching = search.count(query, up_to=MOST + 1)
    if matching > MOST:
        raise GatewayError("bulk.too-many", detail=f"more than {MOST:,}")
    if not matching:
        raise GatewayError("bulk.none")
    began = BulkAct(
        id=random_hex(8),
        deed=asked.deed,
        person=asked.person.id,
        account=asked.person.login,
        authentication=asked.authentication,
        reason=reason,
        search=asked.search,
        bodies=frozenset(),
        dry_run=DryRun(),
        total=0,
        drafted_at=clock(),
    )
    store.bulk_acts.draft(began)
    effect, recoveries, seen = effect_of(asked.deed, settle_after), store.recovery.all(), DryRun()
    bodies: set[str] = set()
    after: PageKey | None = None
    while (room := MOST - seen.matched) > 0:
        # Notices that come meanwhile stand before the first page.
        page = search.find(query, after=after, limit=min(_PAGE, room))
        listed = [*_possible(page.notices, effect, clock(), store.quarantine, recoveries, seen)]
        bodies |= {each.body for each in listed}
        store.bulk_acts.add(began.id, [BulkNotice.of(each.entry) for each in listed])
        after = page.next
        if after is None:
            break
    made = replace(began, bodies=frozenset(bodies), dry_run=seen, total=seen.possible.total())
    store.bulk_acts.draft(made)
    return made


def is_fresh(bulk: BulkAct, now: datetime) -> bool:
    """Return True while a draft can be begun. The gateway that made it may have a clock that is a little ahead."""
    return -CLOCKS_DIFFER <= now - bulk.drafted_at <= DRAFT_LIFE


def _possible(
    notices: Sequence[Admission],
    effect: EntryChange,
    now: datetime,
    quarantine: QuarantineStore,
    recoveries: Sequence[Recovery],
    seen: DryRun,
) -> Iterator[Admission]:
    """Yield the notices that the act would change now; count all of them in ``seen``."""
    for each in notices:
        entry = each.entry
        try:
            change = change_of(entry, effect, now, lambda: recoveries, quarantine)
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            seen.impossible[error.code, entry.state] += 1
            continue
        if not change.changes:
            seen.already[entry.state] += 1
            continue
        seen.possible[entry.state] += 1
        yield each
