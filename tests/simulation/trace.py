"""Trace of a run: each step with its time. Its hash tells two runs apart; its notes are the story of a failure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth telling, ``at`` seconds of true time."""

    at: float
    who: str
    what: str


@dataclass(slots=True)
class Trace:
    """Every step goes into the hash; notes are kept as well if ``keeps``."""

    elapsed: Callable[[], float]
    keeps: bool = False
    notes: list[Note] = field(default_factory=list)
    steps: int = 0
    _parts: list[str] = field(default_factory=list)
    _hash: Any = field(default_factory=hashlib.sha256)

    def step(self, who: str, what: str) -> None:
        self.steps += 1
        self._add(f"{self.elapsed():.6f} {who} {what}\n")

    def note(self, who: str, what: str) -> None:
        self._add(f"{self.elapsed():.6f} {who}: {what}\n")
        if self.keeps:
            self.notes.append(Note(self.elapsed(), who, what))

    @property
    def digest(self) -> str:
        self._flush()
        return str(self._hash.hexdigest())

    def _add(self, line: str) -> None:
        self._parts.append(line)
        if len(self._parts) > 2000:
            self._flush()

    def _flush(self) -> None:
        self._hash.update("".join(self._parts).encode())
        self._parts.clear()
