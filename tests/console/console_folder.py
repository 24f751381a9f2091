"""Folders of demonstrations with a console."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_people import make_people

ROOT = Path(__file__).parents[2]
NOTICES = 40


def with_people(folder: Path) -> Path:
    """Add people to a demonstration's folder; return the configuration file."""
    config = folder / "gateway.toml"
    with closing(Installation.of(config)) as installation:
        make_people(installation)
    return config
