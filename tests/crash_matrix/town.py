"""What a gateway process of the matrix can be told to do."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.errors import GatewayError
from gateway.intervention import Deed
from gateway.outbox import OutboxEntry
from tests.passes.conftest import City
from tests.passes.ports import Hands, Reader

UNREGISTERED = b"unregistered"
"""Stands in receipts whose certificate nobody has registered yet."""


@dataclass
class Town(City):
    """The passes, and what a person does between them; nothing is returned that a pipe cannot carry."""

    clock: Hands = field(default_factory=Hands)
    reader: Reader = field(default_factory=lambda: Reader({UNREGISTERED: "verify.signature"}))

    def entries(self) -> list[OutboxEntry]:
        return [found.entry for found in self.store.find(state=None, limit=100, after=None)]

    def decide(self, reference: str, deed: Deed) -> str:
        """Do what a person decided; return what came of it."""
        try:
            return self.intervene(reference, deed).outcome
        except GatewayError as error:
            return error.code

    def judge_again(self) -> None:
        """The certificate is registered now: a person has what is in quarantine judged again."""
        self.reader = Reader({})
        for item in self.quarantine():
            self.release(item)
