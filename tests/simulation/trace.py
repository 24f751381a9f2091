"""Trace of a run: each step with its time. Its hash tells two runs apart; its notes are the story of a failure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Protocol


class HasNow(Protocol):
    """Scheduler, or whatever else knows the seconds ``now`` since the run began."""

    now: float


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth telling, ``at`` seconds of true time."""

    at: float
    who: str
    what: str


@dataclass(slots=True)
class Trace:
    """Every step goes into the hash; notes are kept as well if ``keeps``."""

    time: HasNow
    keeps: bool = False
    notes: list[Note] = field(default_factory=list)
    steps: int = 0
    _at: float = -1.0
    _shown: str = ""
    """Time ``_at`` as it is shown."""
    _parts: list[str] = field(default_factory=list)
    _hash: Any = field(default_factory=hashlib.sha256)

    def step(self, who: str, what: str) -> None:
        self.steps += 1
        self._add(who, what)
        if self.steps % 2000 == 0:
            self._flush()

    def note(self, who: str, what: str) -> None:
        self._add(f"{who}:", what)
        if self.keeps:
            self.notes.append(Note(self.time.now, who, what))

    @property
    def digest(self) -> str:
        self._flush()
        return str(self._hash.hexdigest())

    def _add(self, who: str, what: str) -> None:
        if self.time.now != self._at:
            self._at = self.time.now
            self._shown = f"{self._at:.6f}"
        self._parts.append(f"{self._shown} {who} {what}\n")

    def _flush(self) -> None:
        self._hash.update("".join(self._parts).encode())
        self._parts.clear()
