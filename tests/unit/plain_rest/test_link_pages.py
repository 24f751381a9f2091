"""Pages after a cursor: a page that tells none, as the last one of RFC 8288 does, leaves the position where it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.plain_rest.http_message import RestResponse

from .rest_example import NOW, bound, changed

REQUIRED = 'from = "body.next"\nrequired = true'


@pytest.fixture
def contract(tmp_path: Path) -> MappedContract[Any]:
    folder = changed(tmp_path, "page.toml", (REQUIRED, 'from = "body.next"'))
    return bound(folder)[1]


def page(contract: MappedContract[Any], cursor: str, receipts: list[str], following: str | None) -> Any:
    said = {"receipts": receipts} | ({} if following is None else {"next": following})
    call = replace(new_call(NOW), cursor=cursor, limit=3)
    return contract.receipts(RestResponse(status=200, headers={}, body=said), call)


def test_a_page_that_tells_a_cursor_moves_the_position(contract: MappedContract[Any]) -> None:
    found = page(contract, "3", ["e30.e30.e30"], "5")
    assert (found.cursor, found.repeats) == ("5", False)


@pytest.mark.parametrize("receipts", [[], ["e30.e30.e30"]])
def test_a_page_without_a_cursor_keeps_the_last_known_one(contract: MappedContract[Any], receipts: list[str]) -> None:
    found = page(contract, "3", receipts, None)
    assert found.cursor == "3"
    assert found.repeats, "the same page is read in each pass: it is recorded for what is new in it alone"


def test_a_first_page_without_a_cursor_is_read_from_the_beginning(contract: MappedContract[Any]) -> None:
    found = page(contract, "", ["e30.e30.e30"], None)
    assert (found.cursor, found.repeats) == ("", True)
