"""Files of a demonstration with Shahrzad: its token, and the section of the gateway's configuration."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path

from adapters.sandbox.cases.bodies import BODIES

_TOKEN = "shahrzad.token"  # noqa: S105 - a file's name


def prepare(directory: Path) -> None:
    """Make the token, once."""
    path = directory / _TOKEN
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24) + "\n", encoding="ascii")


def options(directory: Path) -> Sequence[str]:
    return ["--token-file", str(directory / _TOKEN)]


def section(_directory: Path, address: str) -> str:
    """Return the section: every body of the demonstration tells people."""
    bodies = json.dumps([body.code for body in BODIES])
    return f'''
# Shahrzad tells people that a notice has arrived, without its content: docs/connect/courtesy.md.
[courtesy]
url = "{address}"
token_file = "{_TOKEN}"
bodies = {bodies}
'''
