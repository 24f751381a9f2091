"""Pages that a service numbers: elements that are no receipt yet are a part of their page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.numbered_page import page_of
from gateway.judiciary.courier import RawReceipt
from gateway.judiciary.paging import Paging, PagingWay
from gateway.runtime.errors import GatewayError

CALL = replace(new_call(datetime(2026, 11, 28, 9, 0, tzinfo=UTC)), limit=3, cursor="page:2/3/1")
NUMBER = Paging(by=PagingWay.NUMBER)
RECEIPT = RawReceipt(octets=b"a receipt")
WAITING = [b"waits 1", b"waits 2"]


def test_a_full_page_with_one_receipt_is_not_the_last() -> None:
    page = page_of(NUMBER, CALL, [RECEIPT], [*WAITING, RECEIPT.octets], more=None, pages=None)
    assert (page.more, page.cursor.rpartition("/")[0]) == (True, "page:3/3/1")
    assert page.receipts == [RECEIPT]


def test_a_page_that_is_not_full_is_the_last() -> None:
    page = page_of(NUMBER, CALL, [RECEIPT], [WAITING[0], RECEIPT.octets], more=None, pages=None)
    assert (page.more, page.cursor) == (False, "page:2/3/1")


def test_a_page_of_waiting_elements_may_promise_more() -> None:
    page = page_of(NUMBER, CALL, [], WAITING, more=True, pages=None)
    assert (page.more, page.cursor.rpartition("/")[0]) == (True, "page:3/3/1")
    with pytest.raises(GatewayError) as refused:
        page_of(NUMBER, CALL, [], [], more=True, pages=None)
    assert (refused.value.code, refused.value.where) == ("mapped.field-invalid", "more")


def test_two_pages_of_other_elements_are_not_the_same_page() -> None:
    first = page_of(NUMBER, CALL, [], WAITING, more=True, pages=None)
    second = page_of(NUMBER, replace(CALL, cursor=first.cursor), [], [b"waits 3"], more=True, pages=None)
    again = page_of(NUMBER, replace(CALL, cursor=first.cursor), [], WAITING, more=True, pages=None)
    assert (second.more, again.more) == (True, False)
