"""Policies that passes and screens share: calls of the endpoint, limits of proof, and limits of time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.schedule.calls import AskingCalls, SendingCalls
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.reconciliation.limits import Limit, Limits
from gateway.runtime.advisory_lock import UNLIMITED, Calls
from gateway.runtime.clock import Pace
from gateway.runtime.rate_limit import RateLimit
from gateway.store.proof_reach import ProofPolicy

if TYPE_CHECKING:
    from adapters.composition.installation import Installation
    from adapters.settings import JudiciaryProfile, KindLimits, LimitsSection, Settings


def endpoint_policy(installation: Installation, profile: JudiciaryProfile, *, asks: bool = False) -> EndpointPolicy:
    """Return the endpoint policy of the pass that sends, or of one that ``asks`` and waits for a free call."""
    settings, section = installation.settings, installation.settings.judiciary
    calls: Calls = UNLIMITED
    if (most := section.max_calls) is not None:
        locks, destination, sleep = installation.call_locks, section.destination, installation.sleep
        if asks:
            calls = AskingCalls(locks, destination, most, installation.steady, sleep)
        else:
            calls = SendingCalls(locks, destination, most, sleep)
    return EndpointPolicy(
        probe=section.timeout_seconds,
        pace=Pace(settings.time.day_seconds),
        rate_limit=_rate_limit(settings, profile),
        refusals=section.credential_refusals,
        maintenance=[each.window for each in section.maintenance],
        calls=calls,
        clock_is_off=lambda: installation.timekeeper.off() is not None,
    )


def _rate_limit(settings: Settings, profile: JudiciaryProfile) -> RateLimit | None:
    """Return the configured rate limit, reduced to the profile's."""
    ours, most = settings.judiciary.rate_limit, profile.file.limits.notices_per_minute
    if most is None or (ours is not None and ours.per_minute <= most):
        return ours
    return RateLimit(per_minute=most, burst=max(1, most // 6))


def proof_policy(settings: Settings) -> ProofPolicy | None:
    """Return the limits after which unproven notices are reported and sending ends; None if no archive is
    configured.
    """
    section = settings.archive
    if section is None:
        return None
    return ProofPolicy(
        stamped=bool(section.time_authorities),
        stop_after=section.stop_sending_after_hours,
        late_after=section.late_after_hours,
        witnesses={witness.name: witness.limit for witness in section.witnesses},
    )


def time_limits(settings: Settings) -> Limits:
    section = settings.limits
    kinds = {kind: _periods(of_kind) for kind, of_kind in section.kinds.items()}
    return Limits(periods=_periods(section), warn_at=section.warn_at, kinds=kinds)


def _periods(section: LimitsSection | KindLimits) -> dict[Limit, timedelta]:
    periods = {limit: getattr(section, f"{limit}_hours") for limit in Limit}
    return {limit: period for limit, period in periods.items() if period is not None}
