"""The service Peyk (`examples/soap_login_tickets`): its user, its ends, and a gateway bound to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from adapters.shipped.resources import ROOT

from .installation import Installation, Service, installation

EXAMPLE = "soap_login_tickets"
NEEDED = "nodejs", "npm", "openssl"
"""Debian packages."""

COMMAND = ["node", "--no-deprecation", "main.js"]
ORGANISATION, USER, PASSWORD = "M-3001", "sender", "a long password of this run"

LASTING: list[object] = [
    *("viewed", "placed", "unseen", "unseen-then-viewed", "account-closed", "no-account", "rejected", "ticket-lost"),
    *({"end": "rejected", "reason": 399}, {"end": "busy", "times": 2, "then": "viewed"}),
    {"end": "again", "times": 1, "then": "viewed"},
    {"end": "internal", "acted": True},
    {"end": "code", "code": -77, "acted": True, "then": "placed"},
    {"end": "events", "events": ["PLACED", "RETURNED"]},
]
"""Ends with a decision, known ones and those that nobody explained."""

ENDS: list[object] = [*LASTING, "processing", {"end": "state", "state": 77, "acted": True}]
"""Every end that the service has; two of them are no end for the gateway."""

LIST = """
[sources.cases.lists.attachments]
table = "attachments"
of = "notice_id"
order = "place"
columns = ["name", "title", "content"]
"""

ATTACHMENTS = """
[[repeat]]
target = "attachments"
from = "attachments"
""" + "".join(
    f"""
[[repeat.field]]
target = "{target}"
from = "{source}"
required = true
"""
    for target, source in (("name", "name"), ("title", "title"), ("octets", "content"))
)

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


def attach(directory: Path) -> None:
    """Give every second sample notice two attachments, and map them."""
    with closing(sqlite3.connect(directory / "cases.db")) as cases, cases:
        cases.execute("CREATE TABLE attachments (notice_id, place INTEGER, name TEXT, title TEXT, content BLOB)")
        for place, title in ((1, "نقشه"), (2, "تصویر سند")):
            cases.execute(
                "INSERT INTO attachments SELECT notice_id, ?, ?, ?, ? FROM eblagh_notices WHERE notice_id % 2 = 0",
                (place, f"{place}.png", title, PICTURE),
            )
    mapping = (ROOT / "config/mappings/case-view-1.toml").read_text(encoding="utf-8")
    (directory / "case-view.toml").write_text(mapping + ATTACHMENTS, encoding="utf-8")


def clients(**changes: object) -> dict[str, object]:
    """Return the content of clients.json: our organisation with our user, changed so."""
    user = {"user": USER, "password": PASSWORD, **changes}
    return {"organisations": [{"code": ORGANISATION, "users": [user]}]}


def bound(directory: Path, store: str, service: Service, notices: int) -> Installation:
    """Make the folder of an installation that speaks to a running ``service``, and asks for tickets each second."""
    tables = f'''
[judiciary.values]
organisation = "{ORGANISATION}"
[judiciary.login]
username = "{USER}"
password_file = "password"
[mapping]
file = "case-view.toml"
{LIST}'''
    made = installation(
        directory,
        store,
        EXAMPLE,
        service,
        notices,
        tables,
        secrets={"password": PASSWORD},
        signed="receipt_certificates",
    )
    attach(directory)
    profile = directory / "profiles" / EXAMPLE / "profile.toml"
    text = profile.read_text(encoding="utf-8")
    assert "every_seconds = 30" in text
    profile.write_text(text.replace("every_seconds = 30", "every_seconds = 1"), encoding="utf-8")
    return made
