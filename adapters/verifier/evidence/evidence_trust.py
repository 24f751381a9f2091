"""Trust for judging an evidence file, in addition to the needs of an archive (`trust`):

archive-….pem    the certificates that sign evidence files. No authority states which of a city's certificates does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from adapters.crypto.keys.certificate import Certificate
from adapters.verifier.trust.trust_folder import ARCHIVE, Trust
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceTrust:
    """Trust for evidence files.

    ``archive`` are certificates, each of which must also lead to an anchor of the municipality.
    """

    sides: Trust
    archive: Sequence[x509.Certificate]

    @classmethod
    def of(cls, folder: Path) -> EvidenceTrust:
        """Read a trust folder. Raises `GatewayError` ``archive.trust``, ``evidence.trust``."""
        sides = Trust.of(folder)
        if not sides.archive:
            raise GatewayError("evidence.trust", where=str(folder), detail=f"no {ARCHIVE}")
        return cls(sides=sides, archive=sides.archive)

    @property
    def thumbprints(self) -> frozenset[str]:
        return frozenset(Certificate.of(each).thumbprint for each in self.archive)

    def fingerprints(self) -> list[str]:
        """Return lines to compare with each side's own statement, obtained by another way than the file."""
        archive = [Certificate.of(each) for each in self.archive]
        return [f"{each.subject}  SHA-256 {each.fingerprint}" for each in archive] + self.sides.fingerprints()
