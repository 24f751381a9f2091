"""Reason for which something has no record of evidence of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Silent:
    """No record of its own; ``because`` says what tells it instead."""

    because: str
