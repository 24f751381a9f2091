"""Writer of an evidence file: an ASiC-E container whose octets depend only on its content and its signature.

The file is made beside its place, synced and renamed; an existing file is not touched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.serialization import Encoding

from adapters.crypto.keys.certificate import assert_valid_now
from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.secret_file import file_beside
from adapters.crypto.xml.asic import MEDIA_TYPE, write_manifest
from adapters.crypto.xml.xades import SignedFile, Validation, sign_files
from adapters.timestamp.token import certificates_of_token
from gateway.archive.timestamping import TimeAuthority
from gateway.evidence.evidence_file import MANIFEST, MAX_BYTES, MAX_FILES, MIMETYPE, OUTSIDE, SIGNATURES
from gateway.evidence.evidence_payloads import Entry
from gateway.runtime.errors import GatewayError

ListsFor = Callable[[Sequence[bytes], datetime], Sequence[bytes]]
"""Function that returns the available revocation lists (DER) for a chain's certificates (DER) at a time."""

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def no_lists(_chain: Sequence[bytes], _at: datetime) -> Sequence[bytes]:
    """Return no lists: the verifier reports that revocation cannot be judged."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AsiceWriter:
    """Implementation of `gateway.evidence.evidence_export.EvidenceWriter`.

    ``chain`` (DER) are the signer's certificate and its issuers, ``between`` those of the time authority that its
    tokens omit.
    """

    path: Path
    signer: Signer
    chain: Sequence[bytes]
    authority: TimeAuthority
    between: Sequence[bytes] = ()
    lists_for: ListsFor = field(default=no_lists)

    def write(self, entries: Sequence[Entry], at: datetime) -> None:
        if os.path.lexists(self.path):
            raise GatewayError("evidence.file", where=str(self.path), detail="it exists already")
        if len(entries) > MAX_FILES - len(OUTSIDE):
            raise GatewayError("evidence.too-large", where=str(self.path), detail=f"{len(entries)} files")
        assert_valid_now(self.signer.certificate, at)
        signature = self._sign(entries, at)
        try:
            with file_beside(self.path) as file, ZipFile(file, "w") as container:
                _fill(container, entries, signature)
        except OSError as error:
            raise GatewayError("evidence.file", where=str(self.path), detail=str(error.strerror)) from error

    def _sign(self, entries: Sequence[Entry], at: datetime) -> bytes:
        files = [SignedFile(name=each.name, media_type=each.media_type, digest=each.digest) for each in entries]

        def validation(token: bytes) -> Validation:
            # Called after the time-stamp: the lists must cover a time that is not earlier.
            of_token = [each.public_bytes(Encoding.DER) for each in certificates_of_token(token)]
            chain = [*dict.fromkeys([*self.chain, *of_token, *self.between])]
            return Validation(certificates=chain, lists=self.lists_for(chain, at))

        return sign_files(files, self.signer, at, self.authority.stamp, validation)


def _fill(container: ZipFile, entries: Sequence[Entry], signature: bytes) -> None:
    put(container, MIMETYPE, MEDIA_TYPE.encode("ascii"), ZIP_STORED)
    put(container, MANIFEST, write_manifest({each.name: each.media_type for each in entries}))
    put(container, SIGNATURES, signature)
    written = 0
    for each in entries:
        octets = each.read()
        written += len(octets)
        if written > MAX_BYTES:
            raise GatewayError("evidence.too-large", where=each.name, detail=f"more than {MAX_BYTES} octets")
        put(container, each.name, octets)


def put(container: ZipFile, name: str, octets: bytes, compression: int = ZIP_DEFLATED) -> None:
    entry = ZipInfo(name, date_time=_EPOCH)
    entry.compress_type = compression
    # The same on every system, so that the same content is the same file.
    entry.create_system = 3
    entry.external_attr = 0o600 << 16
    container.writestr(entry, octets)
