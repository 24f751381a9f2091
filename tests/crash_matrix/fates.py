"""Fates of notices: the outcomes that the judiciary gives, its receipts, and a person's decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from gateway.judiciary.courier import Deferred, NoAccount, NotKnown, Outcome, Rejected, TicketStanding
from gateway.notice.delivery_state import DeliveryState
from gateway.operations.intervention import (
    Decision,
    DoubtDecision,
    EntryChange,
    hold_notice,
    retry,
    switch_channel,
    withdraw,
)
from tests.passes.conftest import SETTLE
from tests.passes.ports import accept

from .watched_passes import UNREGISTERED

_S = DeliveryState

LONG = timedelta(days=20)
"""Wait that a busy judiciary asks for; the lifetime in the queue is shorter."""


def in_doubt(verdict: DoubtDecision) -> Decision:
    """Return a person's decision about a notice in doubt."""
    return Decision(verdict=verdict, settle_after=SETTLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """Fate of one row's notice.

    ``first`` is what its first submission meets: nothing (it is lost on its way), or an outcome that is answered
    although nothing was done; later ones meet ``outcome``. ``ticket``: a ticket is given first. ``lost_ticket`` is the
    answer about the first of them; if that is a deferral, nothing was done. ``heard`` is whether the answer reaches us,
    ``mute`` that inquiries never help. ``receipts`` come in this order. ``person`` maps a state to a person's decision
    in it.
    """

    end: DeliveryState
    outcome: Callable[[str], Outcome] = accept
    first: Outcome | None = None
    ticket: bool = False
    lost_ticket: TicketStanding | None = None
    lost: bool = False
    heard: bool = True
    mute: bool = False
    receipts: tuple[str, ...] = ("ContentConsignment",)
    receipts_in: frozenset[DeliveryState] = frozenset(DeliveryState)
    marked: str = ""
    person: dict[DeliveryState, tuple[EntryChange, ...]] = field(default_factory=dict)


_REJECTED: Callable[[str], Outcome] = lambda _: Rejected(code="R-1")  # noqa: E731
_NO_ACCOUNT: Callable[[str], Outcome] = lambda _: NoAccount()  # noqa: E731
_BUSY = Deferred(code="busy")
_BUSY_FOR_LONG = Deferred(code="busy", retry_after=LONG)
_ELSEWHERE = (switch_channel,)
_LATER = frozenset({_S.SUBMITTED})
"""A receipt comes after the outcome of a ticket."""

FATES = {
    "viewed": Fate(end=_S.VIEWED, receipts=("ContentConsignment", "ContentHandover")),
    "overtaken": Fate(end=_S.VIEWED, receipts=("ContentHandover", "ContentConsignment")),
    "by-law-first": Fate(end=_S.DELIVERED, receipts=("LegalService", "ContentConsignment")),
    "by-law-later": Fate(end=_S.VIEWED, receipts=("ContentConsignment", "LegalService", "ContentHandover")),
    "viewed-by-law": Fate(end=_S.VIEWED, receipts=("ContentHandover", "LegalService")),
    "refused": Fate(end=_S.REJECTED, outcome=_REJECTED),
    "no-account": Fate(end=_S.OTHER_CHANNEL, outcome=_NO_ACCOUNT, person={_S.NO_ACCOUNT: _ELSEWHERE}),
    "failed": Fate(
        end=_S.OTHER_CHANNEL, receipts=("ContentConsignmentFailure",), person={_S.UNDELIVERABLE: _ELSEWHERE}
    ),
    "deferred": Fate(end=_S.DELIVERED, first=_BUSY),
    "answer-lost": Fate(end=_S.DELIVERED, heard=False),
    "refused-unheard": Fate(end=_S.REJECTED, outcome=_REJECTED, heard=False),
    "no-account-unheard": Fate(
        end=_S.OTHER_CHANNEL, outcome=_NO_ACCOUNT, heard=False, person={_S.NO_ACCOUNT: _ELSEWHERE}
    ),
    "request-lost": Fate(end=_S.DELIVERED, lost=True),
    "ticket": Fate(end=_S.DELIVERED, ticket=True, receipts_in=_LATER),
    "ticket-refused": Fate(end=_S.REJECTED, outcome=_REJECTED, ticket=True),
    "ticket-no-account": Fate(
        end=_S.OTHER_CHANNEL, outcome=_NO_ACCOUNT, ticket=True, person={_S.NO_ACCOUNT: _ELSEWHERE}
    ),
    "ticket-unheard": Fate(end=_S.DELIVERED, ticket=True, receipts_in=_LATER, heard=False),
    "ticket-forgotten": Fate(end=_S.DELIVERED, ticket=True, receipts_in=_LATER, lost_ticket=NotKnown()),
    "ticket-in-vain": Fate(end=_S.DELIVERED, ticket=True, receipts_in=_LATER, lost_ticket=_BUSY),
    "ticket-and-receipt": Fate(end=_S.DELIVERED, ticket=True, mute=True),
    "told-by-receipt": Fate(end=_S.DELIVERED, heard=False, mute=True),
    "unregistered": Fate(end=_S.DELIVERED, marked=UNREGISTERED.decode()),
    "decided-submitted": Fate(
        end=_S.DELIVERED,
        heard=False,
        mute=True,
        receipts_in=frozenset({_S.SUBMITTED}),
        person={_S.IN_DOUBT: (in_doubt(DoubtDecision.SUBMITTED),)},
    ),
    "decided-queued": Fate(
        end=_S.DELIVERED,
        heard=False,
        mute=True,
        receipts_in=frozenset({_S.QUEUED}),
        person={_S.IN_DOUBT: (hold_notice, in_doubt(DoubtDecision.QUEUED))},
    ),
    "decided-withdrawn": Fate(
        end=_S.DELIVERED,
        heard=False,
        mute=True,
        receipts_in=frozenset({_S.WITHDRAWN}),
        person={_S.IN_DOUBT: (in_doubt(DoubtDecision.WITHDRAWN),)},
    ),
    "dead-and-arrived": Fate(
        end=_S.DELIVERED,
        heard=False,
        mute=True,
        receipts_in=frozenset({_S.DEAD_LETTER}),
        person={_S.IN_DOUBT: (hold_notice, in_doubt(DoubtDecision.QUEUED))},
    ),
    "dead-and-tried": Fate(end=_S.DELIVERED, first=_BUSY_FOR_LONG, person={_S.DEAD_LETTER: (retry,)}),
    "dead-and-withdrawn": Fate(
        end=_S.WITHDRAWN, outcome=lambda _: _BUSY_FOR_LONG, receipts=(), person={_S.DEAD_LETTER: (withdraw,)}
    ),
    "withdrawn": Fate(end=_S.WITHDRAWN, outcome=lambda _: _BUSY_FOR_LONG, receipts=(), person={_S.QUEUED: (withdraw,)}),
    "corrected": Fate(end=_S.DELIVERED),
}
"""By the key of the row. ``corrected`` is refused at first, until a clerk has corrected it."""

BAD = "bad"
"""A row that is refused, and stays so."""
