"""Uses of keys in an archive: a key of one owner must not sign for another.

A message may come after the receipt that it discredits, also in another segment, so this is judged at the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

Signed = dict[str, tuple[str, str]]
"""Map from a key (SHA-256 of its SubjectPublicKeyInfo) to its first place, and its certificate's name."""


@dataclass(slots=True)
class KeyUses:
    """Keys that signed receipts and messages of the judiciary, and notices and messages of the municipality (``ours``).

    ``pinned`` are those that the auditor's folder names for receipts.
    """

    receipts: Signed = field(default_factory=dict)
    received: Signed = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)

    def add(self, other: KeyUses) -> None:
        """Add the uses in another part of the archive."""
        self.receipts = other.receipts | self.receipts
        self.received = other.received | self.received
        self.ours |= other.ours
        self.pinned |= other.pinned

    def wrong_receipts(self) -> Iterator[tuple[str, str]]:
        """Yield place and reason for each key that signed receipts, and content that a receipt key must not sign."""
        for key, (place, whose) in self.receipts.items():
            if key in self.ours:
                yield place, of_the_municipality(whose)
            elif key in self.received and key not in self.pinned:
                yield place, of_messages(whose)

    def wrong_messages(self) -> Iterator[tuple[str, str]]:
        """Yield the same for each key that signed messages of both sides."""
        for key, (place, whose) in self.received.items():
            if key in self.ours:
                yield place, of_the_municipality(whose)


def of_the_municipality(whose: str) -> str:
    """Return the reason for a key of the municipality that signed for the judiciary."""
    return f"{whose} belongs to the municipality, and nothing that it signs is the judiciary's word: tell the judiciary"


def of_messages(whose: str) -> str:
    """Return the reason for a key of the judiciary's messages that signed a receipt."""
    return (
        f"{whose} signs the judiciary's messages, and a transport key is no receipt key: ask the judiciary which"
        " certificate signs its receipts, and pin that one"
    )
