"""The authorities of a development PKI, whose keys are thrown away otherwise: they make revocation lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from adapters.sandbox.pki import devpki


@dataclass
class Authorities:
    """Holders of certificates as the generator made them."""

    holders: list[Any] = field(default_factory=list)

    @contextmanager
    def watching(self) -> Iterator[None]:
        issue = devpki._issue

        def watched(*arguments: Any, **named: Any) -> Any:
            made = issue(*arguments, **named)
            self.holders.append(made)
            return made

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(devpki, "_issue", watched)
            yield

    def certificate(self, name: str) -> x509.Certificate:
        [found] = [each for each in self.holders if name in each.certificate.subject.rfc4514_string()]
        return found.certificate

    def lists(self, at: datetime, revoked: Sequence[tuple[str, datetime]] = ()) -> list[bytes]:
        """A list of each authority, made at ``at``, on which the named certificates stand."""
        gone = {self.certificate(name).serial_number: since for name, since in revoked}
        made = []
        for holder in self.holders:
            if holder.certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
                theirs = [
                    each.certificate.serial_number
                    for each in self.holders
                    if each.certificate.issuer == holder.certificate.subject
                ]
                entries = {number: gone[number] for number in theirs if number in gone}
                made.append(crl(holder, at, entries))
        return made


def crl(holder: Any, at: datetime, entries: dict[int, datetime]) -> bytes:
    builder = x509.CertificateRevocationListBuilder(holder.certificate.subject, at, at + timedelta(days=1))
    for number, since in entries.items():
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder(number, since).build())
    return builder.sign(holder.key, SHA256()).public_bytes(Encoding.DER)
