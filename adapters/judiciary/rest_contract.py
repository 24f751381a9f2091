"""Our published contract eblagh-rest-1: the one file of the client that knows the names in its messages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from gateway.codes import Told
from gateway.courier import RawReceipt, ReceiptPage, SealSlice
from gateway.trust import Rejection

FAULT = "ServiceFault"

Body = Mapping[str, Any]


def submission(seals: Sequence[SealSlice]) -> Body:
    """The body of SubmitNotices: each seal as base64 of its exact octets, so that no escape can touch them."""
    return {
        "submissions": [
            {"reference": seal.reference, "sealed_notice": base64.b64encode(seal.octets).decode("ascii")}
            for seal in seals
        ]
    }


def inquiry(references: Sequence[str]) -> Body:
    """The body of InquireStatus, by our own references."""
    return {"inquiries": [{"reference": reference} for reference in references]}


def definition_of(answer: Body, operation: str) -> str:
    """Return which definition of the schema judges an answer to ``operation``."""
    return FAULT if "fault" in answer else f"{operation}Response"


def fault_code(answer: Body) -> str | None:
    """Return the stable code of a fault, or None where the answer is none."""
    fault = answer.get("fault")
    return None if fault is None else str(fault["code"])


def read_results(answer: Body) -> dict[str, list[Told]]:
    """Return the results of a SubmitNoticesResponse or an InquireStatusResponse, by their reference."""
    results: dict[str, list[Told]] = {}
    for result in answer["results"]:
        seconds = result.get("retry_after_seconds")
        told = Told(
            status=result["status"],
            tracking_number=result.get("tracking_number"),
            code=result.get("code"),
            text=result.get("text"),
            retry_after=None if seconds is None else timedelta(seconds=min(seconds, 10**9)),
        )
        results.setdefault(result.get("reference", ""), []).append(told)
    return results


def read_receipts(answer: Body) -> ReceiptPage:
    """Return the page of a FetchReceiptsResponse. Raises `Rejection` ``verify.schema`` where a receipt is no base64."""
    return ReceiptPage(
        receipts=[RawReceipt(octets=_octets(item["signed_receipt"], number)) for number, item in _items(answer)],
        cursor=answer["next_cursor"],
        more=answer["more"],
    )


def read_account(answer: Body) -> bool:
    """Return whether the one person that an InquireAccountsResponse is about has an account."""
    return bool(answer["accounts"][0]["active"])


def _items(answer: Body) -> Sequence[tuple[int, Body]]:
    return list(enumerate(answer["items"]))


def _octets(text: str, number: int) -> bytes:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise Rejection("verify.schema", where=f"items.{number}.signed_receipt", detail="not base64") from None
