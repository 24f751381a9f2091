"""An invented contract, as the suite for all of them needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.crypto.keys.partner import Partner
from gateway.judiciary.courier import Outcome

Spoil = Callable[[int, bytes], tuple[int, bytes]]
"""A change of an answer's status and octets on its way."""


@dataclass(frozen=True, kw_only=True)
class Contract:
    profile: Path
    service: Callable[[Path, Path], Any]
    """Makes the service from the judiciary's folder of keys and the municipality's certificate."""
    serving: Callable[[Any], AbstractContextManager[str]]
    batches: bool
    outcomes: Mapping[str, Outcome]
    """The outcome of each recipient's identifier; the first one is accepted."""
    hash: str
    """The name of a letter's digest in the service's ledger."""
    make_busy: Callable[[Any], None]
    spoilt: Mapping[str, tuple[Spoil, str]]
    """Answers that nobody can believe, with the code of each."""
    unexplained: str
    """An event that the mapping of receipts does not have."""
    slip: str
    """Beginning of a slip's number."""
    changed: tuple[bytes, bytes]
    """Octets of a slip, and others in their place."""
    no_room: str
    """The element that has no room for a long name."""
    other_reader: Callable[[Partner], Any]
    """A verifier that expects another form of message."""
    other_refusal: tuple[str, str]
    """Code and place of its refusal."""
