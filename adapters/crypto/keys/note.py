"""Ed25519 keys for signed notes: one signs checkpoints, and others know it by one line of text.

    eblagh.city.example/archive+11255563+AZnD59X3lqmRg08b+TudzuoSIs192Nd2c2xcUrbJlQ1p

This is a verifier key: name, key id, and base64 of the key's type and octets (C2SP signed-note).
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from adapters.crypto.keys.key_names import name_of_key
from gateway.merkle.checkpoint import ED25519, Checkpoint, NotANote, NoteSignature, SignedNote, is_name, key_id
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteVerifier:
    """Public key with its name."""

    name: str
    public: bytes

    @property
    def line(self) -> str:
        """Return the verifier key as text."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(ED25519 + self.public).decode()}"

    @property
    def key_id(self) -> bytes:
        return key_id(self.name, self.public)

    @classmethod
    def of(cls, line: str) -> NoteVerifier:
        """Parse a verifier key. Raises `NotANote`."""
        name, _, rest = line.strip().partition("+")
        _, _, value = rest.partition("+")
        try:
            octets = base64.b64decode(value, validate=True)
        except (ValueError, binascii.Error) as error:
            raise NotANote("a verifier key is name+id+base64") from error
        found = cls(name=name, public=octets[1:])
        right = len(found.public) == 32 and is_name(name) and found.line == line.strip()
        if not right:
            raise NotANote("not a verifier key of Ed25519, or its id is another one's")
        return found

    def open(self, octets: bytes) -> Checkpoint:
        """Verify that this key signed a note under its name, and return the checkpoint. Raises `NotANote`."""
        note = SignedNote.of(octets)
        ours = [s for s in note.signatures if (s.name, s.key_id) == (self.name, self.key_id)]
        if not ours:
            raise NotANote(f"{self.name} has not signed it")
        for each in ours:
            try:
                Ed25519PublicKey.from_public_bytes(self.public).verify(each.signature, note.text)
            except InvalidSignature as error:
                raise NotANote(f"the signature of {self.name} is wrong") from error
        checkpoint = Checkpoint.of(note.text)
        if checkpoint.origin != self.name:
            raise NotANote(f"the tree of {checkpoint.origin} is not that of {self.name}")
        return checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteSigner:
    """Private key with its name, which is the origin of its checkpoints."""

    name: str
    key: Ed25519PrivateKey = field(repr=False)

    @property
    def verifier(self) -> NoteVerifier:
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return NoteVerifier(name=self.name, public=public)

    def sign(self, size: int, root: bytes) -> bytes:
        """Return the signed note of a tree's state."""
        text = Checkpoint(origin=self.name, size=size, root=root).text
        signature = NoteSignature(name=self.name, key_id=self.verifier.key_id, signature=self.key.sign(text))
        return SignedNote(text=text, signatures=[signature]).octets


def load_note_signer(path: Path, name: str, password: bytes | None = None) -> NoteSigner:
    """Return the signer of a PEM key. Raises `GatewayError` ``key.unreadable``, ``key.password``, ``key.algorithm``."""
    where = str(path)
    try:
        octets = path.read_bytes()
        key = load_pem_private_key(octets, password if b"ENCRYPTED" in octets else None)
    except TypeError as error:
        raise GatewayError("key.password", where=where) from error
    except (OSError, ValueError) as error:
        raise GatewayError("key.unreadable", where=where, detail=words_of(error)) from error
    except UnsupportedAlgorithm as error:
        raise GatewayError("key.algorithm", where=where) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise GatewayError("key.algorithm", where=where, detail=name_of_key(key))
    return NoteSigner(name=name, key=key)
