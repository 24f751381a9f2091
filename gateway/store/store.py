"""The port to the store. One verb writes: `Store.commit` takes everything that belongs together, in one transaction.

Committing the same changes twice does what committing them once does, since a lost answer to COMMIT may be a commit:
every row has an id that is derived from what it records, and a step is written only on the entry that it started from.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.notice.delivery import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import RowMark
from gateway.record.deletion import Deleted
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.store.endpoint_store import EndpointStore
from gateway.store.proof_reach import ProofReach
from gateway.store.quarantine_store import QuarantineStore
from gateway.store.recovery_store import RecoveryStore
from gateway.store.refusal_store import RefusalStore
from gateway.store.stored import (
    EVERY,
    Admission,
    Among,
    Backlog,
    Changes,
    EvidenceRow,
    HistoryEvent,
    Known,
    StoredReceipt,
    Switch,
)
from gateway.store.version_store import VersionStore


class Store(Protocol):
    """Notices, outbox, evidence, receipts and cursors. Raises `gateway.runtime.errors.GatewayError` with
    ``store.*``."""

    @property
    def endpoints(self) -> EndpointStore: ...

    @property
    def quarantine(self) -> QuarantineStore: ...

    @property
    def recovery(self) -> RecoveryStore: ...

    @property
    def refusals(self) -> RefusalStore: ...

    @property
    def versions(self) -> VersionStore: ...

    def now(self) -> datetime | None:
        """What the store's own clock shows, aware, UTC; None where it has none but ours."""
        ...

    @property
    def trouble(self) -> GatewayError | None:
        """What ended the last write, if it failed. A COMMIT that was not confirmed has failed, too."""
        ...

    def assert_writable(self) -> None:
        """Raise the `trouble`, if a trial write fails as well. Asked before each batch: what cannot be recorded is not
        begun. Costs nothing where there is no trouble."""
        ...

    def commit(self, changes: Changes) -> frozenset[str]:
        """Write all of it or nothing. Return the references of steps and marks that were stale: another process had
        moved the notice on, so the step was not written (the evidence was, unless the changes are undivided).

        Raises `gateway.trust.trust_policy.Rejection` ``verify.replay`` where a message was ``opened`` before; then
        nothing is written."""
        ...

    def claim(
        self,
        *,
        destination: str,
        owner: str,
        now: datetime,
        due_by: datetime,
        lease: timedelta,
        limit: int,
        max_bytes: int,
        rate_limit: RateLimit | None = None,
        body: str | None = None,
        without_bodies: frozenset[str] = frozenset(),
    ) -> list[OutboxEntry]:
        """Move unheld `QUEUED` notices that were due by ``due_by`` to `SENDING` under a lease.

        Every source that has any gets an equal share, and what it does not need goes to the others. Of a source's
        share three in four are notices with a date by which they must be served, the earliest first; the others are
        taken oldest due first. A notice with a receipt that waits to be applied is left alone: it has arrived. So is
        one that a `Recovery` forgot: it is asked about first.

        Returns at least one notice if any is due; no more than ``limit``, or (beyond the first) ``max_bytes`` of
        seals, or than ``rate_limit`` still allows: it is taken in the same transaction, so that all processes together
        keep to it. Of one issuing ``body`` alone, or of none of ``without_bodies``, where such are named. Raises
        ``recovery.needed`` where the store has forgotten what this machine remembers.
        """
        ...

    def cursor(self, name: str) -> str | None: ...

    def unseen(self, marks: Sequence[RowMark]) -> list[RowMark]:
        """Those of ``marks`` that no commit has named as seen in this very version, in their order."""
        ...

    def known(self, references: Sequence[str]) -> dict[str, Known]: ...

    def known_rows(self, source: str, row_keys: Sequence[str]) -> dict[str, list[Known]]:
        """The notices that rows have stood for, oldest first, by row key."""
        ...

    def entries(self, references: Sequence[str]) -> dict[str, OutboxEntry]: ...

    def expired(self, *, now: datetime, limit: int) -> list[OutboxEntry]:
        """Notices in `SENDING` whose lease is over."""
        ...

    def overdue(self, *, waiting_before: datetime, limit: int) -> list[OutboxEntry]:
        """Notices in `QUEUED` that have waited since before that time."""
        ...

    def doubtful(self, *, destination: str, now: datetime, limit: int) -> list[OutboxEntry]:
        """Notices in `IN_DOUBT` that are due to be asked about."""
        ...

    def pollable(
        self, *, destination: str, doubtful: bool, since: datetime, after: str, limit: int
    ) -> list[OutboxEntry]:
        """Notices that may still get receipts, by reference after such a one: `SUBMITTED`, `DELIVERED`, or `VIEWED`
        without a time of arrival (and `IN_DOUBT`, if ``doubtful``), which took their last step ``since`` then."""
        ...

    def receipt_digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The payload digests of those receipts that are stored already, by id."""
        ...

    def first_claims(self, references: Sequence[str]) -> dict[str, datetime]:
        """When each of these notices was first taken up to be sent; those that never were, as far as is known here,
        are left out."""
        ...

    def proven_steps(self, references: Sequence[str]) -> dict[str, list[ProvenStep]]:
        """Each notice's steps in their order, with the records that they name; a header that has left comes from the
        archive, compared with its leaf hash. Raises ``archive.unreachable``, ``archive.differs``."""
        ...

    def unapplied_receipts(self, limit: int, after: tuple[datetime, str] | None = None) -> list[StoredReceipt]:
        """Receipts whose event has not been applied, in the order of their event times and ids, after such a pair."""
        ...

    def unwritten(self, source: str, limit: int, after: tuple[datetime, str] | None = None) -> list[OutboxEntry]:
        """Notices whose present does not stand in the case database (``SENDING`` is passing and not written), by the
        time since when they are in their state and their reference, after such a pair."""
        ...

    def mark_written(self, written: Sequence[OutboxEntry]) -> None:
        """The case database shows these presents. Refusals of the same rows must be written once more: results and
        refusals share columns, and a clerk must see the refusal."""
        ...

    def payload(self, digest: str) -> bytes:
        """Exact octets by digest, a framed message filled. Raises ``store.payload-missing``."""
        ...

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]: ...

    def deleted(self, digests: Sequence[str]) -> dict[str, Deleted]:
        """Those that were deleted on record and are not here again."""
        ...

    def switch(self) -> Switch | None:
        """The last use of the stop-everything switch."""
        ...

    def backlog(self, *, now: datetime, ages: Sequence[timedelta]) -> list[Backlog]:
        """Notices by destination and state, final states left out; ``ages`` grow."""
        ...

    def queued_by_code(self) -> dict[str, int]:
        """Count the queued notices that were handed back, by why."""
        ...

    def oldest(self) -> dict[str, datetime]:
        """Since when the oldest of what shall not wait has waited, left out where nothing does: ``unwritten`` (a
        present that its row does not show), ``refusal`` (the same of a refusal), ``receipt`` (not applied),
        ``unplaced`` (evidence without a place in the tree)."""
        ...

    def proof(self) -> ProofReach:
        """How far checkpoints, time-stamps and witnesses reach in the log of evidence, at one moment."""
        ...

    def history(self, reference: str) -> list[HistoryEvent]: ...

    def evidence(self, reference: str) -> list[EvidenceRow]:
        """Every record about a notice, those of the messages that carried it among them, oldest first."""
        ...

    def admission(self, reference: str) -> Admission | None:
        """The notice with its present ``entry``."""
        ...

    def is_recorded(self, kind: EvidenceKind, payload_digest: str) -> bool:
        """True if a record of this kind names these octets."""
        ...

    def configurations(self) -> list[EvidenceRow]:
        """The records of configurations that came into force (`gateway.operations.effective_configuration`), oldest
        first."""
        ...

    def record(self, id: str) -> EvidenceRow | None:
        """One record of the evidence."""
        ...

    def find(
        self, *, state: DeliveryState | None, limit: int, after: str | None, among: Among = EVERY
    ) -> list[Admission]:
        """A page of notices by reference, for lists."""
        ...

    def admitted(
        self,
        *,
        since: datetime | None,
        until: datetime | None,
        limit: int,
        after: tuple[datetime, str] | None,
        source: str | None = None,
    ) -> list[Admission]:
        """A page of notices by the time of their admission and their reference, after such a pair: those admitted from
        ``since`` on and before ``until``."""
        ...

    def sealed_ahead(self, *, since: datetime, limit: int, after: tuple[datetime, str] | None) -> list[Admission]:
        """A page of notices that were admitted ``since`` a time that has not come, by that time and reference, after
        such a pair: those that stand in the queue and have taken no step, have no receipt, and were not here before a
        recovery ended."""
        ...

    def bodies(self, references: Sequence[str]) -> dict[str, str]:
        """Which body issued these notices, by its code."""
        ...

    def kinds(self, references: Sequence[str]) -> dict[str, str]:
        """Of which kind these notices are."""
        ...

    def unwritten_since(self, references: Sequence[str]) -> dict[str, datetime]:
        """When each of these took the first step that its row does not show; those whose rows show all are left out."""
        ...

    def heard(self, references: Sequence[str], since: datetime) -> set[str]:
        """Those of these notices about which something signed by the judiciary, and believed, was recorded since."""
        ...

    def counts(self) -> dict[str, int]:
        """Return notices by state (key: the state), and:

        ``undecided`` (in doubt, and waiting for a person), ``absent`` (of these, it is proven that they did not
        arrive), ``held`` (queued, and held by the gateway itself for a person), ``unasked`` (to be asked about before
        they are sent, for a `Recovery`), ``admitted``, ``refused`` (rows whose present version is refused),
        ``collected`` (both of these), ``quarantined`` (open items), ``submitted`` (with a tracking number),
        ``delivered`` (with a time of arrival) and ``written`` (whose present stands in the case database, refusals
        among them).
        """
        ...
