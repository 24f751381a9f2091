"""Trust folder of an auditor: files from other sources than the archive; their names assign them to
owners.

    municipality-….pem    roots of the certificates that seal notices and sign requests
    judiciary-….pem       roots of the certificates that sign responses and receipts
    time-….pem            roots of time authorities (none: time-stamps are not judged)
    receipts-….pem        pins: certificates that sign a destination's receipts (`pins`)
    seals-….pem           pins: certificates that seal a body's notices
    archive-….pem         the certificates that sign evidence files (`evidence_trust`)
    ….vkey                the archive's key: one line, the verifier key of a signed note; a file for each it ever had
    ….crl                 revocation lists (DER or PEM), newer than the archive's own; they need no trust, being signed
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509

from adapters.crypto.keys.certificate import Certificate, read_pem
from adapters.crypto.keys.note import NoteVerifier
from adapters.crypto.keys.revocation_list import as_der
from adapters.verifier.trust.pins import Pins
from gateway.merkle.checkpoint import Checkpoint, NotANote, SignedNote
from gateway.runtime.errors import GatewayError

MUNICIPALITY, JUDICIARY, TIME, KEYS = "municipality-*.pem", "judiciary-*.pem", "time-*.pem", "*.vkey"
LISTS, ARCHIVE = "*.crl", "archive-*.pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Trusted roots of each side, the archive's keys, pins, and certificates that sign evidence files.

    A name has several keys once its key was changed. ``archive`` has the certificates for evidence files.
    """

    municipality: Sequence[x509.Certificate]
    judiciary: Sequence[x509.Certificate]
    time: Sequence[x509.Certificate]
    keys: Sequence[NoteVerifier]
    lists: Sequence[bytes] = ()
    archive: Sequence[x509.Certificate] = ()
    pins: Pins = field(default_factory=Pins)

    @classmethod
    def of(cls, folder: Path) -> Trust:
        """Read a trust folder.

        Raises `GatewayError` ``archive.trust`` if one of the three required kinds is missing.
        """
        found = {pattern: sorted(folder.glob(pattern)) for pattern in (MUNICIPALITY, JUDICIARY, KEYS)}
        for pattern, files in found.items():
            if not files:
                raise GatewayError("archive.trust", where=str(folder), detail=f"no {pattern}")
        keys = [_key(path) for path in found[KEYS]]
        return cls(
            municipality=[each for path in found[MUNICIPALITY] for each in read_pem(path)],
            judiciary=[each for path in found[JUDICIARY] for each in read_pem(path)],
            time=[each for path in sorted(folder.glob(TIME)) for each in read_pem(path)],
            keys=keys,
            lists=[as_der(path.read_bytes()) for path in sorted(folder.glob(LISTS))],
            archive=[each for path in sorted(folder.glob(ARCHIVE)) for each in read_pem(path)],
            pins=Pins.of(folder),
        )

    def open(self, octets: bytes) -> Checkpoint:
        """Verify a note by the key that signed it, among those of its origin.

        It implements `gateway.merkle.checkpoint.NoteOpener`.
        """
        note = SignedNote.of(octets)
        origin = Checkpoint.of(note.text).origin
        named = [key for key in self.keys if key.name == origin]
        if not named:
            raise NotANote(f"no key of {origin} is trusted")
        signed = {(each.name, each.key_id) for each in note.signatures}
        return next((key for key in named if (key.name, key.key_id) in signed), named[0]).open(octets)

    def fingerprints(self) -> list[str]:
        """Return lines to compare with each side's own statement, obtained by another way than the archive."""
        certificates = [Certificate.of(each) for each in (*self.municipality, *self.judiciary, *self.time)]
        roots = [f"{each.subject}  SHA-256 {each.fingerprint}" for each in certificates]
        return [*roots, *self.pins.fingerprints(), *(key.line for key in self.keys)]


def _key(path: Path) -> NoteVerifier:
    try:
        return NoteVerifier.of(path.read_text(encoding="ascii"))
    except (OSError, UnicodeDecodeError, NotANote) as error:
        raise GatewayError("archive.trust", where=str(path), detail=str(error)) from error
