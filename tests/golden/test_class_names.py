"""Names that leave the process do not depend on what a class is called: a class may be renamed, and nothing changes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from adapters.cli.common.logs import where_it_broke
from adapters.crypto.keys.key_names import name_of_key
from gateway.audit.audit import CannotTell
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Outcome,
    Pending,
    Rejected,
    SealRefused,
    Standing,
    TicketStanding,
    Unknown,
)
from gateway.merkle.checkpoint import NotANote
from gateway.runtime.plain_words import words_of
from tests.golden.keeping import golden_lines
from tests.golden.literals import own_exceptions, parsed

pytestmark = pytest.mark.long

OUTCOMES = {
    "accepted": Accepted(tracking_number="T-1"),
    "rejected": Rejected(code="R"),
    "sealrefused": SealRefused(code="S"),
    "noaccount": NoAccount(),
    "deferred": Deferred(code="D", retry_after=timedelta(minutes=1)),
    "unknown": Unknown(code="U"),
    "notknown": NotKnown(),
    "pending": Pending(ticket="K-1"),
}


@contextmanager
def renamed(kind: type) -> Iterator[None]:
    """Let a class have another name for a while."""
    name, kind.__name__ = kind.__name__, "Renamed"
    try:
        yield
    finally:
        kind.__name__ = name


@pytest.mark.parametrize("name", OUTCOMES)
def test_an_outcome_is_counted_by_a_literal(name: str) -> None:
    outcome: Any = OUTCOMES[name]
    with renamed(type(outcome)):
        assert outcome.count == name
    assert {type(each) for each in OUTCOMES.values()} == {
        *get_args(Outcome),
        *get_args(Standing),
        *get_args(TicketStanding),
    }


def test_every_exception_of_ours_has_a_literal_name_that_is_golden() -> None:
    found = list(own_exceptions())
    assert not [f"{file.name}: {name}" for file, name, literal in found if literal is None]
    assert not golden_lines("exceptions") - {literal for _, _, literal in found}


@pytest.mark.parametrize(
    ("kind", "words"), [(NotANote, "unforeseen: not anote"), (CannotTell, "unforeseen: cannot tell")]
)
def test_an_exception_is_told_in_the_same_words_whatever_its_class_is_called(kind: type[Exception], words: str) -> None:
    error = kind("why") if kind is NotANote else kind.__new__(kind)
    name = kind.__name__
    with renamed(kind):
        assert words_of(error) == words
        logged = where_it_broke(None, "error", {"exc_info": (kind, error, None)})
    assert logged["trace"] == [name]


def test_a_key_is_called_by_a_literal() -> None:
    private = ed25519.Ed25519PrivateKey.generate()
    assert name_of_key(private) == "Ed25519PrivateKey"
    assert name_of_key(private.public_key()) == "Ed25519PublicKey"
    assert name_of_key(ec.generate_private_key(ec.SECP384R1())) == "ECPrivateKey"
    assert name_of_key(rsa.generate_private_key(65537, 2048).public_key()) == "RSAPublicKey"
    assert name_of_key(object()) == "a key of another kind"


def test_no_text_is_made_of_a_class_name() -> None:
    """Two places may: the name of a library's exception, and the name of a service that no message bears."""
    found = [
        file.name
        for file, nodes in parsed()
        for each in nodes
        if isinstance(each, ast.Attribute) and each.attr in ("__name__", "__qualname__")
    ]
    assert sorted(found) == ["bounded.py", "bridge.py", "plain_words.py"]
