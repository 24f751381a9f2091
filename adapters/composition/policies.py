"""Policies of the passes, made from the configuration as values of the core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.schedule.calls import LimitedCalls
from adapters.settings import ArchiveSection, JudiciaryProfile, KindLimits, LimitsSection, Settings
from gateway.archive.archiving import ArchivePolicy, Rhythm
from gateway.intake.collection import IntakePolicy
from gateway.judiciary.endpoint_policy import EndpointPolicy
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.reconciliation.limits import Limit, Limits
from gateway.reconciliation.reconcile import ReconcilePolicy
from gateway.retention.offload import OffloadPolicy
from gateway.runtime.advisory_lock import UNLIMITED, AdvisoryLocks, Calls
from gateway.runtime.clock import Pace
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.sending.dispatch import DispatchPolicy
from gateway.sending.in_doubt import RescuePolicy
from gateway.store.proof_reach import ProofPolicy

PATIENCE_SECONDS = 10.0
"""Seconds that an asking pass waits for a free call. A sending pass does not wait: it has more to send in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Factory of the passes' policies.

    ``owner`` names this process in leases. ``call_locks`` returns the advisory locks that limit the calls of all
    processes, made when first needed. Sizes are reduced to the limits of the judiciary's profile.
    """

    settings: Settings
    owner: str
    call_locks: Callable[[], AdvisoryLocks] = field(repr=False)

    def intake(self, source: str) -> IntakePolicy:
        section = self.settings.sources[source]
        return IntakePolicy(
            destination=self.settings.judiciary.destination,
            page_rows=section.page_rows,
            overlap=section.overlap,
            sweep_every=section.sweep_hours,
            sweep_overlap=section.sweep_overlap,
        )

    def dispatch(self, profile: JudiciaryProfile) -> DispatchPolicy:
        section = self.settings.dispatch
        return DispatchPolicy(
            owner=self.owner,
            origin=self.settings.gateway.name,
            lease=section.lease_seconds,
            pace=Pace(self.settings.time.day_seconds),
            codes=profile.codes,
            most_refusals=max(self.settings.judiciary.max_requeues, 1),
            batch_notices=min(section.batch_notices, profile.batch_notices),
            batch_bytes=min(section.batch_bytes, profile.file.limits.batch_bytes),
            endpoint_policy=self.endpoint_policy(profile),
        )

    def rescue(self, profile: JudiciaryProfile) -> RescuePolicy:
        judiciary = self.settings.judiciary
        return RescuePolicy(
            origin=self.settings.gateway.name,
            settle_after=judiciary.settle_seconds,
            ask_again_after=judiciary.ask_again_seconds,
            unanswered_after=judiciary.unanswered_seconds,
            lifetime=self.settings.dispatch.queue_lifetime_days,
            requeue=judiciary.requeue,
            max_requeues=judiciary.max_requeues,
            pace=Pace(self.settings.time.day_seconds),
            codes=profile.codes,
            capabilities=profile.capabilities,
            inquiry_batch=profile.file.limits.inquiry_notices,
            endpoint_policy=self.endpoint_policy(profile, PATIENCE_SECONDS),
        )

    def receipts(self, profile: JudiciaryProfile) -> ReceiptPolicy:
        section, endpoint_policy = self.settings.receipts, self.endpoint_policy(profile, PATIENCE_SECONDS)
        return ReceiptPolicy(
            origin=self.settings.gateway.name,
            page=section.page,
            poll_notices=profile.file.limits.poll_notices,
            poll_for=section.poll_days,
            endpoint_policy=endpoint_policy,
            capabilities=profile.capabilities,
            skew=self.settings.judiciary.skew_seconds,
        )

    def endpoint_policy(self, profile: JudiciaryProfile, patience_seconds: float = 0) -> EndpointPolicy:
        """Return the endpoint policy of a pass that waits ``patience_seconds`` for a free call."""
        section = self.settings.judiciary
        calls: Calls = UNLIMITED
        if section.max_calls is not None:
            calls = LimitedCalls(self.call_locks(), section.destination, section.max_calls, patience_seconds)
        return EndpointPolicy(
            probe=section.timeout_seconds,
            pace=Pace(self.settings.time.day_seconds),
            rate_limit=self._rate_limit(profile),
            refusals=section.credential_refusals,
            maintenance=[each.window for each in section.maintenance],
            calls=calls,
        )

    def _rate_limit(self, profile: JudiciaryProfile) -> RateLimit | None:
        """Return the configured rate limit, reduced to the profile's."""
        ours, most = self.settings.judiciary.rate_limit, profile.file.limits.notices_per_minute
        if most is None or (ours is not None and ours.per_minute <= most):
            return ours
        return RateLimit(per_minute=most, burst=max(1, most // 6))

    def limits(self) -> Limits:
        section = self.settings.limits
        kinds = {kind: _periods(of_kind) for kind, of_kind in section.kinds.items()}
        return Limits(periods=_periods(section), warn_at=section.warn_at, kinds=kinds)

    def reconcile(self, profile: JudiciaryProfile) -> ReconcilePolicy:
        section = self.settings.reconcile
        return ReconcilePolicy(
            origin=self.settings.gateway.name,
            grace=section.grace_seconds,
            confirmed_within=section.confirmed_hours,
            limits=self.limits(),
            inquiry_batch=profile.file.limits.inquiry_notices,
            endpoint_policy=self.endpoint_policy(profile, PATIENCE_SECONDS),
        )

    def archive(self, *, at_once: bool = False) -> ArchivePolicy:
        """Return the archive's policy. ``at_once`` makes everything due: for an orderly end, or an auditor's visit."""
        section = archive_section(self.settings)
        wait = (lambda _period: timedelta()) if at_once else (lambda period: period)
        return ArchivePolicy(
            checkpoints=Rhythm(every=wait(section.checkpoint_seconds), records=section.checkpoint_records),
            segments=Rhythm(every=wait(section.segment_hours), records=section.segment_records),
        )

    def proof(self) -> ProofPolicy | None:
        """Return the limits after which unproven notices are reported and sending ends; None if no archive is
        configured.
        """
        section = self.settings.archive
        if section is None:
            return None
        return ProofPolicy(
            stamped=bool(section.time_authorities),
            stop_after=section.stop_sending_after_hours,
            late_after=section.late_after_hours,
            witnesses={witness.name: witness.limit for witness in section.witnesses},
        )

    def offload(self) -> OffloadPolicy | None:
        """Return the policy of removal from the database; None if nothing is removed by itself."""
        after = archive_section(self.settings).leave_after_days
        return None if after is None else OffloadPolicy(after=after)


def archive_section(settings: Settings) -> ArchiveSection:
    """Return the archive's settings. Raises `GatewayError` ``archive.none-configured`` if there are none."""
    if settings.archive is None:
        raise GatewayError("archive.none-configured", where="[archive]")
    return settings.archive


def _periods(section: LimitsSection | KindLimits) -> dict[Limit, timedelta]:
    periods = {limit: getattr(section, f"{limit}_hours") for limit in Limit}
    return {limit: period for limit, period in periods.items() if period is not None}
