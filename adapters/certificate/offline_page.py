"""Make the page that verifies certificates offline: one HTML file that needs no network and asks nothing of any server.

Its policy (Content-Security-Policy) permits its own script and style by their digests, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import Any, Final

from adapters.certificate.offline_words import OFFLINE_WORDS
from gateway.legal.rules import STARTS
from gateway.notice.legal_effect import RULES
from gateway.notice.notice_kinds import KINDS
from gateway.runtime.bilingual import Words

_SCRIPTS: Final = ("qr_symbol.js", "qr_finder.js", "qr_grid.js", "certificate.js", "view.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCheckpoint:
    """State of the log that it has signed: its size and root."""

    size: int
    root: bytes


def offline_page(
    name: str,
    public: bytes,
    checkpoints: Sequence[PublishedCheckpoint],
    bodies: Mapping[str, str],
    rules: Mapping[str, Words] = RULES,
) -> bytes:
    """Return the page.

    ``name`` and ``public`` (32 octets) are those of the log's key; ``checkpoints`` ascend. ``bodies`` has Persian
    titles by code, ``rules`` those of the rules of service.
    """
    published = {
        "name": name,
        "key": base64.b64encode(public).decode(),
        "checkpoints": [[str(each.size), base64.b64encode(each.root).decode()] for each in checkpoints],
        "bodies": {code: {"fa": title, "en": title} for code, title in bodies.items()},
        "kinds": _told(KINDS),
        "rules": _told(rules),
        "starts": _told({code.value: words for code, words in STARTS.items()}),
    }
    style = _part("page.css")
    parts = "\n".join(_part(each) for each in _SCRIPTS)
    script = f'"use strict";\n(() => {{\nconst WORDS = {_json(_told(OFFLINE_WORDS))};\n{parts}}})();\n'
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; base-uri 'none'; "
        "form-action 'none'"
    )
    page = Template(_part("page.html"))
    filled = page.substitute(policy=policy, style=style, script=script, published=_json(published))
    return filled.encode()


def _told(words: Mapping[str, Words]) -> dict[str, Any]:
    return {key: {"fa": each.fa, "en": each.en} for key, each in words.items()}


def _json(value: Any) -> str:
    """Return JSON that may stand in a script: no text of it can end the element."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _part(name: str) -> str:
    return files(__package__ or "").joinpath("offline", name).read_text(encoding="utf-8")
