"""The port to the store: narrow stores for reading, and one unit of work. `Store.commit` takes everything that belongs
together, in one transaction.

Committing the same changes twice does what committing them once does, since a lost answer to COMMIT may be a commit:
every row has an id that is derived from what it records, and a step is written only on the entry that it started from.
"""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.runtime.errors import GatewayError
from gateway.store.ports.endpoint_store import EndpointStore
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.ports.outbox_store import OutboxStore
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.ports.receipt_store import ReceiptStore
from gateway.store.ports.recovery_store import RecoveryStore
from gateway.store.ports.refusal_store import RefusalStore
from gateway.store.ports.row_store import RowStore
from gateway.store.ports.tally_store import TallyStore
from gateway.store.ports.version_store import VersionStore
from gateway.store.stored import Changes, Switch


class Store(Protocol):
    """Compose the narrow stores, and commit what belongs together. Raises `gateway.runtime.errors.GatewayError` with
    ``store.*``. A function that only reads takes the narrow store; a pass that commits takes this one."""

    @property
    def outbox(self) -> OutboxStore: ...

    @property
    def notices(self) -> NoticeStore: ...

    @property
    def rows(self) -> RowStore: ...

    @property
    def refusals(self) -> RefusalStore: ...

    @property
    def receipts(self) -> ReceiptStore: ...

    @property
    def quarantine(self) -> QuarantineStore: ...

    @property
    def evidence(self) -> EvidenceStore: ...

    @property
    def endpoints(self) -> EndpointStore: ...

    @property
    def versions(self) -> VersionStore: ...

    @property
    def recovery(self) -> RecoveryStore: ...

    @property
    def tallies(self) -> TallyStore: ...

    def now(self) -> datetime | None:
        """Return the time of the store's own clock, aware, UTC; None if it has none but ours."""
        ...

    @property
    def trouble(self) -> GatewayError | None:
        """The error that ended the last write, if it failed. A COMMIT that was not confirmed has failed, too."""
        ...

    def assert_writable(self) -> None:
        """Raise the `trouble`, if a trial write fails as well. Asked before each batch: what cannot be recorded is not
        begun. Costs nothing where there is no trouble."""
        ...

    def commit(self, changes: Changes) -> frozenset[str]:
        """Write all of it or nothing. Return the references of steps and marks that were stale: another process had
        moved the notice on, so the step was not written (the evidence was, unless the changes are ``all_or_nothing``).

        Raises `gateway.trust.trust_policy.Rejection` ``verify.replay`` where a message was ``opened`` before; then
        nothing is written."""
        ...

    def switch(self) -> Switch | None:
        """Return the last use of the stop-everything switch."""
        ...
