"""Where the data that ships with the program lies."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SCHEMAS = ROOT / "schemas"
CERTS = ROOT / "certs"
CONFIG = ROOT / "config"

PROFILES = SCHEMAS / "judiciary"
NOTICE_SCHEMA = SCHEMAS / "notice" / "notice-1.xsd"
RECEIPT_SCHEMA = SCHEMAS / "receipt" / "receipt-1.xsd"
