"""Texts in English and Persian."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Text in both languages."""

    en: str
    fa: str
