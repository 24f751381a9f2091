"""The service of eblagh-rpc-1: it passes a verified request's element to the judiciary, and builds its answer.

The schema has judged the request, so required elements exist. Names of elements of this contract are here alone.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final

from lxml import etree

from adapters.sandbox.contracts import rpc_numbers
from adapters.sandbox.contracts.rasid import zaman
from adapters.sandbox.contracts.rpc_answers import NAMESPACE
from adapters.sandbox.judiciary import fault_injection
from adapters.sandbox.judiciary.judiciary_service import Inquiry, JudiciaryService, Sealed
from adapters.sandbox.judiciary.ledger_transaction import Submission
from adapters.sandbox.judiciary.request import Request
from gateway.notice.notice import sha256
from gateway.trust.trust_policy import Rejection

_E = f"{{{NAMESPACE}}}"

OPERATIONS: Final = {
    "SabtEblagh": "SubmitNotices",
    "EstelamEblagh": "InquireStatus",
    "DaryafteRasid": "FetchReceipts",
    "TaeideRasid": "ConfirmReceipts",
}
"""Names of each operation in the other contracts, and in the plan of faults."""


class RpcService:
    """Operations (`adapters.sandbox.judiciary.request_handler.Operations`) of eblagh-rpc-1."""

    def call(self, payload: etree._Element, context_of_handlers: tuple[JudiciaryService, Request]) -> etree._Element:
        """Return the answer's payload. Raises `gateway.runtime.errors.GatewayError` as the judiciary does."""
        judiciary, request = context_of_handlers
        name = etree.QName(payload).localname
        answer = etree.Element(f"{_E}{name}Response", nsmap={"e": NAMESPACE})
        pasokh = etree.SubElement(answer, "pasokh")
        pasokh.extend(_HANDLERS[name](judiciary, request, payload[0]))
        return answer


def _submit(judiciary: JudiciaryService, request: Request, sent: etree._Element) -> Iterator[etree._Element]:
    package = sent.find(f"{_E}BasteyeMohr")
    assert package is not None
    octets = _octets(package)
    if sha256(octets) != f"sha256:{package.get('Chekide')}":
        raise Rejection("verify.schema", where="BasteyeMohr", detail="Chekide is that of other octets")
    submissions = judiciary.submit(request, [Sealed(reference=_said(sent, "ShomareErja"), octets=octets)])
    told = fault_injection.results(request.fault, submissions)
    # The answer is about one notice: if its result shall be missing, another one's stands there.
    result = (
        told[0] if told else Submission(reference=fault_injection.NOBODY, seal_digest="", status=submissions[0].status)
    )
    return iter(_result(result, registered=request.received_at))


def _inquire(judiciary: JudiciaryService, request: Request, asked: etree._Element) -> Iterator[etree._Element]:
    references = [each.text or "" for each in asked]
    found = judiciary.find(request, [Inquiry(reference=reference, tracking=None) for reference in references])
    pairs = list(zip(references, found, strict=True))
    for reference, submission in fault_injection.results(request.fault, pairs):
        vaziat = _element("Vaziat")
        vaziat.extend(_result(submission) if submission else _unknown(reference))
        yield vaziat


def _fetch(judiciary: JudiciaryService, request: Request, asked: etree._Element) -> Iterator[etree._Element]:
    page = judiciary.fetch(request, asked.findtext(f"{_E}PasAz", ""), int(_said(asked, "Tedad")))
    yield from (rasid_of(id_, octets) for id_, octets in page.receipts)
    if page.cursor:
        yield _element("Akharin", page.cursor)
    yield _element("BazHast", str(page.more).lower())


def _confirm(judiciary: JudiciaryService, request: Request, stored: etree._Element) -> Iterator[etree._Element]:
    yield _element("Tedad", str(judiciary.confirm(request, [each.text or "" for each in stored])))


_HANDLERS: Final[Mapping[str, Callable[[JudiciaryService, Request, etree._Element], Iterator[etree._Element]]]] = {
    "SabtEblagh": _submit,
    "EstelamEblagh": _inquire,
    "DaryafteRasid": _fetch,
    "TaeideRasid": _confirm,
}


def rasid_of(receipt_id: str, octets: bytes) -> etree._Element:
    """Return the element that carries a signed receipt."""
    rasid = _element("Rasid")
    rasid.extend(
        [_element("ShomareRasid", receipt_id), _element("SanadeRasid", base64.b64encode(octets).decode("ascii"))]
    )
    return rasid


def _result(submission: Submission, registered: datetime | None = None) -> list[etree._Element]:
    told = [
        _element("ShomareErja", submission.reference),
        _element("CodeVaziat", str(rpc_numbers.STATUSES[submission.status])),
    ]
    if submission.tracking:
        told.append(_element("ShomareRahgiri", submission.tracking))
    if submission.tracking and registered:
        told.append(_element("ZamaneSabt", zaman(registered)))
    if submission.code:
        number, words = rpc_numbers.refusal(submission.code)
        told += [_element("CodeKhata", str(number)), _element("SharheKhata", words)]
    return told


def _unknown(reference: str) -> list[etree._Element]:
    return [_element("ShomareErja", reference), _element("CodeVaziat", str(rpc_numbers.NOT_KNOWN))]


def _element(name: str, text: str | None = None) -> etree._Element:
    element = etree.Element(_E + name, nsmap={"e": NAMESPACE})
    element.text = text
    return element


def _said(element: etree._Element, name: str) -> str:
    return element.findtext(_E + name, "").strip()


def _octets(element: etree._Element) -> bytes:
    try:
        return binascii.a2b_base64("".join((element.text or "").split()), strict_mode=True)
    except ValueError:
        raise Rejection("verify.schema", where="BasteyeMohr", detail="not base64") from None
