"""Policies of the passes, made from the configuration as values of the core.

Sizes are reduced to the limits of the judiciary's profile.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.composition.passes.read_again import FROM_WHERE_IT_STANDS, ReadAgain
from adapters.composition.passes.shared_policies import endpoint_policy, time_limits
from gateway.archive.archiving import ArchivePolicy, Rhythm
from gateway.intake.collection import IntakePolicy
from gateway.judiciary.call_count import MOST_CALLS, CallCount
from gateway.judiciary.capabilities import ReceiptWay
from gateway.notice.notice import sha256
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.retention.offload import OffloadPolicy
from gateway.runtime.clock import Pace
from gateway.runtime.errors import GatewayError
from gateway.sending.dispatch_policy import DispatchPolicy
from gateway.sending.in_doubt import RescuePolicy
from gateway.sending.ticket_issue import USUAL_TICKETS, Tickets

if TYPE_CHECKING:
    from adapters.composition.installation import Installation
    from adapters.settings import JudiciaryProfile, Settings
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


def offload_policy(settings: Settings) -> OffloadPolicy | None:
    """Return the policy of removal from the database; None if nothing is removed by itself."""
    after = settings.configured_archive.leave_after_days
    return None if after is None else OffloadPolicy(after=after)
