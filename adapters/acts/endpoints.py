"""Acts on the judiciary's endpoint: call it again at once, and test it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import Field

from adapters.acts.act_message import Facts
from adapters.composition.judiciary.couriers import judiciary_courier
from adapters.composition.overview.endpoint_views import endpoint_views
from adapters.composition.passes.shared_policies import endpoint_policy
from adapters.settings.profile_sections.trust import Relation, Trust
from adapters.settings.values import Section
from gateway.operations.intervention import wake, wake_changes
from gateway.operations.operator_action import OperatorAction
from gateway.runtime.errors import GatewayError
from gateway.sending import endpoint_trial
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


class Endpoint(Section):
    destination: str = Field(max_length=100)


def wake_endpoint(installation: Installation, act: OperatorAction, asked: Endpoint) -> Facts:
    """Call an endpoint again at once. Raises `GatewayError` ``act.subject`` for an unknown endpoint."""
    _assert_known(installation, asked)
    changed = wake(installation.store(), asked.destination, act, installation.settings.gateway.name)
    told = [
        {"destination": view.breaker.destination, "state": view.state, "failures": view.breaker.failures}
        for view in endpoint_views(installation, installation.clock())
    ]
    return {"changed": changed, "endpoints": told}


def plan_wake(installation: Installation, act: OperatorAction, asked: Endpoint) -> Changes | None:
    _assert_known(installation, asked)
    return wake_changes(installation.store(), asked.destination, act, installation.settings.gateway.name)


def _assert_known(installation: Installation, asked: Endpoint) -> None:
    known = {view.breaker.destination for view in endpoint_views(installation, installation.clock())}
    if asked.destination not in known:
        raise GatewayError("act.subject", where=f"endpoint {asked.destination}")


def try_endpoint(installation: Installation, act: OperatorAction, asked: Endpoint) -> Facts:
    """Ask the judiciary a question about nobody, as `gateway.sending.endpoint_trial.try_endpoint`.

    Raises `GatewayError` also ``act.subject`` for another endpoint than the judiciary's, and ``endpoint.untestable`` if
    its contract has no call that concerns no notice.
    """
    if asked.destination != installation.settings.judiciary.destination:
        raise GatewayError("act.subject", where=f"endpoint {asked.destination}")
    judiciary = installation.judiciary
    if not judiciary.profile.can_be_tried:
        raise GatewayError("endpoint.untestable", where=asked.destination)
    trial = endpoint_trial.try_endpoint(
        installation.store(),
        judiciary_courier(installation, judiciary),
        endpoint_policy(installation, judiciary.profile),
        installation.steady,
        act,
        installation.settings.gateway.name,
    )
    refusal, trust = trial.refusal, judiciary.profile.file.trust
    return {
        "destination": asked.destination,
        "answered": refusal is None,
        "milliseconds": round(trial.took / timedelta(milliseconds=1)),
        "code": refusal.code if refusal else None,
        "where": refusal.where if refusal else "",
        "detail": refusal.detail if refusal else "",
        "evidence": trial.evidence_id,
        "signed": trust.answers is Trust.SIGNED,
        "repeats_call": trust.relation is not Relation.CONNECTION,
    }
