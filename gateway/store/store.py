"""The port to the store: narrow stores for reading, and one unit of work. `Store.commit` writes everything that belongs
together in one transaction.

Committing the same changes twice has the effect of one commit, since a lost answer to COMMIT may be a commit. Every row
has an id that is derived from what it records. A step is written only on the entry that it started from.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from gateway.runtime.errors import GatewayError
from gateway.store.ports.bulk_act_store import BulkActStore
from gateway.store.ports.claim_store import ClaimStore
from gateway.store.ports.courtesy_store import CourtesyStore
from gateway.store.ports.endpoint_store import EndpointStore
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.ports.outbox_store import OutboxStore
from gateway.store.ports.people_store import PeopleStore
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
    def people(self) -> PeopleStore: ...

    @property
    def claims(self) -> ClaimStore: ...

    @property
    def bulk_acts(self) -> BulkActStore: ...

    @property
    def courtesy(self) -> CourtesyStore: ...

    @property
    def tallies(self) -> TallyStore: ...

    def now(self) -> datetime | None:
        """Return the time of the store's own clock, aware, UTC; None if the store has no clock of its own."""
        ...

    @property
    def trouble(self) -> GatewayError | None:
        """The error that ended the last write, if it failed. An unconfirmed COMMIT counts as a failure."""
        ...

    def assert_version(self) -> None:
        """Raise `GatewayError` ``store.schema`` once another program's version has taken the store over.

        The version is read every few seconds. Call it before each batch: a program writes what its own version knows.
        """
        ...

    def assert_writable(self) -> None:
        """Raise the `trouble` if a trial write fails as well. Costs nothing without trouble.

        Call it before each batch: work that cannot be recorded must not begin.
        """
        ...

    def commit(self, changes: Changes) -> frozenset[str]:
        """Write ``changes`` in one transaction. Return the references of stale admissions, steps and marks, and the id
        of a stale record (`Changes.confirmed`).

        A step is stale if another process has moved the notice on; it is not written. Its evidence is written, unless
        the changes are ``all_or_nothing``.

        Raises `gateway.trust.trust_policy.Rejection` ``verify.replay`` if a message was ``opened`` before; then
        nothing is written.
        """
        ...

    def switch(self) -> Switch | None:
        """Return the last use of the stop-everything switch."""
        ...


NARROW_STORES: Final = frozenset(
    name for name, value in vars(Store).items() if isinstance(value, property) and name != "trouble"
)
"""Names of the narrow stores, for stand-ins that wrap a store and its calls."""
