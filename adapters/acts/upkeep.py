"""Acts on the gateway as a whole: its switch, its archive, its recovery, its quarantine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from adapters.acts.act_message import Facts
from adapters.acts.upkeep_facts import item_facts, recovery_facts, switch_facts
from adapters.composition.policies import receipt_policy
from adapters.settings.values import Section
from gateway.notice.text import plain
from gateway.operations import intervention, recovery
from gateway.operations.intervention import let_be_sent_unproven, switch_changes, throw_switch
from gateway.operations.operator_action import OperatorAction
from gateway.receipts import quarantine_release
from gateway.receipts.quarantine_release import find
from gateway.record.retention_class import About
from gateway.retention import legal_hold
from gateway.runtime.clock import timestamp
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


class Nothing(Section):
    """No arguments."""


class Damaged(Section):
    digest: str = Field(max_length=100)


class Override(Section):
    """Override for ``seconds`` from now; 0 ends it."""

    seconds: int = Field(ge=0, le=366 * 86_400)


class Held(Section):
    """Subject of a hold. A case number may be typed with any digits, since a notice's are folded."""

    about: Annotated[About, Field(strict=False)]
    subject: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(plain)]


class EndRecovery(Section):
    """End of a recovery; with ``although``, even if something is left to do.

    ``brought_again``: a person says that others sent all rows again that the store has forgotten.
    """

    although: bool = False
    brought_again: bool = False


class Item(Section):
    """Octets in quarantine by their digest, and by the code that refused them."""

    digest: str = Field(max_length=100)
    code: str = Field(max_length=100)


def stop_everything(installation: Installation, act: OperatorAction, asked: Nothing) -> Facts:  # noqa: ARG001
    return _throw(installation, act, stopped=True)


def resume(installation: Installation, act: OperatorAction, asked: Nothing) -> Facts:  # noqa: ARG001
    return _throw(installation, act, stopped=False)


def plan_stop(installation: Installation, act: OperatorAction, asked: Nothing) -> Changes | None:  # noqa: ARG001
    return switch_changes(installation.store(), act, installation.settings.gateway.name, stopped=True)


def plan_resumption(installation: Installation, act: OperatorAction, asked: Nothing) -> Changes | None:  # noqa: ARG001
    return switch_changes(installation.store(), act, installation.settings.gateway.name, stopped=False)


def override(installation: Installation, act: OperatorAction, asked: Override) -> Facts:
    section, origin = installation.settings.configured_archive, installation.settings.gateway.name
    period = timedelta(seconds=asked.seconds)
    made = let_be_sent_unproven(installation.store(), period, section.override_max_hours, act, origin)
    return {"until": timestamp(made.until), "evidence": made.evidence_id}


def accept_damage(installation: Installation, act: OperatorAction, asked: Damaged) -> Facts:
    intervention.accept_damage(installation.store(), asked.digest, act, installation.settings.gateway.name)
    return {"accepted": asked.digest}


def hold_payloads(installation: Installation, act: OperatorAction, asked: Held) -> Facts:
    held = legal_hold.place_legal_hold(
        installation.store(), act, asked.about, asked.subject, installation.settings.gateway.name
    )
    return {
        "about": held.about.value,
        "subject": held.subject,
        "since": timestamp(held.since),
        "evidence": held.evidence_id,
    }


def release_payloads(installation: Installation, act: OperatorAction, asked: Held) -> Facts:
    store, origin = installation.store(), installation.settings.gateway.name
    legal_hold.lift_legal_hold(store, act, store.retention.holds(), asked.about, asked.subject, origin)
    return {"about": asked.about.value, "subject": asked.subject, "held": False}


def begin_recovery(installation: Installation, act: OperatorAction, asked: Nothing) -> Facts:  # noqa: ARG001
    return recovery_facts(recovery.declare(installation.store(), act, installation.settings.gateway.name))


def end_recovery(installation: Installation, act: OperatorAction, asked: EndRecovery) -> Facts:
    settings = installation.settings
    ended = recovery.end(
        installation.store(),
        act,
        settings.gateway.name,
        list(settings.sources),
        although=asked.although,
        brought_again=asked.brought_again,
    )
    return recovery_facts(ended)


def release_item(installation: Installation, act: OperatorAction, asked: Item) -> Facts:
    from adapters.composition.judiciary import judiciary_courier, receipt_judge

    store, judiciary = installation.store(), installation.judiciary
    judged = quarantine_release.release_item(
        store,
        judiciary_courier(installation, judiciary),
        receipt_judge(installation, judiciary),
        installation.clock,
        receipt_policy(installation, judiciary.profile),
        item=find(store.quarantine, asked.digest, asked.code),
        act=act,
    )
    receipt = judged.receipt
    return {
        "believed": receipt is not None,
        "receipt": receipt.receipt_id if receipt else None,
        "reference": receipt.reference if receipt else None,
        "standing": [item_facts(item) for item in judged.standing],
        "unconfirmed": str(judged.unconfirmed) if judged.unconfirmed else None,
        "left_out": str(judged.left_out) if judged.left_out else None,
    }


def plan_release(installation: Installation, act: OperatorAction, asked: Item) -> Changes | None:
    from adapters.composition.judiciary import judiciary_courier, receipt_judge

    store, judiciary = installation.store(), installation.judiciary
    return quarantine_release.release_changes(
        store,
        judiciary_courier(installation, judiciary),
        receipt_judge(installation, judiciary),
        receipt_policy(installation, judiciary.profile),
        item=find(store.quarantine, asked.digest, asked.code),
        act=act,
    )


def dismiss_item(installation: Installation, act: OperatorAction, asked: Item) -> Facts:
    store, origin = installation.store(), installation.settings.gateway.name
    quarantine_release.dismiss_item(store, origin, find(store.quarantine, asked.digest, asked.code), act)
    return {"dismissed": True}


def plan_dismissal(installation: Installation, act: OperatorAction, asked: Item) -> Changes | None:
    store, origin = installation.store(), installation.settings.gateway.name
    return quarantine_release.dismissal(origin, find(store.quarantine, asked.digest, asked.code), act)


def _throw(installation: Installation, act: OperatorAction, *, stopped: bool) -> Facts:
    store = installation.store()
    changed = throw_switch(store, act, installation.settings.gateway.name, stopped=stopped)
    return {"changed": changed, **switch_facts(store)}
