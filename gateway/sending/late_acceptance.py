"""Acceptances whose notice has moved on meanwhile: what the judiciary has is not sent again.

While a call is under way its lease may end, or a person may decide that the notice did not arrive. Then the step of the
answer is stale. Another outcome may be about an earlier message, and is left to the next inquiry; a believed acceptance
prevails over whatever was decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Set

from gateway.judiciary.courier import Accepted, Answer, Message
from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState
from gateway.notice.outbox import OutboxEntry, Transition
from gateway.runtime.errors import GatewayError
from gateway.sending.exchange import proof_of, settled
from gateway.store.store import Store
from gateway.store.stored import Changes


def take_late_acceptances(
    store: Store, heard: Iterable[tuple[Message, Answer[object]]], stale: Set[str]
) -> list[GatewayError]:
    """Commit the acceptances of ``stale`` notices from the states in which these are now.

    Their answers are recorded. Return an error for each notice that a person had withdrawn.
    """
    late: dict[str, tuple[Accepted, Message, Answer[object]]] = {}
    for message, answer in heard:
        for reference, outcome in answer.by_reference.items():
            if reference in stale and isinstance(outcome, Accepted):
                late[reference] = outcome, message, answer
    errors: list[GatewayError] = []
    while late:
        entries = store.notices.entries(list(late))
        steps = [_step(entry, *late[entry.reference]) for entry in entries.values() if _may_be_accepted(entry)]
        moved = store.commit(Changes(steps=steps)) if steps else frozenset()
        errors += [
            GatewayError("courier.accepted-withdrawn", where=step.before.reference)
            for step in steps
            if step.before.state is DeliveryState.WITHDRAWN and step.before.reference not in moved
        ]
        late = {reference: late[reference] for reference in moved}
    return errors


def _may_be_accepted(entry: OutboxEntry) -> bool:
    return (entry.state, DeliveryEvent.SUBMISSION_ACCEPTANCE) in TRANSITIONS


def _step(entry: OutboxEntry, accepted: Accepted, message: Message, answer: Answer[object]) -> Transition:
    now = max(answer.received_at, entry.state_since)
    return settled(entry, accepted, message=message, proof=proof_of(message, answer), now=now)
