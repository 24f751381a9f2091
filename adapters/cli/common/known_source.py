"""The source that an option names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def known_source(installation: Installation, name: str | None) -> str:
    """Return the named source, or the only one; anything else is wrong usage."""
    there = list(installation.settings.sources)
    if name in there:
        return name
    if name is None and len(there) == 1:
        return there[0]
    said = "which?" if name is None else f"no source {name};"
    raise typer.BadParameter(f"{said} there are {', '.join(there)}", param_hint="--source")
