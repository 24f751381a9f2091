"""Texts in English and Persian."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """Text in both languages."""

    en: str
    fa: str

    def filled(self, **values: Words) -> Words:
        """Return a text with each ``{name}`` in it replaced by the value of that name, language by language."""
        return Words(
            en=self.en.format_map({name: value.en for name, value in values.items()}),
            fa=self.fa.format_map({name: value.fa for name, value in values.items()}),
        )
