"""Content of `tests/vectors/attacks`: the manifest as values, and a judge who believes as a good party would."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import NOTICE, RECEIPT
from adapters.crypto.keys.partner import Partner, load_partner
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.username_token import KnowsPassword
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.partner_profile import PartnerProfile, TokenUse
from adapters.crypto.xml.strict_xml import load_schema
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.shipped.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, SCHEMAS
from gateway.trust.trust_policy import About, AllOf, Answers, Covers, Facts, Fresh, IssuedBy, SignedInPast
from tests.unit.crypto.samples import ACTION

FOLDER: Final = Path(__file__).parent / "attacks"
CERTIFICATES: Final = FOLDER / "certificates"
REFERENCE: Final = "EB-" + "A" * 32
SEAL_DIGEST: Final = "sha256:" + "a" * 64
ANSWERED: Final = "urn:uuid:request"
SKEW: Final = timedelta(seconds=60)
WITH_TOKEN: Final = PartnerProfile(username_token=TokenUse.EXPECTED)
CREDENTIALS: Final = Credentials(username="eblagh-city", password="گذرواژه‌ای بلند و تصادفی".encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One entry of the manifest.

    ``name`` is the file's without ``.xml``; ``profile`` is message, answer, token, notice or receipt; ``row`` is that
    of the table in the README, 0 for what is no trick; ``checks`` are names in `relaxed.RELAXED`: with them removed,
    and not with fewer, the file is accepted; if it never can be, ``never`` says why. ``xmlsec``: whether xmlsec, with
    its defaults and the key that the file itself names, believes it. ``after`` is a file that came before.
    """

    name: str
    profile: str
    code: str
    row: int = 0
    checks: tuple[str, ...] = ()
    never: str = ""
    xmlsec: bool = True
    after: str = ""
    now: datetime

    @property
    def octets(self) -> bytes:
        return octets_of(self.name)


def octets_of(name: str) -> bytes:
    return (FOLDER / f"{name}.xml").read_bytes()


def _load() -> tuple[datetime, Mapping[str, Attack]]:
    manifest = tomllib.loads((FOLDER / "manifest.toml").read_text(encoding="utf-8"))
    clock = manifest["now"]
    found = {}
    for name, entry in manifest["attack"].items():
        fields = {"now": clock, "profile": name.partition("-")[0], **entry, "checks": tuple(entry.get("checks", ()))}
        found[name] = Attack(name=name, **fields)
    return clock, found


NOW, ATTACKS = _load()


class Judge:
    """Reads what the municipality sends, and what the judiciary answers to it, at one moment."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._municipality, self._judiciary = partner("municipality"), partner("judiciary")
        self._messages = MessageVerifier(self._municipality)
        self._messages_with_token = MessageVerifier(self._municipality, profile=WITH_TOKEN)
        self._notices = DocumentVerifier(self._municipality, f"{{{NOTICE}}}Notice", _schema(NOTICE_SCHEMA))
        self._receipts = DocumentVerifier(self._judiciary, f"{{{RECEIPT}}}Receipt", _schema(RECEIPT_SCHEMA))

    def accept(self, profile: str, octets: bytes, now: datetime) -> Facts:
        """Return what is believed. Raises `Rejection`."""
        return getattr(self, f"_{profile}")(octets, now)

    def _message(self, octets: bytes, now: datetime) -> Facts:
        return self._once(self._messages.examine(octets), now)

    def _token(self, octets: bytes, now: datetime) -> Facts:
        facts = self._messages_with_token.examine(octets)
        AllOf(KnowsPassword(credentials=CREDENTIALS, now=now, skew=SKEW)).check(facts)
        return self._once(facts, now)

    def _once(self, facts: Facts, now: datetime) -> Facts:
        AllOf(Covers("Body", "Timestamp", "To", "Action", "MessageID"), Fresh(now, skew=SKEW)).check(facts)
        with self._ledger.transaction() as transaction:
            message_id = facts.claims["MessageID"]
            transaction.remember(facts.replay_key, message_id=message_id, operation="InquireStatus", received_at=now)
        return facts

    def _answer(self, octets: bytes, now: datetime) -> Facts:
        facts = self._message(octets, now)
        AllOf(Answers(message_id=ANSWERED, action=ACTION)).check(facts)
        return facts

    def _notice(self, octets: bytes, now: datetime) -> Facts:
        facts = self._notices.examine(octets)
        AllOf(Covers("Notice"), SignedInPast(now, skew=SKEW)).check(facts)
        return facts

    def _receipt(self, octets: bytes, now: datetime) -> Facts:
        facts = self._receipts.examine(octets)
        issuers = frozenset(own.thumbprint for own in self._judiciary.certificates)
        policies = IssuedBy(issuers), SignedInPast(now, skew=SKEW), About(REFERENCE, SEAL_DIGEST)
        AllOf(*policies).check(facts)
        return facts


@cache
def _schema(path: Path) -> etree.XMLSchema:
    return load_schema(path, SCHEMAS)


@cache
def partner(name: str) -> Partner:
    files = sorted((CERTIFICATES / name).glob("*.crt.pem"))
    return load_partner(name, files, [CERTIFICATES / "anchors" / f"{name}-root.pem"])


def table() -> str:
    """Return the README's table of all attacks."""
    lines = ["| row | file | code | refused by |", "| --- | --- | --- | --- |"]
    for attack in ATTACKS.values():
        checks = "; ".join(attack.checks) or f"in any case: {attack.never}"
        lines.append(f"| {attack.row or '–'} | `{attack.name}` | `{attack.code}` | {checks} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
