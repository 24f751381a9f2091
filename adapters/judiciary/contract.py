"""Our published contract, eblagh-1: the one file of the client that knows its element names, statuses and codes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from lxml import etree

from adapters.crypto.names import SOAP
from adapters.crypto.xml import canonical
from gateway.courier import (
    Accepted,
    CallFailed,
    Deferred,
    NoAccount,
    NotKnown,
    Operation,
    Outcome,
    RawReceipt,
    ReceiptPage,
    Rejected,
    SealSlice,
    Standing,
    Unknown,
)
from gateway.errors import GatewayError
from gateway.trust import Rejection

NAMESPACE = "urn:eblagh:judiciary:1"
FETCH_RECEIPTS, INQUIRE_ACCOUNTS, CONFIRM_RECEIPTS = (
    Operation.FETCH_RECEIPTS.value,
    "InquireAccounts",
    "ConfirmReceipts",
)
OPERATIONS = (*(operation.value for operation in Operation), INQUIRE_ACCOUNTS, CONFIRM_RECEIPTS)

BUSY = "busy"

NOT_ACTED_ON = frozenset({BUSY, "verify.expired", "verify.stale", "verify.schema"})
"""Codes of signed faults that say, by contract, that nothing of the request was acted on. Any other leaves doubt:
``verify.replay``, for one, says that the message came before."""

MAX_RETRY_AFTER = 86_400
"""Seconds: whatever the judiciary says, a deferred notice is looked at again after a day."""

_J = f"{{{NAMESPACE}}}"
_FAULT = f"{{{SOAP}}}Fault"


def submission_parts(seals: Sequence[SealSlice]) -> dict[str, Any]:
    """The parts of SubmitNotices, with a numbered slot where each seal's octets will stand."""
    return {
        "Submission": [
            {"Reference": seal.reference, "SealedNotice": {"_value_1": etree.Element("slot", n=str(number))}}
            for number, seal in enumerate(seals)
        ]
    }


def status_parts(references: Sequence[str]) -> dict[str, Any]:
    """The parts of InquireStatus, by our own references."""
    return {"Inquiry": [{"Reference": reference} for reference in references]}


def read_outcomes(answer: etree._Element, references: Sequence[str]) -> dict[str, Outcome]:
    """Return an outcome for each reference of a SubmitNoticesResponse; one without a result of its own is unknown."""
    results = _results(answer)
    return {reference: _outcome(results.get(reference, [])) for reference in references}


def read_standings(answer: etree._Element, references: Sequence[str]) -> dict[str, Standing]:
    """Return a standing for each reference of an InquireStatusResponse."""
    results = _results(answer)
    return {reference: _standing(results.get(reference, [])) for reference in references}


def read_receipts(answer: etree._Element) -> ReceiptPage:
    """Return the page of a FetchReceiptsResponse; each receipt's octets are a slice of the signed answer."""
    return ReceiptPage(
        # By place: what stands inside a receipt is the receipt's, whatever it is called.
        receipts=[RawReceipt(octets=canonical(sealed)) for sealed in answer.iterfind(f"{_J}Item/{_J}SignedReceipt/*")],
        cursor=answer.findtext(f"{_J}NextCursor", ""),
        more=_holds(answer, f"{_J}More"),
    )


def read_account(answer: etree._Element) -> bool:
    """Return whether the one person that an InquireAccountsResponse is about has an account."""
    return _holds(answer, f"{_J}Account/{_J}Active")


def judged_by_schema(payload: etree._Element, operation: str) -> etree._Element | None:
    """Return what of an answer to ``operation`` the contract's schema judges: all of it; of a fault, the detail that is
    ours, or None. Raises `Rejection` ``verify.addressing`` where it answers another operation."""
    if payload.tag == _FAULT:
        return next(payload.iterfind(f"detail/{_J}ServiceFault"), None)
    if payload.tag != f"{_J}{operation}Response":
        raise Rejection("verify.addressing", where=operation, detail="the answer to another operation")
    return payload


def fault_code(payload: etree._Element) -> str | None:
    """Return the stable code of a fault (``soap.fault`` where it has none), or None where the payload is no fault."""
    if payload.tag != _FAULT:
        return None
    return payload.findtext(f"detail/{_J}ServiceFault/{_J}Code") or "soap.fault"


def _holds(answer: etree._Element, path: str) -> bool:
    """Return whether there is an xs:boolean that is true; white space around it means nothing."""
    return answer.findtext(path, "").strip() in ("true", "1")


def _results(answer: etree._Element) -> dict[str, list[etree._Element]]:
    results: dict[str, list[etree._Element]] = {}
    for result in answer.iterfind(f"{_J}Result"):
        results.setdefault(result.findtext(f"{_J}Reference", ""), []).append(result)
    return results


def _outcome(results: Sequence[etree._Element]) -> Outcome:
    if len(results) != 1:
        return Unknown(code="courier.incomplete-answer", detail=f"{len(results)} results")
    (result,) = results
    if result.findtext(f"{_J}Status") == "DEFERRED":
        seconds = result.findtext(f"{_J}RetryAfterSeconds")
        return Deferred(
            code=result.findtext(f"{_J}Code") or "deferred",
            retry_after=_retry_after(seconds) if seconds else None,
        )
    return _told(result)


def _retry_after(seconds: str) -> timedelta:
    digits = seconds.strip().lstrip("+0") or "0"
    return timedelta(seconds=min(int(digits), MAX_RETRY_AFTER) if len(digits) < 10 else MAX_RETRY_AFTER)


def _standing(results: Sequence[etree._Element]) -> Standing:
    if len(results) != 1:
        return Unknown(code="courier.incomplete-answer", detail=f"{len(results)} results")
    return NotKnown() if results[0].findtext(f"{_J}Status") == "NOT_KNOWN" else _told(results[0])


def _told(result: etree._Element) -> Accepted | Rejected | NoAccount | Unknown:
    status, tracking = result.findtext(f"{_J}Status"), result.findtext(f"{_J}TrackingNumber")
    code = result.findtext(f"{_J}Code")
    if status == "ACCEPTED" and tracking:
        return Accepted(tracking_number=tracking)
    if status == "REJECTED" and code:
        return Rejected(code=code, text=result.findtext(f"{_J}Text") or "")
    if status == "NO_ACCOUNT":
        return NoAccount()
    return Unknown(code="courier.incomplete-answer", detail=f"status {status}")


def refuse_fault(payload: etree._Element, operation: str) -> None:
    """Raise `GatewayError` where a signed answer is a fault: `CallFailed` ``courier.busy``, or else
    ``courier.fault``."""
    code = fault_code(payload)
    if code == BUSY:
        raise CallFailed("courier.busy", where=operation)
    if code is not None:
        raise GatewayError("courier.fault", where=operation, detail=code)
