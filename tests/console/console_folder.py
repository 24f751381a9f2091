"""Folders of demonstrations with a console."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
NOTICES = 40


def with_console(folder: Path) -> Path:
    """Configure a console in a demonstration's folder, if it has none; return the configuration file."""
    config = folder / "gateway.toml"
    text = config.read_text(encoding="utf-8")
    if "[console]" not in text:
        section = '\n[console]\nlisten = "127.0.0.1:0"\nsecond_factor = "optional"\n'
        config.write_text(text + section, encoding="utf-8")
    return config
