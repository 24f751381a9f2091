"""Issuing bodies that a mapping's notices may name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyConfig:
    """Issuing body that the gateway serves for; ``kinds`` are its notice kinds, code to Persian title."""

    code: str
    title: str
    kinds: Mapping[str, str]
