"""The zeep loop, as a cron job has it: one call after another, a commit for each notice and each receipt.

Keys are loaded for each message, as zeep's own plugin does.
"""

from __future__ import annotations

import hashlib
import time

import case_rows
from judiciary_client import Judiciary, facts_of
from message_signature import MessageSignature
from notice_xml import reference_of, unsigned
from own_table import OwnTable
from program import serve, work
from xml_signature import Signer, certificate_key, certificate_text, seal

_PAGE = 100
_WAIT = 0.05


def main() -> None:
    given = work()
    cases, table = case_rows.connect(given["cases"], wal=False), OwnTable(given["own"], wal=False)
    signature = MessageSignature(
        lambda: Signer.load(given["transport"]),
        lambda: certificate_key(given["judiciary_certificate"]),
        certificate_text(given["judiciary_certificate"]),
    )
    judiciary = Judiciary(given["wsdl"], given["endpoint"], signature)

    def do_all() -> None:
        for key in case_rows.waiting(cases):
            row = case_rows.read(cases, key)
            body = given["bodies"][row["body_code"]]
            notice, reference = unsigned(row, body["title"]), reference_of(row)
            digest = "sha256:" + hashlib.sha256(seal(notice, Signer.load(body))).hexdigest()
            tracking = judiciary.submit([(reference, notice)])
            table.sent([([(reference, key, digest, tracking[reference])], judiciary.answer)])
        while table.under_way():
            _fetch(judiciary, table, given["receipts_certificate"])
        for served in table.served():
            case_rows.show(cases, [case_rows.result(served)])
            table.shown([served])

    serve(do_all)


def _fetch(judiciary: Judiciary, table: OwnTable, certificate: str) -> None:
    """Fetch a page of receipts, check and keep each, then confirm them."""
    page, cursor = judiciary.receipts(table.cursor(), _PAGE)
    if not page:
        time.sleep(_WAIT)
        return
    for receipt_id, octets in page:
        table.received([(receipt_id, octets, facts_of(octets, certificate_key(certificate)))])
    judiciary.confirm([receipt_id for receipt_id, _ in page])
    table.received([], cursor)


main()
