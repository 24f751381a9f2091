"""Checkpoints and their signed notes: one text for each, and nothing else is read as one."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from adapters.crypto.keys.note import NoteSigner, NoteVerifier
from gateway.merkle.checkpoint import Checkpoint, NotANote, NoteSignature, SignedNote
from gateway.merkle.tree import EMPTY_ROOT, leaf_hash

ORIGIN = "eblagh.city.example/archive"
ROOT = leaf_hash(b"a record")

HASHES = st.binary(min_size=32, max_size=32)


@pytest.fixture(scope="module")
def signer() -> NoteSigner:
    return NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate())


@given(st.integers(min_value=0, max_value=10**18 - 1), HASHES)
def test_a_checkpoint_has_one_text(size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=root)
    assert Checkpoint.of(checkpoint.text) == checkpoint
    assert checkpoint.text.count(b"\n") == 3


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"a\n1\n",
        b"a\n1\nAAAA\n",
        b"a\n01\n" + base64.b64encode(EMPTY_ROOT) + b"\n",
        b"a\n-1\n" + base64.b64encode(EMPTY_ROOT) + b"\n",
        b"a\n+1\n" + base64.b64encode(EMPTY_ROOT) + b"\n",
        "a\n۱\n".encode() + base64.b64encode(EMPTY_ROOT) + b"\n",
        b"a\n1\n" + base64.b64encode(EMPTY_ROOT) + b"\nextension\n",
        b"a\n1\n" + base64.b64encode(EMPTY_ROOT),
        b"a b\n1\n" + base64.b64encode(EMPTY_ROOT) + b"\n",
        b"\n1\n" + base64.b64encode(EMPTY_ROOT) + b"\n",
        b"a\n1\n" + base64.b64encode(EMPTY_ROOT)[:-2] + b"V=\n",
        b"\xff\n1\n" + base64.b64encode(EMPTY_ROOT) + b"\n",
    ],
)
def test_another_form_is_no_checkpoint(text: bytes) -> None:
    with pytest.raises(NotANote):
        Checkpoint.of(text)


def test_a_signed_checkpoint_is_opened_with_its_key(signer: NoteSigner) -> None:
    note = signer.sign(7, ROOT)
    verifier = NoteVerifier.of(signer.verifier.line)
    assert verifier == signer.verifier
    assert verifier.open(note) == Checkpoint(origin=ORIGIN, size=7, root=ROOT)


def test_a_witness_may_add_its_signature(signer: NoteSigner) -> None:
    witness = NoteSigner(name="witness.example", key=Ed25519PrivateKey.generate())
    note = SignedNote.of(signer.sign(7, ROOT))
    theirs = NoteSignature(name=witness.name, key_id=witness.verifier.key_id, signature=witness.key.sign(note.text))
    cosigned = note.signed(theirs).octets
    assert cosigned.startswith(note.octets)
    assert signer.verifier.open(cosigned).size == 7
    with pytest.raises(NotANote, match=r"is not that of witness\.example"):
        witness.verifier.open(cosigned)


def test_a_key_opens_what_it_signed_and_nothing_else(signer: NoteSigner) -> None:
    note = signer.sign(7, ROOT)
    other = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate()).verifier
    with pytest.raises(NotANote, match="has not signed"):
        other.open(note)
    with pytest.raises(NotANote, match="is wrong"):
        signer.verifier.open(note.replace(b"\n7\n", b"\n8\n"))
    # A key of the same name and id that did not make the signature.
    forged = NoteSignature(name=ORIGIN, key_id=signer.verifier.key_id, signature=b"x" * 64)
    with pytest.raises(NotANote, match="is wrong"):
        signer.verifier.open(SignedNote.of(note).signed(forged).octets)


@given(st.data())
def test_no_octet_can_be_changed(data: st.DataObject) -> None:
    signer = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.from_private_bytes(b"k" * 32))
    note = bytearray(signer.sign(123456, ROOT))
    at = data.draw(st.integers(min_value=0, max_value=len(note) - 1))
    note[at] ^= data.draw(st.integers(min_value=1, max_value=255))
    with pytest.raises(NotANote):
        signer.verifier.open(bytes(note))


@given(st.binary(max_size=400))
def test_anything_else_is_refused_under_its_name(octets: bytes) -> None:
    with pytest.raises(NotANote):
        SignedNote.of(octets)


@pytest.mark.parametrize("line", ["", "a+b", "a+00000000+AQ==", "a+zz+AQ==", "a b+00000000+AQ==", "a+00000000+*"])
def test_another_form_is_no_verifier_key(line: str) -> None:
    with pytest.raises(NotANote):
        NoteVerifier.of(line)


def test_a_verifier_key_with_the_id_of_another_is_refused(signer: NoteSigner) -> None:
    name, short, value = signer.verifier.line.split("+", 2)
    with pytest.raises(NotANote):
        NoteVerifier.of("+".join((name, f"{int(short, 16) ^ 1:08x}", value)))


def test_bounds(signer: NoteSigner) -> None:
    note = SignedNote.of(signer.sign(7, ROOT))
    many = SignedNote(text=note.text, signatures=[*note.signatures] * 65)
    with pytest.raises(NotANote, match="too many"):
        SignedNote.of(many.octets)
    with pytest.raises(NotANote, match="too large"):
        SignedNote.of(note.octets * 200)
