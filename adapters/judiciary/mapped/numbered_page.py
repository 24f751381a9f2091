"""Pages that a service numbers: the request of one, and what its answer says of those that follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from adapters.judiciary.call_context import CallContext
from gateway.judiciary.courier import RawReceipt, ReceiptPage
from gateway.judiciary.paging import PageAnswer, Paging, PagingWay, following, position
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError


def page_tree(paging: Paging, call: CallContext) -> dict[str, Any]:
    """Return the request for a page as `gateway.mapping.kinds.exchange_schemas.page_request_of` describes it."""
    limit = paging.limit(call.limit)
    if paging.by is PagingWay.CURSOR:
        return {"cursor": call.cursor or None, "limit": limit}
    here = position(paging, call.cursor, _today(call), limit)
    return {
        "limit": limit,
        "page": {"number": here.number, "offset": here.offset, "day": here.day, "until_day": here.until_day},
    }


def page_of(
    paging: Paging,
    call: CallContext,
    receipts: Sequence[RawReceipt],
    listed: Sequence[bytes],
    *,
    more: bool | None,
    pages: int | None,
) -> ReceiptPage:
    """Return the page with the cursor of the next one; ``listed`` are the elements that the answer lists, also those
    that are no receipt yet.

    Raises `GatewayError` ``mapped.field-invalid`` for a page without elements that promises more: nobody knows how far
    the walk may go.
    """
    if more and not listed:
        raise GatewayError("mapped.field-invalid", where="more", detail="a page without receipts promises more")
    today = _today(call)
    contents = sha256(b"".join(sha256(element).digest() for element in listed)).hexdigest()[:16]
    limit = paging.limit(call.limit)
    answer = PageAnswer(count=len(listed), limit=limit, contents=contents, more=more, pages=pages)
    then = following(paging, position(paging, call.cursor, today, limit), answer, today)
    return ReceiptPage(receipts=receipts, cursor=then.cursor, more=then.more, repeats=True)


def _today(call: CallContext) -> date:
    return call.now.astimezone(TEHRAN).date()
