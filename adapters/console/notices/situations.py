"""Situations of notices at the time of a request, with everything beside a notice that decides its sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from adapters.console.site import context
from gateway.notice.outbox import OutboxEntry
from gateway.overview.notices.notice_sentence import Situation, situation_of
from gateway.overview.worklist import revised
from gateway.store.stored import Admission
from gateway.store.waiting_receipt import disputed


def situations(notices: Iterable[Admission]) -> Callable[[OutboxEntry], Situation]:
    """Return the function that gives the situation of each of these notices; the store is read once for all."""
    entries, still, store = [each.entry for each in notices], context.standstill(), context.store()
    signed = disputed(store.quarantine, [entry.reference for entry in entries])
    anew = revised(store.worklist, entries)
    return lambda entry: situation_of(
        entry, context.now(), still, disputed=entry.reference in signed, revised=entry.reference in anew
    )
