"""Questions of a demonstration's other body, and its program, which asks them once the demonstration has ended."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Final

from adapters.sandbox.city.other_body import fill
from adapters.shipped.resources import ROOT

LEDGER: Final = "other_body.db"
BODY: Final = "fire-department"
PURPOSE: Final = "safety"
FIELDS: Final = ("kind", "tracking_number", "state", "delivered_at", "viewed_at", "service_date", "effect", "last_day")
BODIES: Final = ("article-100",)
MOST_QUESTIONS: Final = 25

_TOKEN: Final = "other_body.token"  # noqa: S105 - a file's name
_DIGESTS_FILE: Final = "other_body.tokens"


def prepare(directory: Path) -> None:
    """Make token and questions in the folder of a demonstration, once."""
    token = directory / _TOKEN
    if not token.exists():
        token.touch(mode=0o600)
        token.write_text(secrets.token_urlsafe(32) + "\n", encoding="ascii")
    digests = directory / _DIGESTS_FILE
    digests.touch(mode=0o600)
    digests.write_text(hashlib.sha256(token.read_text(encoding="ascii").strip().encode()).hexdigest() + "\n")
    fill(directory / LEDGER, directory / "cases.db", PURPOSE, FIELDS, bodies=BODIES, most=MOST_QUESTIONS)


def section() -> str:
    """Return the section of gateway.toml."""
    return f"""
[push]
listen = "127.0.0.1:0"

[[sharing]]
body = "{BODY}"
title = "سازمان آتش‌نشانی"
tokens_file = "{_DIGESTS_FILE}"
purposes = {{ {PURPOSE} = "بررسی ایمنی ساختمان" }}
fields = {json.dumps(FIELDS)}
bodies = {json.dumps(BODIES)}
from = "1404-01-01"
calls_per_minute = 6000
"""


def ask(directory: Path, gateway: str) -> dict[str, int]:
    """Run the other body's program against the municipal listener at ``gateway``; return its numbers."""
    arguments = ["--ledger", str(directory / LEDGER), "--token-file", str(directory / _TOKEN)]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(  # noqa: S603 - our own program, no shell
        [sys.executable, "-m", "adapters.sandbox.city.other_body", *arguments, "--gateway", gateway, "--body", BODY],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    figures: dict[str, int] = json.loads(done.stdout)
    return figures
