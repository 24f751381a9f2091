"""Our published contract eblagh-rest-1: the one file of the client that knows the names in its messages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from adapters.crypto.schema.message_schema import MessageSchema
from adapters.judiciary.call_context import CallContext
from adapters.judiciary.wire import Fault, Submission
from gateway.judiciary.courier import (
    NamedNotice,
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

FAULT = "ServiceFault"

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RestContract:
    """Contract (`adapters.judiciary.wire.Contract`) eblagh-rest-1; ``codes`` are the judiciary's codes of results."""

    schema: MessageSchema
    codes: CodeTable = USUAL_CODES

    def token_places(self, operation: str) -> Sequence[str]:  # noqa: ARG002 - it has no sessions
        return ()

    def submission(self, seals: Sequence[SealSlice], _call: CallContext) -> Submission[Body]:
        return Submission(content=submission(seals))

    def inquiry(self, references: Sequence[str], _call: CallContext) -> Body:
        return inquiry(references)

    def ticket_question(self, _reference: str, _ticket: str, _call: CallContext) -> None:
        return None

    def page(self, call: CallContext) -> Body:
        return {"cursor": call.cursor, "limit": call.limit}

    def poll(self, _notices: Sequence[NamedNotice], _call: CallContext) -> None:
        return None

    def confirmation(self, receipt_ids: Sequence[str], _call: CallContext) -> Body:
        return {"receipt_ids": list(receipt_ids)}

    def account(self, kind: str, identifier: str, _call: CallContext) -> Body:
        return {"persons": [{"kind": kind, "identifier": identifier}]}

    def assert_answers(self, operation: str, answer: Body) -> None:
        self.schema.assert_fits(definition_of(answer, operation), answer)

    def fault(self, operation: str, answer: Body) -> Fault | None:  # noqa: ARG002 - the same for all
        code = fault_code(answer)
        return None if code is None else Fault(code=code)

    def outcomes(self, answer: Body, call: CallContext) -> Mapping[str, Outcome]:
        return outcomes_by(read_results(answer), call.references, self.codes)

    def standings(self, answer: Body, call: CallContext) -> Mapping[str, Standing]:
        return standings_by(read_results(answer), call.references, self.codes)

    def ticket_standing(self, _answer: Body, _call: CallContext) -> TicketStanding:
        return Unknown(code="courier.contract")

    def receipts(self, answer: Body, _call: CallContext) -> ReceiptPage:
        return read_receipts(answer)

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        return receipt

    def has_account(self, answer: Body) -> bool:
        return read_account(answer)


def submission(seals: Sequence[SealSlice]) -> Body:
    """Return the body of SubmitNotices: each seal as base64 of its exact octets, so that no escape can touch them."""
    return {
        "submissions": [
            {"reference": seal.reference, "sealed_notice": base64.b64encode(seal.octets).decode("ascii")}
            for seal in seals
        ]
    }


def inquiry(references: Sequence[str]) -> Body:
    """Return the body of InquireStatus, by our own references."""
    return {"inquiries": [{"reference": reference} for reference in references]}


def definition_of(answer: Body, operation: str) -> str:
    """Return the name of the schema's definition that judges an answer to ``operation``."""
    return FAULT if "fault" in answer else f"{operation}Response"


def fault_code(answer: Body) -> str | None:
    """Return the stable code of a fault, or None if the answer is none."""
    fault = answer.get("fault")
    return None if fault is None else str(fault["code"])


def read_results(answer: Body) -> dict[str, list[ContractResult]]:
    """Return the results of a SubmitNoticesResponse or an InquireStatusResponse, by their reference."""
    results: dict[str, list[ContractResult]] = {}
    for result in answer["results"]:
        seconds = result.get("retry_after_seconds")
        told = ContractResult(
            status=result["status"],
            tracking_number=result.get("tracking_number"),
            code=result.get("code"),
            text=result.get("text"),
            retry_after=None if seconds is None else timedelta(seconds=min(seconds, 10**9)),
        )
        results.setdefault(result.get("reference", ""), []).append(told)
    return results


def read_receipts(answer: Body) -> ReceiptPage:
    """Return the page of a FetchReceiptsResponse. Raises `Rejection` ``verify.schema`` if a receipt is no base64."""
    return ReceiptPage(
        receipts=[RawReceipt(octets=_octets(item["signed_receipt"], number)) for number, item in _items(answer)],
        cursor=answer["next_cursor"],
        more=answer["more"],
    )


def read_account(answer: Body) -> bool:
    """Return True if the one person of an InquireAccountsResponse has an account."""
    return bool(answer["accounts"][0]["active"])


def _items(answer: Body) -> Sequence[tuple[int, Body]]:
    return list(enumerate(answer["items"]))


def _octets(text: str, number: int) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Rejection("verify.schema", where=f"items.{number}.signed_receipt", detail="not base64") from None
