"""Our published contract, eblagh-1: the one file of the client that knows its element names, statuses and codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lxml import etree

from adapters.crypto.keys.names import SOAP
from adapters.crypto.xml.strict_xml import canonical, conforms
from adapters.judiciary.binding import Binding
from adapters.judiciary.call_context import CallContext
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS
from adapters.judiciary.soap_wire import Actions
from adapters.judiciary.wire import Fault, Submission
from gateway.judiciary.courier import (
    NamedNotice,
    Operation,
    Outcome,
    RawReceipt,
    ReceiptPage,
    SealSlice,
    Standing,
    TicketStanding,
    Unknown,
)
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable, ContractResult, outcomes_by, standings_by
from gateway.trust.trust_policy import Rejection

NAMESPACE = "urn:eblagh:judiciary:1"
_J = f"{{{NAMESPACE}}}"
_FAULT = f"{{{SOAP}}}Fault"


@dataclass(frozen=True, slots=True)
class SoapContract:
    """Contract (`adapters.judiciary.wire.Contract`) eblagh-1; ``codes`` are the judiciary's codes of results."""

    binding: Binding
    schema: etree.XMLSchema
    codes: CodeTable = USUAL_CODES

    def actions(self, operation: str) -> Actions:
        request = self.binding.soap_action(operation)
        return Actions(request=request, answer=f"{request}Response")

    def token_places(self, operation: str) -> Sequence[str]:  # noqa: ARG002 - it has no sessions
        return ()

    def submission(self, seals: Sequence[SealSlice], _call: CallContext) -> Submission[etree._Element]:
        content = self.binding.request(Operation.SUBMIT.value, **submission_parts(seals))
        return Submission(content=content, slices=seals)

    def inquiry(self, references: Sequence[str], _call: CallContext) -> etree._Element:
        return self.binding.request(Operation.INQUIRE_STATUS.value, **status_parts(references))

    def ticket_question(self, _reference: str, _ticket: str, _call: CallContext) -> None:
        return None

    def page(self, call: CallContext) -> etree._Element:
        return self.binding.request(FETCH_RECEIPTS, Cursor=call.cursor, Limit=call.limit)

    def poll(self, _notices: Sequence[NamedNotice], _call: CallContext) -> None:
        return None

    def confirmation(self, receipt_ids: Sequence[str], _call: CallContext) -> etree._Element:
        return self.binding.request(CONFIRM_RECEIPTS, ReceiptId=list(receipt_ids))

    def account(self, kind: str, identifier: str, _call: CallContext) -> etree._Element:
        return self.binding.request(INQUIRE_ACCOUNTS, Person=[{"Kind": kind, "Identifier": identifier}])

    def assert_answers(self, operation: str, answer: etree._Element) -> None:
        if (judged := judged_by_schema(answer, operation)) is not None:
            conforms(self.schema, judged)

    def fault(self, operation: str, answer: etree._Element) -> Fault | None:  # noqa: ARG002 - the same for all
        code = fault_code(answer)
        return None if code is None else Fault(code=code)

    def outcomes(self, answer: etree._Element, call: CallContext) -> Mapping[str, Outcome]:
        return outcomes_by(read_results(answer), call.references, self.codes)

    def standings(self, answer: etree._Element, call: CallContext) -> Mapping[str, Standing]:
        return standings_by(read_results(answer), call.references, self.codes)

    def ticket_standing(self, _answer: etree._Element, _call: CallContext) -> TicketStanding:
        return Unknown(code="courier.contract")

    def receipts(self, answer: etree._Element, _call: CallContext) -> ReceiptPage:
        return read_receipts(answer)

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        return receipt

    def has_account(self, answer: etree._Element) -> bool:
        return read_account(answer)


def submission_parts(seals: Sequence[SealSlice]) -> dict[str, Any]:
    """Return the parts of SubmitNotices, with a numbered slot for each seal's octets."""
    return {
        "Submission": [
            {"Reference": seal.reference, "SealedNotice": {"_value_1": etree.Element("slot", n=str(number))}}
            for number, seal in enumerate(seals)
        ]
    }


def status_parts(references: Sequence[str]) -> dict[str, Any]:
    """Return the parts of InquireStatus, by our own references."""
    return {"Inquiry": [{"Reference": reference} for reference in references]}


def read_results(answer: etree._Element) -> dict[str, list[ContractResult]]:
    """Return the results of a SubmitNoticesResponse or an InquireStatusResponse, by their reference."""
    results: dict[str, list[ContractResult]] = {}
    for result in answer.iterfind(f"{_J}Result"):
        seconds = result.findtext(f"{_J}RetryAfterSeconds")
        told = ContractResult(
            status=result.findtext(f"{_J}Status"),
            tracking_number=result.findtext(f"{_J}TrackingNumber"),
            code=result.findtext(f"{_J}Code"),
            text=result.findtext(f"{_J}Text"),
            retry_after=_period(seconds) if seconds else None,
        )
        results.setdefault(result.findtext(f"{_J}Reference", ""), []).append(told)
    return results


def read_receipts(answer: etree._Element) -> ReceiptPage:
    """Return the page of a FetchReceiptsResponse; each receipt's octets are a slice of the signed answer."""
    return ReceiptPage(
        # By place: elements inside a receipt are the receipt's, whatever their names.
        receipts=[RawReceipt(octets=canonical(sealed)) for sealed in answer.iterfind(f"{_J}Item/{_J}SignedReceipt/*")],
        cursor=answer.findtext(f"{_J}NextCursor", ""),
        more=_holds(answer, f"{_J}More"),
    )


def read_account(answer: etree._Element) -> bool:
    """Return True if the one person of an InquireAccountsResponse has an account."""
    return _holds(answer, f"{_J}Account/{_J}Active")


def judged_by_schema(payload: etree._Element, operation: str) -> etree._Element | None:
    """Return the part of an answer to ``operation`` that the contract's schema judges: all of it; of a fault, our
    detail or None.

    Raises `Rejection` ``verify.addressing`` if it answers another operation.
    """
    if payload.tag == _FAULT:
        return next(payload.iterfind(f"detail/{_J}ServiceFault"), None)
    if payload.tag != f"{_J}{operation}Response":
        raise Rejection("verify.addressing", where=operation, detail="the answer to another operation")
    return payload


def fault_code(payload: etree._Element) -> str | None:
    """Return the stable code of a fault (``soap.fault`` if it has none), or None if the payload is no fault."""
    if payload.tag != _FAULT:
        return None
    return payload.findtext(f"detail/{_J}ServiceFault/{_J}Code") or "soap.fault"


def _holds(answer: etree._Element, path: str) -> bool:
    """Return True if there is an xs:boolean that is true; white space around it has no meaning."""
    return answer.findtext(path, "").strip() in ("true", "1")


def _period(seconds: str) -> timedelta:
    """Return the period of these seconds, limited to what a period holds."""
    digits = seconds.strip().lstrip("+0") or "0"
    return timedelta(seconds=min(int(digits[:10]), 10**9))
