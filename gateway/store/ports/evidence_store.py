"""The port to evidence: records, and the exact octets that they name. `Store.commit` writes both."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.notice.large_octets import Octets
from gateway.record.deletion import Deleted
from gateway.record.derived import ProvenStep
from gateway.record.evidence_record import EvidenceKind
from gateway.store.proof_reach import ProofReach
from gateway.store.stored import EvidenceRow


class EvidenceStore(Protocol):
    """Read records and payloads, also those that have left the database for the archive. Raises
    `gateway.runtime.errors.GatewayError` with ``store.*``."""

    def payload(self, digest: str) -> bytes:
        """Return exact octets by digest, a framed message filled. Raises ``store.payload-missing``."""
        ...

    def payloads(self, digests: Sequence[str]) -> dict[str, bytes]: ...

    def streamed(self, digests: Sequence[str]) -> dict[str, Octets]:
        """Return the same octets, compared with their digests; large ones are read only while somebody reads them."""
        ...

    def deleted(self, digests: Sequence[str]) -> dict[str, Deleted]:
        """Return the payloads that were deleted on record and are not stored again."""
        ...

    def record(self, id: str) -> EvidenceRow | None:
        """Return one record."""
        ...

    def of_notice(self, reference: str) -> list[EvidenceRow]:
        """Return every record about a notice, and of the messages that carried it, oldest first."""
        ...

    def is_recorded(self, kind: EvidenceKind, payload_digest: str) -> bool:
        """Return True if a record of this kind names these octets."""
        ...

    def configurations(self) -> list[EvidenceRow]:
        """Return the records of configurations that came into force (`gateway.operations.effective_configuration`),
        oldest first."""
        ...

    def proven_steps(self, references: Sequence[str]) -> dict[str, list[ProvenStep]]:
        """Return each notice's steps in their order, with the records that they name.

        A header that has left comes from the archive and is compared with its leaf hash. Raises
        ``archive.unreachable``, ``archive.differs``.
        """
        ...

    def heard(self, references: Sequence[str], since: datetime) -> set[str]:
        """Return the notices about which a message or receipt, signed by the judiciary and accepted, was recorded at or
        after ``since``."""
        ...

    def proof(self) -> ProofReach:
        """Return how far checkpoints, time-stamps and witnesses reach in the log of evidence, at one moment."""
        ...
