"""The configuration of a demonstration, changed for a judiciary that stands outside the package."""

from __future__ import annotations

import re
from pathlib import Path


def configure(file: Path, name: str, endpoint: str) -> None:
    """Let ``gateway.toml`` name the profile in ``profiles/``, and where its service is."""
    text = file.read_text(encoding="utf-8")
    for key, value in (("profile", f"./profiles/{name}"), ("endpoint", endpoint), ("destination", name)):
        text, changed = re.subn(rf"^{key} = .*$", f'{key} = "{value}"', text, flags=re.MULTILINE)
        assert changed == 1, key
    # The time authority and the revocation lists of demonstrations are parts of the sandbox, which is not there.
    text = re.sub(r"^\[\[archive\.time_authorities\]\]\n(\w+ = .*\n)+", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\[revocation\]\n(\w+ = .*\n(?: .*\n|\]\n)*)+", "", text, flags=re.MULTILINE)
    text = text.replace('revocation = "require"', 'revocation = "if-known"')
    file.write_text(text, encoding="utf-8")
