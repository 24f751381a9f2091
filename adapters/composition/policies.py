"""Policies of the passes, made from the configuration as values of the core.

Sizes are reduced to the limits of the judiciary's profile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.composition.passes.read_again import FROM_WHERE_IT_STANDS, ReadAgain
from adapters.schedule.calls import AskingCalls, SendingCalls
from gateway.archive.archiving import ArchivePolicy, Rhythm
from gateway.intake.collection import IntakePolicy
from gateway.judiciary.call_count import MOST_CALLS, CallCount
from gateway.judiciary.capabilities import ReceiptWay
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.notice.notice import sha256
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.reconciliation.limits import Limit, Limits
from gateway.retention.offload import OffloadPolicy
from gateway.runtime.advisory_lock import UNLIMITED, Calls
from gateway.runtime.clock import Pace
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.sending.in_doubt import RescuePolicy
from gateway.sending.ticket_issue import USUAL_TICKETS, Tickets
from gateway.store.proof_reach import ProofPolicy

if TYPE_CHECKING:
    from adapters.composition.installation import Installation
    from adapters.settings import JudiciaryProfile, KindLimits, LimitsSection, Settings
    from gateway.reconciliation.reconcile import ReconcilePolicy


def intake_policy(settings: Settings, source: str, profile: JudiciaryProfile) -> IntakePolicy:
    section = settings.sources[source]
    values = sorted(settings.judiciary.values.items())
    return IntakePolicy(
        destination=settings.judiciary.destination,
        page_rows=section.page_rows,
        overlap=section.overlap,
        sweep_every=section.sweep_hours,
        sweep_overlap=section.sweep_overlap,
        contract=sha256(f"{profile.digest} {values}".encode()),
    )


def dispatch_policy(installation: Installation, profile: JudiciaryProfile) -> DispatchPolicy:
    settings, section = installation.settings, installation.settings.dispatch
    return DispatchPolicy(
        owner=installation.owner,
        origin=settings.gateway.name,
        lease=section.lease_seconds,
        pace=Pace(settings.time.day_seconds),
        codes=profile.codes,
        most_refusals=max(settings.judiciary.max_requeues, 1),
        batch_notices=min(section.batch_notices, profile.batch_notices),
        batch_bytes=min(section.batch_bytes, profile.file.limits.batch_bytes),
        calls=_calls(settings, left=1),
        endpoint_policy=endpoint_policy(installation, profile),
        tickets=_tickets(profile) or USUAL_TICKETS,
    )


def rescue_policy(installation: Installation, profile: JudiciaryProfile) -> RescuePolicy:
    settings, judiciary = installation.settings, installation.settings.judiciary
    return RescuePolicy(
        origin=settings.gateway.name,
        settle_after=judiciary.settle_seconds,
        ask_again_after=judiciary.ask_again_seconds,
        unanswered_after=judiciary.unanswered_seconds,
        lifetime=settings.dispatch.queue_lifetime_days,
        requeue=judiciary.requeue,
        max_requeues=judiciary.max_requeues,
        pace=Pace(settings.time.day_seconds),
        codes=profile.codes,
        capabilities=profile.capabilities,
        inquiry_batch=profile.file.limits.inquiry_notices,
        calls=_calls(settings),
        endpoint_policy=endpoint_policy(installation, profile, asks=True),
        tickets=_tickets(profile),
    )


def _calls(settings: Settings, left: int = 0) -> CallCount:
    """Return the limit of a pass's calls, which leaves so ``left`` many of the configured ones to other passes."""
    most = settings.judiciary.max_calls
    if most is None:
        return CallCount(most=MOST_CALLS, by_latency=True)
    return CallCount(most=max(most - left, 1))


def _tickets(profile: JudiciaryProfile) -> Tickets | None:
    return None if profile.file.ticket is None else profile.file.ticket.value


def receipt_policy(
    installation: Installation, profile: JudiciaryProfile, again: ReadAgain = FROM_WHERE_IT_STANDS
) -> ReceiptPolicy:
    """Return the policy of the pass for receipts.

    Raises `GatewayError` ``receipts.no-cursor`` if receipts after a cursor are wanted, and the profile has none.
    """
    settings, section = installation.settings, installation.settings.receipts
    way = profile.capabilities.receipts
    if again.receipts_after is not None and way is not ReceiptWay.CURSOR:
        raise GatewayError("receipts.no-cursor", where=profile.name, detail=f'receipts = "{way.value}"')
    return ReceiptPolicy(
        origin=settings.gateway.name,
        page=section.page,
        poll_notices=profile.file.limits.poll_notices,
        poll_for=section.poll_days,
        calls=_calls(settings),
        endpoint_policy=endpoint_policy(installation, profile, asks=True),
        capabilities=profile.capabilities,
        skew=settings.judiciary.skew_seconds,
        law_names=lambda: installation.laws().told,
        after=again.receipts_after,
        issue_day=installation.issue_day,
    )


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


def time_limits(settings: Settings) -> Limits:
    section = settings.limits
    kinds = {kind: _periods(of_kind) for kind, of_kind in section.kinds.items()}
    return Limits(periods=_periods(section), warn_at=section.warn_at, kinds=kinds)


def reconcile_policy(installation: Installation, profile: JudiciaryProfile) -> ReconcilePolicy:
    settings, section = installation.settings, installation.settings.reconcile
    from gateway.reconciliation.reconcile import ReconcilePolicy

    return ReconcilePolicy(
        origin=settings.gateway.name,
        grace=section.grace_seconds,
        confirmed_within=section.confirmed_hours,
        limits=time_limits(settings),
        inquiry_batch=profile.file.limits.inquiry_notices,
        endpoint_policy=endpoint_policy(installation, profile, asks=True),
    )


def archive_policy(settings: Settings, *, at_once: bool = False) -> ArchivePolicy:
    """Return the archive's policy. ``at_once`` makes everything due: for an orderly end, or an auditor's visit."""
    section = settings.configured_archive
    wait = (lambda _period: timedelta()) if at_once else (lambda period: period)
    return ArchivePolicy(
        checkpoints=Rhythm(every=wait(section.checkpoint_seconds), records=section.checkpoint_records),
        segments=Rhythm(every=wait(section.segment_hours), records=section.segment_records),
    )


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


def offload_policy(settings: Settings) -> OffloadPolicy | None:
    """Return the policy of removal from the database; None if nothing is removed by itself."""
    after = settings.configured_archive.leave_after_days
    return None if after is None else OffloadPolicy(after=after)


def _periods(section: LimitsSection | KindLimits) -> dict[Limit, timedelta]:
    periods = {limit: getattr(section, f"{limit}_hours") for limit in Limit}
    return {limit: period for limit, period in periods.items() if period is not None}
