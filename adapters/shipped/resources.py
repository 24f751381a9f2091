"""Paths of the data that ships with the program."""

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
RULES = CONFIG / "rules"
CALENDAR = CONFIG / "calendar"
BY_HAND_MAPPING = CONFIG / "mappings" / "by-hand-1.toml"

PROFILES = SCHEMAS / "judiciary"
PUSH = SCHEMAS / "municipal" / "push-1"
SHARING = SCHEMAS / "municipal" / "sharing-1"
NOTICE_SCHEMA = SCHEMAS / "notice" / "notice-1.xsd"
RECEIPT_SCHEMA = SCHEMAS / "receipt" / "receipt-1.xsd"


@cache
def version() -> str:
    """Return the program's version: of the tree that it runs from, or of the installed package."""
    if tree := _tree():
        return tree["metadata"]["version"]
    try:
        return metadata.version(_NAME)
    except metadata.PackageNotFoundError:
        return metadata.version(_VERIFIER)


def entry_points(group: str) -> list[metadata.EntryPoint]:
    """Return the program's entry points of ``group``: of the tree that it runs from, or of the installed package."""
    if tree := _tree():
        lines = tree.get("options.entry_points", group, fallback="").strip().splitlines()
        pairs = [tuple(map(str.strip, line.split("=", 1))) for line in lines]
        return [metadata.EntryPoint(name, value, group) for name, value in pairs]
    return list(metadata.entry_points(group=group))


@cache
def _tree() -> configparser.ConfigParser | None:
    tree = configparser.ConfigParser()
    if tree.read(ROOT / "setup.cfg", encoding="utf-8") and tree.get("metadata", "name", fallback="") == _NAME:
        return tree
    return None
