"""Acts on notices: named ones, or those chosen by a body, a district, a source, a case or a code."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.settings.values import Section
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import ABSENT, PROVEN_ABSENT, SENDABLE, OutboxEntry
from gateway.notice.text import plain
from gateway.operations import intervention
from gateway.operations.intervention import Done, DoubtDecision, EntryChange, Seen
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.among import Among
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

PAGE = 5000
"""Notices of one listing: several states are sorted anew for each."""


class SeenNotice(Section):
    """Notice as a person saw it; see `gateway.operations.intervention.Seen`."""

    seq: int
    held: bool
    held_by: str | None = Field(default=None, max_length=300)

    @property
    def entry(self) -> Seen:
        return Seen(seq=self.seq, held=self.held, held_by=self.held_by)


class ShownNotice(SeenNotice):
    """One of several notices as a dry run showed it."""

    reference: str = Field(max_length=100)


class Chosen(Section):
    """Choice of notices: either ``references``, or criteria.

    A case number may be typed with any digits, since a notice's are folded; a district stands as it was issued. With
    ``dry_run`` nothing is done. An act on one notice that was ``seen`` otherwise is refused (``queue.moved``).
    """

    references: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=50_000)
    body: str | None = None
    district: str | None = None
    source: str | None = None
    case: str | None = None
    code: str | None = None
    dry_run: bool = False
    seen: SeenNotice | None = None

    @property
    def seen_entry(self) -> Seen | None:
        return None if self.seen is None else self.seen.entry

    @property
    def among(self) -> Among:
        number = None if self.case is None else plain(self.case)
        return Among(body=self.body, district=self.district, source=self.source, case_number=number)


class Decide(Chosen):
    """Decision on notices; ``verdict`` and the rest are as in `gateway.operations.intervention.Decision`.

    A notice that is not as it was ``shown`` is refused (``queue.moved``); the others are decided.
    """

    verdict: Annotated[DoubtDecision, Field(strict=False)]
    although: bool = False
    tracking_number: str | None = Field(default=None, max_length=200)
    shown: list[ShownNotice] = Field(default=[], max_length=50_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAct:
    """Act on notices: ``deed`` changes each; ``among`` are those that criteria choose (None: only references do).

    One list of all states has each notice once: of a list for each state, one that moves on meanwhile is in none.
    """

    deed: EntryChange
    among: Among | None = None

    def perform(self, installation: Installation, act: OperatorAction, asked: Chosen) -> Facts:
        among = self.among
        criteria = None if among is None else replace(asked.among, held=among.held, sendable=among.sendable)
        return _each(installation, act, asked, self.deed, criteria)

    def plan(self, installation: Installation, act: OperatorAction, asked: Chosen) -> Changes | None:
        """Return the act on one notice as it would be written."""
        return _planned(installation, act, asked, self.deed)


RETRY: Final = NoticeAct(deed=intervention.retry)
HOLD: Final = NoticeAct(deed=intervention.hold_notice, among=Among(held=False, sendable=True))
RELEASE: Final = NoticeAct(deed=intervention.release_notice, among=Among(held=True))
WITHDRAW: Final = NoticeAct(deed=intervention.withdraw)
SWITCH_CHANNEL: Final = NoticeAct(deed=intervention.switch_channel)
REWRITE: Final = NoticeAct(deed=intervention.rewrite)


def decide(installation: Installation, act: OperatorAction, asked: Decide) -> Facts:
    """Decide on notices that wait for a person; by default those whose absence was proven.

    A dry run returns each notice as it is ``shown`` now: the warning is about them, and the decision should be.
    """
    among = replace(asked.among, undecided=True, code=asked.code or ABSENT)
    deed = _decision(installation, asked)
    as_shown = {each.reference: each.entry for each in asked.shown}
    facts = _each(installation, act, asked, deed, among, DeliveryState.IN_DOUBT, as_shown)
    if not asked.dry_run:
        return facts
    entries = list(installation.store().notices.entries(facts["meant"]).values())
    shown = [
        {"reference": each.reference, "seq": each.seq, "held": each.held, "held_by": each.held_by} for each in entries
    ]
    return facts | {"warning": _warning(entries, len(facts["meant"]), asked.verdict), "shown": shown}


def plan_decision(installation: Installation, act: OperatorAction, asked: Decide) -> Changes | None:
    """Return the decision on one notice as it would be written."""
    return _planned(installation, act, asked, _decision(installation, asked))


def _decision(installation: Installation, asked: Decide) -> EntryChange:
    return intervention.Decision(
        verdict=asked.verdict,
        settle_after=installation.settings.judiciary.settle_seconds,
        although_it_may_arrive=asked.although,
        tracking_number=asked.tracking_number,
    )


def _planned(installation: Installation, act: OperatorAction, asked: Chosen, deed: EntryChange) -> Changes | None:
    store, origin = installation.store(), installation.settings.gateway.name
    reference = _only(act, asked.references)
    return intervention.plan(store, reference, deed, act, origin, asked.seen_entry).changes


def _only(act: OperatorAction, references: Sequence[str]) -> str:
    """Return the only reference. Raises `GatewayError` ``act.request`` if there are more or none."""
    if len(references) != 1:
        raise GatewayError("act.request", where=act.name, detail="one notice is shown and confirmed at a time")
    return references[0]


def _warning(entries: Sequence[OutboxEntry], meant: int, verdict: DoubtDecision) -> Facts | None:
    """Describe the harm that a decision may do to notices whose arrival is unknown. Shown before the act."""
    in_doubt = [each for each in entries if each.state is DeliveryState.IN_DOUBT]
    absent = sum(each.code in PROVEN_ABSENT for each in in_doubt)
    if verdict is DoubtDecision.SUBMITTED:
        against, code = absent, "queue.arrival-disproven"
    else:
        against, code = len(in_doubt) - absent, "queue.unproven"
    return {"code": code, "detail": f"{against} of {meant} notices, as {verdict}"} if against else None


def _each(
    installation: Installation,
    act: OperatorAction,
    asked: Chosen,
    deed: EntryChange,
    among: Among | None,
    state: DeliveryState | None = None,
    shown: Mapping[str, Seen] = MappingProxyType({}),
) -> Facts:
    """Change each notice; a failure of one stops none of the others. An act that was confirmed is of one notice."""
    store, origin = installation.store(), installation.settings.gateway.name
    references = list(dict.fromkeys(asked.references or _found(store.notices, among, state)))
    if asked.dry_run:
        return {"meant": references}
    if asked.seen is not None or act.confirmation is not None:
        _only(act, references)
    done: list[Done] = []
    failed: list[GatewayError] = []
    for reference in references:
        try:
            this = replace(act, at=installation.clock())
            seen = shown.get(reference, asked.seen_entry)
            done.append(intervention.intervene(store, reference, deed, this, origin, seen))
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW or act.confirmation is not None:
                raise
            failed.append(error)
    sources = installation.settings.sources
    return {
        "act": act.name,
        "done": [
            {"reference": each.entry.reference, "outcome": each.outcome, "changed": each.changed,
             "state": each.entry.state.value, "held": each.entry.held, "note": _note(each, sources)}
            for each in done
        ],
        "failed": [
            {"reference": error.where, "code": error.code, "detail": error.detail, "remedy": error.entry.remedy}
            for error in failed
        ],
    }  # fmt: skip


def _found(store: NoticeStore, among: Among | None, state: DeliveryState | None) -> Iterator[str]:
    after: str | None = None
    while among is not None and (page := store.find(state=state, limit=PAGE, after=after, among=among)):
        yield from (admission.entry.reference for admission in page)
        after = page[-1].entry.reference


def _note(done: Done, sources: Collection[str]) -> str | None:
    """Describe an outcome that a person could misread; ``sources`` are those of the configuration."""
    if done.outcome == "to-be-written" and (name := done.entry.source) not in sources:
        return f"source {name} is not configured, so nothing is written: put it into the configuration again"
    match done.outcome, done.entry.state:
        case "held", DeliveryState.SENDING:
            return "what is being sent now may arrive: a hold only keeps it from being sent again"
        case "held", DeliveryState.IN_DOUBT:
            return "what is in doubt may have arrived: it is still asked about, and not sent again"
        case "held", state if state not in SENDABLE:
            return "what left the queue before the hold was written goes on"
        case "requeued" | "queued" | "due", _ if done.entry.held:
            return "what is held is not sent until it is released"
        case _:
            return None
