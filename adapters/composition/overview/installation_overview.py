"""State of an installation as values of `gateway.overview`: each part by itself, and all of them for one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.composition.overview.endpoint_views import endpoint_views
from adapters.composition.overview.machine_processes import running
from adapters.composition.passes.shared_policies import proof_policy
from gateway.judiciary.endpoint_status import EndpointView
from gateway.operations.recovery import current
from gateway.overview.certificate_line import CertificateLine
from gateway.overview.notices.standstill import Standstill, standstill
from gateway.overview.notices.work_line import WorkLine, held_bodies, waiting_for_all, work_lines
from gateway.overview.proof_line import ProofState, proof_state
from gateway.overview.service_run import Running
from gateway.runtime.errors import GatewayError
from gateway.sending.sealing_breaker import SealingBreakers
from gateway.store.proof_reach import lapse
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import AuthorityState, Switch

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """State of an installation at one moment.

    ``switch`` is the last use of the stop-everything switch (None: never used), ``recovery`` the one that is on. Lines
    without any notice or row are left out. ``proof`` is None if no archive is configured. ``certificates`` are all that
    are in use.
    """

    at: datetime
    runs: Running
    silent_authorities: Sequence[AuthorityState]
    switch: Switch | None
    recovery: Recovery | None
    lines: Sequence[WorkLine]
    endpoints: Sequence[EndpointView]
    proof: ProofState | None
    certificates: Sequence[CertificateLine]


def overview(installation: Installation) -> Overview:
    """Return the state of everything, now. Raises `GatewayError` ``store.*`` or ``profile.*``."""
    store, now = installation.store(), installation.clock()
    return Overview(
        at=now,
        runs=running(store.processes.known(), now),
        silent_authorities=silent_authorities(installation),
        switch=store.switch(),
        recovery=current(store.recovery),
        lines=lines_of(installation, now),
        endpoints=endpoint_views(installation, now),
        proof=proof_of_installation(installation, now),
        certificates=list(certificate_lines(installation)),
    )


def standstill_of(installation: Installation, now: datetime) -> Standstill | None:
    """Return the reason for which no notice goes on by itself now, or None."""
    policy, store = proof_policy(installation.settings), installation.store()
    switch = store.switch()
    return standstill(
        stopped=switch is not None and switch.stopped,
        lapsed=None if policy is None else lapse(store.evidence.proof(), policy, now),
    )


def lines_of(installation: Installation, now: datetime) -> list[WorkLine]:
    """Return the lines of all work that have a notice or a row in them, bodies with refused seals included."""
    store, destination = installation.store(), installation.settings.judiciary.destination
    seals = SealingBreakers.read(store.endpoints, destination)
    switch, sources = store.switch(), installation.settings.sources
    lines = (*work_lines(store.tallies, now, sources, destination), *held_bodies(seals, now))
    found = [line for line in lines if line.count]
    return [waiting_for_all(line) for line in found] if switch is not None and switch.stopped else found


def silent_authorities(installation: Installation) -> list[AuthorityState]:
    """Return the silent authorities of the configuration; one that was removed from it does not matter any more."""
    archive = installation.settings.archive
    named = {section.name for section in archive.time_authorities} if archive else set()
    return [state for state in installation.store().processes.silent() if state.name in named]


def certificate_lines(installation: Installation) -> Iterator[CertificateLine]:
    """Yield every certificate in use, also those that cannot be read."""
    from adapters.composition.key_files import certificate_files, signing_certificate_of

    for use, file in certificate_files(installation.settings).items():
        try:
            certificate = signing_certificate_of(file, installation.folder)
        except GatewayError as error:
            yield CertificateLine(use=use, error=error)
            continue
        yield CertificateLine(use=use, not_before=certificate.not_before, not_after=certificate.not_after)


def proof_of_installation(installation: Installation, now: datetime) -> ProofState | None:
    """Return the reach of proof; None if no archive is configured."""
    policy = proof_policy(installation.settings)
    if policy is None:
        return None
    store = installation.store()
    return proof_state(store.evidence.proof(), store.log.witnesses(), policy, now)
