"""Notices that the judiciary has by an answer on record, at each moment at which a message is recorded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..raw_rows import Record


@dataclass(slots=True)
class Answered:
    """``answers`` are those that senders heard: by message, the status of each notice as the judiciary wrote it."""

    answers: Mapping[str, Mapping[str, str]]
    _known: frozenset[str] = frozenset()
    _at: dict[str, frozenset[str]] = field(default_factory=dict)

    def take(self, records: Iterable[Record]) -> None:
        """Take new records, in their order. An answer that was refused tells nothing."""
        for record in records:
            kind, _, message = record.id.partition(":")
            if kind == "sent":
                self._at[message] = self._known
            elif kind == "answer" and b'"refused"' not in record.header:
                told = self.answers.get(message, {})
                self._known |= {each for each, status in told.items() if status in ("ACCEPTED", "PENDING")}

    def moved(self, reference: str, event: str) -> None:
        """Take a step: a person who queues a notice again knows the answers so far, and decides against them."""
        if event == "Requeue":
            self._known -= {reference}

    def restored(self) -> None:
        """Forget what the store has forgotten: its records are taken anew."""
        self._known = frozenset()
        self._at.clear()

    def was_known(self, message: str, reference: str) -> bool:
        """Return True if an answer about a notice was on record as a message was recorded."""
        return reference in self._at.get(message, ())
