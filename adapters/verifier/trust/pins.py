"""Pins of a trust folder: the certificates that may sign a destination's receipts, or seal an issuing body's notices.

    receipts-DESTINATION.pem    signs the receipts of this destination
    seals-BODY.pem              seals the notices of this body, by its code

A file may hold several certificates; authorities among them are passed by. ``+`` and any text may follow the name, as
in ``receipts-judiciary+2027.pem``: no name of a destination or body holds a ``+``, so none is taken for another's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final

from cryptography import x509

from adapters.crypto.keys.certificate import Certificate, read_pem
from adapters.crypto.keys.partner import is_authority
from gateway.runtime.errors import GatewayError

_FILE: Final = re.compile(r"(receipts|seals)-([A-Za-z0-9][A-Za-z0-9_.-]*?)(?:\+.*)?\.pem")


class Use(StrEnum):
    """The use of a pinned certificate; the value begins the names of its files."""

    RECEIPTS = "receipts"
    SEALS = "seals"


@dataclass(frozen=True, slots=True)
class Pins:
    """Pinned certificates by use and name (of a destination, or a body's code)."""

    pinned: Mapping[tuple[Use, str], Sequence[x509.Certificate]] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path) -> Pins:
        """Read a trust folder's pins.

        Raises `GatewayError` ``key.*``, and ``archive.trust`` for a file that pins nothing.
        """
        pinned: dict[tuple[Use, str], list[x509.Certificate]] = {}
        for path in sorted(folder.glob("*.pem")):
            if (found := _FILE.fullmatch(path.name)) is None:
                continue
            own = [each for each in read_pem(path) if not is_authority(each)]
            if not own:
                raise GatewayError("archive.trust", where=str(path), detail="authorities alone, and no end certificate")
            pinned.setdefault((Use(found[1]), found[2]), []).extend(own)
        return cls(pinned)

    def certificates(self, use: Use, name: str | None = None) -> list[x509.Certificate]:
        """Return the certificates of one name, or of every name."""
        wanted = [key for key in self.pinned if key[0] is use and name in (None, key[1])]
        return [each for key in wanted for each in self.pinned[key]]

    def fingerprints(self) -> list[str]:
        """Return lines to compare with each owner's statement of his certificate."""
        return [
            f"{use}-{name}: {own.subject}  SHA-256 {own.fingerprint}"
            for (use, name), certificates in sorted(self.pinned.items())
            for own in map(Certificate.of, certificates)
        ]


def file_of(use: Use, name: str) -> str:
    """Return the file name of a pin."""
    return f"{use}-{name}.pem"
