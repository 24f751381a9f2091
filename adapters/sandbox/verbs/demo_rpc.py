"""Additions of a demonstration over eblagh-rpc-1: a user name, its password, and a free callback port."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from adapters.settings import SandboxSettings, load
from adapters.settings.judiciary import PATH

USERNAME: Final = "demo-municipality"
PASSWORD_FILE: Final = "pki/municipality/username-token"  # noqa: S105 - where it is

_SANDBOX = """
[rpc]                            # eblagh-rpc-1: who calls, and where receipts are brought
username = "{username}"
password_file = "{password_file}"
callback = "http://127.0.0.1:{port}{path}"
"""

_GATEWAY = """
[judiciary.username_token]
username = "{username}"
password_file = "{password_file}"

[judiciary.callback]
listen = "127.0.0.1:{port}"
"""


def sandbox_section(port: int) -> str:
    """Return the sandbox's section for serving the contract and calling ``port``."""
    return _SANDBOX.format(username=USERNAME, password_file=PASSWORD_FILE, port=port, path=PATH)


def gateway_section(directory: Path) -> str:
    """Return the gateway's section, by the values of the folder's sandbox."""
    section = load(directory / "sandbox.toml", SandboxSettings).rpc
    assert section is not None
    port = urlsplit(section.callback or "").port or 0
    return _GATEWAY.format(username=section.username, password_file=section.password_file, port=port)


def make_password(directory: Path) -> None:
    """Write the password, once; its owner alone reads it."""
    path = directory / PASSWORD_FILE
    if path.exists():
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
