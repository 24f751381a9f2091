"""Checkpoints: the state of a tree at a size, as a signed text (C2SP tlog-checkpoint and signed-note).

    eblagh.city.example/archive     the origin, the tree's name
    1234                            the number of records
    47DEQpj8HBSa+/TImW+5JCeuQe…     the root hash, base64

Then an empty line, and one line for each signature: ``— name base64(key id ‖ signature)``. A reader ignores the lines
of unknown keys, so that witnesses can add theirs.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.merkle.tree import HASH_BYTES

MAX_NOTE_BYTES = 16 * 1024
MAX_SIGNATURES = 64
KEY_ID_BYTES = 4

ED25519 = b"\x01"
"""Signature type of a note's key."""

_NAME = re.compile(r"[^\s+\x00-\x1f\x7f]{1,200}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")


class NotANote(Exception):
    """The octets are no checkpoint in a signed note; the text gives the reason in a few words."""

    literal_name = "NotANote"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """State of a tree: the first ``size`` records of ``origin`` have this ``root``."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> bytes:
        """Return the text that is signed and time-stamped."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    @classmethod
    def of(cls, text: bytes) -> Checkpoint:
        """Parse a text. Raises `NotANote`.

        Extension lines are refused: nothing may be signed that is not understood.
        """
        try:
            origin, size, root, rest = text.decode().split("\n")
            hashed = base64.b64decode(root, validate=True)
        except (UnicodeDecodeError, ValueError, binascii.Error) as error:
            raise NotANote("three lines are wanted: origin, size, root") from error
        found = cls(origin=origin, size=int(size) if _SIZE.fullmatch(size) else -1, root=hashed)
        # Base64 has spare bits, and a size may have leading zeroes: only one text per checkpoint is accepted.
        if rest or found.size < 0 or len(hashed) != HASH_BYTES or not is_name(origin) or found.text != text:
            raise NotANote("origin, size or root has another form")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSignature:
    """Signature line; ``key_id`` is a hint to one of the keys of that name."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """Text of a checkpoint with its signatures, the log's own first; not verified yet."""

    text: bytes
    signatures: Sequence[NoteSignature]

    @property
    def octets(self) -> bytes:
        lines = [f"— {s.name} {base64.b64encode(s.key_id + s.signature).decode()}\n" for s in self.signatures]
        return self.text + b"\n" + "".join(lines).encode()

    @classmethod
    def of(cls, octets: bytes) -> SignedNote:
        """Parse a note without verifying it. Raises `NotANote`."""
        if len(octets) > MAX_NOTE_BYTES:
            raise NotANote("too large")
        text, gap, lines = octets.rpartition(b"\n\n")
        if not gap or not lines.endswith(b"\n"):
            raise NotANote("no signatures stand behind an empty line")
        try:
            signatures = [_signature(line) for line in lines.decode().removesuffix("\n").split("\n")]
        except UnicodeDecodeError as error:
            raise NotANote("not UTF-8") from error
        if len(signatures) > MAX_SIGNATURES:
            raise NotANote("too many signatures")
        note = cls(text=text + b"\n", signatures=signatures)
        if note.octets != octets:  # base64 leaves bits open
            raise NotANote("written in another form")
        return note

    def signed(self, signature: NoteSignature) -> SignedNote:
        """Return the note with a further signature."""
        return replace(self, signatures=[*self.signatures, signature])


def is_note(octets: bytes) -> bool:
    """Return True if the octets have the form of a signed checkpoint; no signature is verified."""
    try:
        Checkpoint.of(SignedNote.of(octets).text)
    except NotANote:
        return False
    return True


def is_name(name: str) -> bool:
    """Return True if ``name`` can name a key or a tree in a note: no space, no plus, not empty."""
    return _NAME.fullmatch(name) is not None


def key_id(name: str, public: bytes) -> bytes:
    """Return the id of an Ed25519 key of that name: the first octets of a hash of both."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:KEY_ID_BYTES]


def _signature(line: str) -> NoteSignature:
    mark, _, rest = line.partition(" ")
    name, _, value = rest.partition(" ")
    try:
        octets = base64.b64decode(value, validate=True)
    except (ValueError, binascii.Error) as error:
        raise NotANote("a signature is not base64") from error
    if mark != "—" or not is_name(name) or len(octets) <= KEY_ID_BYTES:
        raise NotANote("a signature line has another form")
    return NoteSignature(name=name, key_id=octets[:KEY_ID_BYTES], signature=octets[KEY_ID_BYTES:])


class NoteOpener(Protocol):
    """Verifier with the archive's key."""

    def open(self, octets: bytes) -> Checkpoint:
        """Verify a note and return its checkpoint. Raises `NotANote`."""
        ...
