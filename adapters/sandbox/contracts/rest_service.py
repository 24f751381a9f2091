"""The REST service: it passes the body of a verified request to the judiciary, and builds its answer."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Any, Final

from adapters.sandbox.judiciary import fault_injection
from adapters.sandbox.judiciary.behaviour import text_of
from adapters.sandbox.judiciary.judiciary_service import Inquiry, JudiciaryService, Sealed
from adapters.sandbox.judiciary.ledger_transaction import Submission
from adapters.sandbox.judiciary.request import Request
from gateway.trust.trust_policy import Rejection

Body = Mapping[str, Any]


def _inquire_accounts(judiciary: JudiciaryService, request: Request, asked: Body) -> Body:
    identifiers = [person["identifier"] for person in asked["persons"]]
    pairs = zip(identifiers, judiciary.accounts(request, identifiers), strict=True)
    return {"accounts": [{"identifier": identifier, "active": active} for identifier, active in pairs]}


def _submit_notices(judiciary: JudiciaryService, request: Request, sent: Body) -> Body:
    sealed = [
        Sealed(reference=one["reference"], octets=_octets(one["sealed_notice"], number))
        for number, one in enumerate(sent["submissions"])
    ]
    results = [_result(submission) for submission in judiciary.submit(request, sealed)]
    return {"results": fault_injection.results(request.fault, results)}


def _inquire_status(judiciary: JudiciaryService, request: Request, asked: Body) -> Body:
    inquiries = [
        Inquiry(reference=one.get("reference"), tracking=one.get("tracking_number")) for one in asked["inquiries"]
    ]
    found = zip(inquiries, judiciary.find(request, inquiries), strict=True)
    results = [_result(submission) if submission else _not_known(inquiry) for inquiry, submission in found]
    return {"results": fault_injection.results(request.fault, results)}


def _fetch_receipts(judiciary: JudiciaryService, request: Request, asked: Body) -> Body:
    page = judiciary.fetch(request, asked["cursor"], asked["limit"])
    items = [
        {"receipt_id": id_, "signed_receipt": base64.b64encode(octets).decode("ascii")} for id_, octets in page.receipts
    ]
    return {"items": items, "next_cursor": page.cursor, "more": page.more}


def _confirm_receipts(judiciary: JudiciaryService, request: Request, stored: Body) -> Body:
    return {"confirmed": judiciary.confirm(request, stored["receipt_ids"])}


HANDLERS: Final[Mapping[str, Callable[[JudiciaryService, Request, Body], Body]]] = {
    "InquireAccounts": _inquire_accounts,
    "SubmitNotices": _submit_notices,
    "InquireStatus": _inquire_status,
    "FetchReceipts": _fetch_receipts,
    "ConfirmReceipts": _confirm_receipts,
}
"""Handler of each operation. Raises `gateway.runtime.errors.GatewayError` as the judiciary does."""


def _result(submission: Submission) -> Body:
    return _said(
        reference=submission.reference,
        tracking_number=submission.tracking,
        status=submission.status.value,
        code=submission.code,
        text=text_of(submission.code),
    )


def _not_known(inquiry: Inquiry) -> Body:
    return _said(reference=inquiry.reference, tracking_number=inquiry.tracking, status="NOT_KNOWN")


def _said(**members: str | None) -> Body:
    return {name: value for name, value in members.items() if value is not None}


def _octets(text: str, number: int) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Rejection("verify.schema", where=f"submissions.{number}.sealed_notice", detail="not base64") from None
