"""Text of the printed code: a certificate, its place in the tree, and the signature of a checkpoint.

``EBC1:`` and Base45 (RFC 9285), which a QR code keeps at 5.5 bits a character, of these octets:

    1            version, 1
    2 + n        length, and the payload in raw DEFLATE (RFC 1951)
    32           salt of the record's header
    8, 8         index of the record, size of the tree
    1 + 32·n     number of hashes of the inclusion proof, and the hashes, leaf first
    1 + n        length, and the name of the log, UTF-8
    4, 64        id of its key, and its signature on the checkpoint

Numbers are unsigned, the high octet first. The root is left out: it follows from the proof, and the signature covers
it. Nothing is verified here but the form.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.certificate.service_certificate import MAX_OCTETS, NotACertificate, ServiceCertificate, record_of
from gateway.merkle.checkpoint import Checkpoint, NotANote, NoteOpener, NoteSignature, SignedNote, is_name
from gateway.merkle.tree import HASH_BYTES, leaf_hash, root_from_inclusion

PREFIX: Final = "EBC1:"
MAX_TEXT: Final = 4296
"""Most characters of a QR code."""

_SIGNS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_VERSION: Final = 1
_SALT, _KEY_ID, _SIGNATURE = 32, 4, 64
_MOST_HASHES: Final = 63


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintedCertificate:
    """Certificate with its proof; ``path`` has siblings, leaf first. Verified by `opened` alone."""

    certificate: ServiceCertificate
    salt: bytes = field(repr=False)
    index: int
    size: int
    path: Sequence[bytes]
    log: str
    key_id: bytes
    signature: bytes = field(repr=False)

    @property
    def header(self) -> bytes:
        """Return the header of its record, whose hash is the leaf."""
        return record_of(self.certificate, self.salt).header

    @property
    def note(self) -> bytes:
        """Return the checkpoint as a signed note. Raises `NotACertificate` if the proof leads to no root."""
        root = root_from_inclusion(leaf_hash(self.header), self.index, self.size, self.path)
        if root is None:
            raise NotACertificate("the proof does not fit this place in the tree")
        text = Checkpoint(origin=self.log, size=self.size, root=root).text
        signature = NoteSignature(name=self.log, key_id=self.key_id, signature=self.signature)
        return SignedNote(text=text, signatures=[signature]).octets

    @property
    def text(self) -> str:
        """Return the text of the code."""
        payload = _deflated(self.certificate.octets)
        name = self.log.encode()
        octets = b"".join(
            [
                bytes([_VERSION]),
                len(payload).to_bytes(2, "big"),
                payload,
                self.salt,
                self.index.to_bytes(8, "big"),
                self.size.to_bytes(8, "big"),
                bytes([len(self.path)]),
                *self.path,
                bytes([len(name)]),
                name,
                self.key_id,
                self.signature,
            ]
        )
        return PREFIX + base45(octets)

    @classmethod
    def of(cls, text: str) -> PrintedCertificate:
        """Parse the text of a code. Raises `NotACertificate`."""
        text = text.strip("\r\n\t")
        if not text.startswith(PREFIX) or len(text) > MAX_TEXT:
            raise NotACertificate("this is not the code of a certificate of service")
        parts = _Parts(from_base45(text.removeprefix(PREFIX)))
        if parts.take(1) != bytes([_VERSION]):
            raise NotACertificate("a version that this program does not know")
        payload = _inflated(parts.take(parts.number(2)))
        salt, index, size = parts.take(_SALT), parts.number(8), parts.number(8)
        hashes = parts.number(1)
        path = tuple(parts.take(HASH_BYTES) for _ in range(min(hashes, _MOST_HASHES + 1)))
        try:
            log = parts.take(parts.number(1)).decode()
        except UnicodeDecodeError as error:
            raise NotACertificate("the log's name is no text") from error
        found = cls(
            certificate=ServiceCertificate.of(payload),
            salt=salt,
            index=index,
            size=size,
            path=path,
            log=log,
            key_id=parts.take(_KEY_ID),
            signature=parts.take(_SIGNATURE),
        )
        if not parts.is_empty or hashes > _MOST_HASHES or not is_name(log):
            raise NotACertificate("the code has another form")
        return found

    def opened(self, key: NoteOpener) -> Checkpoint:
        """Verify that the certificate stands in the log of this key, and return the signed checkpoint.

        Raises `NotACertificate`.
        """
        try:
            return key.open(self.note)
        except NotANote as error:
            raise NotACertificate(str(error)) from error


class _Parts:
    """Octets that are read from the front. Raises `NotACertificate` where there are too few."""

    def __init__(self, octets: bytes) -> None:
        self._octets, self._at = octets, 0

    def take(self, count: int) -> bytes:
        taken = self._octets[self._at :][:count]
        if len(taken) != count:
            raise NotACertificate("the code ends too early")
        self._at += count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    @property
    def is_empty(self) -> bool:
        return self._at == len(self._octets)


def base45(octets: bytes) -> str:
    """Return Base45 (RFC 9285): three characters for two octets, two for a last one."""
    pieces = []
    for at in range(0, len(octets), 2):
        pair = octets[at : at + 2]
        rest, low = divmod(int.from_bytes(pair, "big"), 45)
        high, middle = divmod(rest, 45)
        pieces.append(_SIGNS[low] + _SIGNS[middle] + (_SIGNS[high] if len(pair) == 2 else ""))
    return "".join(pieces)


def from_base45(text: str) -> bytes:
    """Return the octets of Base45. Raises `NotACertificate`."""
    octets = bytearray()
    try:
        for at in range(0, len(text), 3):
            signs = [_SIGNS.index(sign) for sign in text[at : at + 3]]
            number = sum(value * 45**place for place, value in enumerate(signs))
            octets += number.to_bytes({3: 2, 2: 1}[len(signs)], "big")
    except (ValueError, KeyError, OverflowError) as error:
        raise NotACertificate("a character is missing or wrong in the code") from error
    return bytes(octets)


def _deflated(octets: bytes) -> bytes:
    packer = zlib.compressobj(level=9, wbits=-zlib.MAX_WBITS)
    return packer.compress(octets) + packer.flush()


def _inflated(octets: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=-zlib.MAX_WBITS)
    try:
        found = unpacker.decompress(octets, MAX_OCTETS + 1)
    except zlib.error as error:
        raise NotACertificate("the fields are damaged") from error
    if len(found) > MAX_OCTETS or not unpacker.eof or unpacker.unused_data:
        raise NotACertificate("the fields are damaged")
    return found
