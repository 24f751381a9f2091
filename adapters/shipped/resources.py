"""Where the data that ships with the program lies."""

from __future__ import annotations

import configparser
from functools import cache
from importlib import metadata
from pathlib import Path

_NAME, _VERIFIER = "eblagh-gateway", "eblagh-verify"

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"
CERTS = ROOT / "certs"
CONFIG = ROOT / "config"
CASE_MAPPING = CONFIG / "mappings" / "case-view-1.toml"

PROFILES = SCHEMAS / "judiciary"
PUSH = SCHEMAS / "municipal" / "push-1"
NOTICE_SCHEMA = SCHEMAS / "notice" / "notice-1.xsd"
RECEIPT_SCHEMA = SCHEMAS / "receipt" / "receipt-1.xsd"


@cache
def version() -> str:
    """Return the program's version: of what is installed, or of the tree that it runs from."""
    tree = configparser.ConfigParser()
    if tree.read(ROOT / "setup.cfg", encoding="utf-8") and tree.get("metadata", "name", fallback="") == _NAME:
        return tree["metadata"]["version"]
    try:
        return metadata.version(_NAME)
    except metadata.PackageNotFoundError:
        return metadata.version(_VERIFIER)
