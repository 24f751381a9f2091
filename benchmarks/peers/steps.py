"""Steps of a program that keeps its keys and its HTTP session: send rows, receive a page of receipts."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Sequence
from typing import Any

import requests
from judiciary_client import Judiciary, facts_of
from message_signature import MessageSignature
from notice_xml import reference_of, unsigned
from own_table import OwnTable, Sent
from xml_signature import Signer, certificate_key, certificate_text, seal

_PAGE = 500


class Keys:
    """Keys and the service's client, loaded once."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.bodies = {code: (Signer.load(body), body["title"]) for code, body in given["bodies"].items()}
        self.receipts = certificate_key(given["receipts_certificate"])
        ours, theirs = Signer.load(given["transport"]), certificate_key(given["judiciary_certificate"])
        signature = MessageSignature(lambda: ours, lambda: theirs, certificate_text(given["judiciary_certificate"]))
        session = requests.Session()
        session.trust_env = False  # no look for proxies and passwords at each call
        self.judiciary = Judiciary(given["wsdl"], given["endpoint"], signature, session)


def send(keys: Keys, rows: Sequence[sqlite3.Row]) -> tuple[list[Sent], bytes]:
    """Seal rows and submit them in one call; return what was accepted, and the answer."""
    sealed = []
    for row in rows:
        signer, title = keys.bodies[row["body_code"]]
        notice = unsigned(row, title)
        digest = "sha256:" + hashlib.sha256(seal(notice, signer)).hexdigest()
        sealed.append((reference_of(row), row["notice_id"], digest, notice))
    tracking = keys.judiciary.submit([(reference, notice) for reference, _, _, notice in sealed])
    sent = [(reference, row_key, digest, tracking[reference]) for reference, row_key, digest, _ in sealed]
    return sent, keys.judiciary.answer


def receive(keys: Keys, table: OwnTable) -> int:
    """Fetch a page of receipts, check and keep all of it, then confirm it; return the number of receipts."""
    page, cursor = keys.judiciary.receipts(table.cursor(), _PAGE)
    if page:
        table.received([(each, octets, facts_of(octets, keys.receipts)) for each, octets in page], cursor)
        keys.judiciary.confirm([receipt_id for receipt_id, _ in page])
    return len(page)
