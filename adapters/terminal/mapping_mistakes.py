"""Mistakes of a mapping file for people, in both languages."""

from __future__ import annotations

from adapters.terminal.printing import console
from gateway.mapping.compiler.mistake import MappingMistaken


def tell_mistakes(mistaken: MappingMistaken) -> None:
    """Print every mistake with its line and remedy, and the same in Persian."""
    count = len(mistaken.mistakes)
    console.print(f"[bold red]{count} mistake{'s' if count > 1 else ''}[/] {mistaken.file}", soft_wrap=True)
    for mistake in mistaken.mistakes:
        entry, place = mistake.entry, f"line {mistake.line}" + (f", {mistake.key}" if mistake.key else "")
        console.print(f"  {place}: {entry.en} [{mistake.code}]", markup=False, soft_wrap=True)
        for label, text in (("found", mistake.found.en), ("what to do", entry.remedy)):
            if text:
                console.print(f"    {label}: {text}", markup=False, soft_wrap=True)
        found = f" {mistake.found.fa}." if mistake.found.fa else ""
        console.print(f"    {entry.fa}{found} {entry.remedy_fa}", markup=False, soft_wrap=True)
