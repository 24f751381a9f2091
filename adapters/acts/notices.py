"""Acts on notices: named ones, or those chosen by a body, a district, a source, a case or a code."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.composition.installation import Installation
from adapters.settings.values import Section
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import ABSENT, PROVEN_ABSENT, SENDABLE
from gateway.notice.text import plain
from gateway.operations import intervention
from gateway.operations.intervention import Done, DoubtDecision, EntryChange
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.stored import Among

PAGE = 500

States = Sequence[DeliveryState | None]


class Chosen(Section):
    """Choice of notices: either ``references``, or criteria.

    A case number may be typed with any digits, since a notice's are folded; a district stands as it was issued. With
    ``dry_run`` nothing is done.
    """

    references: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=50_000)
    body: str | None = None
    district: str | None = None
    source: str | None = None
    case: str | None = None
    code: str | None = None
    dry_run: bool = False

    @property
    def among(self) -> Among:
        number = None if self.case is None else plain(self.case)
        return Among(body=self.body, district=self.district, source=self.source, case_number=number)


class Decide(Chosen):
    """Decision on notices; ``verdict`` and the rest are as in `gateway.operations.intervention.Decision`."""

    verdict: Annotated[DoubtDecision, Field(strict=False)]
    although: bool = False
    tracking_number: str | None = Field(default=None, max_length=200)


def _one(
    deed: EntryChange, states: States = (), *, held: bool | None = None
) -> Callable[[Installation, OperatorAction, Chosen], Facts]:
    """Return an act that changes each notice; chosen ones stand in ``states``, and are ``held`` or not."""

    def perform(installation: Installation, act: OperatorAction, asked: Chosen) -> Facts:
        return _each(installation, act, asked, deed, replace(asked.among, held=held), states)

    return perform


retry = _one(intervention.retry)
hold = _one(intervention.hold_notice, sorted(SENDABLE), held=False)
release = _one(intervention.release_notice, (None,), held=True)
withdraw = _one(intervention.withdraw)
switch_channel = _one(intervention.switch_channel)
rewrite = _one(intervention.rewrite)


def decide(installation: Installation, act: OperatorAction, asked: Decide) -> Facts:
    """Decide on notices that wait for a person; by default those whose absence was proven."""
    deed = intervention.Decision(
        verdict=asked.verdict,
        settle_after=installation.settings.judiciary.settle_seconds,
        although_it_may_arrive=asked.although,
        tracking_number=asked.tracking_number,
    )
    among = replace(asked.among, undecided=True, code=asked.code or ABSENT)
    facts = _each(installation, act, asked, deed, among, (DeliveryState.IN_DOUBT,))
    return (
        facts | {"warning": _warning(installation.store().notices, facts["meant"], asked.verdict)}
        if asked.dry_run
        else facts
    )


def _warning(store: NoticeStore, references: Sequence[str], verdict: DoubtDecision) -> Facts | None:
    """Describe the harm that a decision may do to notices whose arrival is unknown. Shown before the act."""
    entries = [each for each in store.entries(references).values() if each.state is DeliveryState.IN_DOUBT]
    absent = sum(each.code in PROVEN_ABSENT for each in entries)
    if verdict is DoubtDecision.SUBMITTED:
        against, code = absent, "queue.arrival-disproven"
    else:
        against, code = len(entries) - absent, "queue.unproven"
    return {"code": code, "detail": f"{against} of {len(references)} notices, as {verdict}"} if against else None


def _each(
    installation: Installation, act: OperatorAction, asked: Chosen, deed: EntryChange, among: Among, states: States
) -> Facts:
    """Change each notice; a failure of one stops none of the others."""
    store, origin = installation.store(), installation.settings.gateway.name
    references = list(dict.fromkeys(asked.references or _found(store.notices, among, states)))
    if asked.dry_run:
        return {"meant": references}
    done: list[Done] = []
    failed: list[GatewayError] = []
    for reference in references:
        try:
            this = replace(act, at=installation.clock())
            done.append(intervention.intervene(store, reference, deed, this, origin))
        except GatewayError as error:
            if error.scope is not ErrorScope.ROW:
                raise
            failed.append(error)
    return {
        "act": act.name,
        "done": [
            {"reference": each.entry.reference, "outcome": each.outcome, "changed": each.changed,
             "state": each.entry.state.value, "held": each.entry.held, "note": _note(each)}
            for each in done
        ],
        "failed": [
            {"reference": error.where, "code": error.code, "detail": error.detail, "remedy": error.entry.remedy}
            for error in failed
        ],
    }  # fmt: skip


def _found(store: NoticeStore, among: Among, states: States) -> Iterator[str]:
    for state in states:
        after: str | None = None
        while page := store.find(state=state, limit=PAGE, after=after, among=among):
            yield from (admission.entry.reference for admission in page)
            after = page[-1].entry.reference


def _note(done: Done) -> str | None:
    """Describe an outcome that a person could misread."""
    match done.outcome, done.entry.state:
        case "held", DeliveryState.SENDING:
            return "what is being sent now may arrive: a hold only keeps it from being sent again"
        case "held", DeliveryState.IN_DOUBT:
            return "what is in doubt may have arrived: it is still asked about, and not sent again"
        case "held", state if state not in SENDABLE:
            return "what left the queue before the hold was written goes on"
        case "requeued" | "due", _ if done.entry.held:
            return "what is held is not sent until it is released"
        case _:
            return None
