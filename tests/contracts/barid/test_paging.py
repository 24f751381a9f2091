"""Barid's slips by day and page: what is asked for, and what is not of this way is refused with its place."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.settings import load_profile
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import GatewayError

from .server import PROFILE

CALL = replace(new_call(datetime(2026, 11, 28, 21, 0, tzinfo=UTC)), limit=200)  # the 29th in Tehran
REQUEST = """[mapping]
language = 1
name = "barid-page-request"
kind = "page-to-message"
[[field]]
target = "count"
from = "limit"
required = true
[[field]]
target = "page"
from = "page.number"
[[field]]
target = "from"
from = "page.day"
do = ["jalali-text"]
[[field]]
target = "until"
from = "page.until_day"
do = ["gregorian-text"]
"""
ANSWER = """[mapping]
language = 1
name = "barid-page"
kind = "answer-to-page"
[[repeat]]
target = "receipts"
from = "slips"
[[repeat.field]]
target = "octets"
from = "paper"
do = ["base64-decode"]
required = true
[[field]]
target = "pages"
from = "rest"
"""
PAGING = '\n[paging]\nby = "day"\noverlap_days = 1\ndays = 31\nsize = 20\n'


def laid(folder: Path, *, paging: str = PAGING, request: str = REQUEST, confirms: bool = False) -> Path:
    shutil.copytree(PROFILE, folder)
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    schema = document["components"]["requestBodies"]["Next"]["content"]["application/jose"]["schema"]
    schema["properties"] |= {"page": {"type": "integer"}, "from": {"type": "string"}, "until": {"type": "string"}}
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "page-request.toml").write_text(request, encoding="utf-8")
    (folder / "page.toml").write_text(ANSWER, encoding="utf-8")
    before, _, after = (folder / "profile.toml").read_text(encoding="utf-8").partition("[operations.confirm]")
    rest = f"[operations.confirm]{after}" if confirms else after[after.index("\n[") :]
    (folder / "profile.toml").write_text(before + rest + paging, encoding="utf-8")
    return folder


def test_days_and_pages_are_asked_for_until_today_and_then_again(tmp_path: Path) -> None:
    profile = load_profile(str(laid(tmp_path / "barid")), Path())
    assert "lost.receipts-days" in profile.losses
    contract = mapped_rest_contract(profile)
    assert contract.page(CALL) == {"count": 20, "page": 1, "from": "1405/09/07", "until": "2026-11-29"}
    slips = [{"no": f"RS-{n}", "paper": base64.b64encode(b"<slip/>").decode()} for n in (1, 2)]
    first = contract.receipts({"slips": slips, "rest": 2}, CALL)
    assert first.repeats
    assert first.more
    second = replace(CALL, cursor=first.cursor)
    assert contract.page(second) == {"count": 20, "page": 2, "from": "1405/09/07", "until": "2026-11-29"}
    last = contract.receipts({"slips": slips[:1], "rest": 2}, second)
    assert (last.cursor, last.more) == ("day:2026-11-28/1", False)


def test_a_cursor_is_no_part_of_a_request_by_day(tmp_path: Path) -> None:
    folder = laid(tmp_path / "barid", request=REQUEST.replace('"page.number"', '"cursor"'))
    with pytest.raises(MappingMistaken) as refusal:
        mapped_rest_contract(load_profile(str(folder), Path()))
    [mistake] = refusal.value.mistakes
    assert (mistake.code, mistake.line) == ("mapping.source-unknown", 11)
    assert "page.number" in mistake.found.en


@pytest.mark.parametrize(
    ("paging", "reported"),
    [
        (PAGING, "does not go with [operations.confirm]"),
        ('\n[paging]\nby = "cursor"\nsize = 20\n', 'size says nothing with by = "cursor"'),
        ('\n[paging]\nby = "number"\ndays = 2\n', 'days says nothing with by = "number"'),
        ('\n[paging]\nby = "date"\n', "one of these is wanted"),
        ('\n[paging]\nby = "day"\noverlap = 2\n', "did you mean overlap_days?"),
    ],
)
def test_what_does_not_go_together_is_refused_with_its_line(tmp_path: Path, paging: str, reported: str) -> None:
    folder = laid(tmp_path / "barid", paging=paging, confirms=True)
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(folder), Path())
    assert refusal.value.code.startswith("config.")
    assert reported in refusal.value.detail


def test_a_page_without_receipts_that_promises_more_is_not_believed(tmp_path: Path) -> None:
    folder = laid(tmp_path / "barid", paging='\n[paging]\nby = "number"\n')
    (folder / "page-request.toml").write_text(REQUEST.partition('[[field]]\ntarget = "from"')[0], encoding="utf-8")
    answer = ANSWER.replace('target = "pages"\nfrom = "rest"', 'target = "more"\nfrom = "rest"\ndo = ["boolean"]')
    (folder / "page.toml").write_text(answer, encoding="utf-8")
    contract = mapped_rest_contract(load_profile(str(folder), Path()))
    assert not contract.receipts({"slips": [], "rest": 0}, CALL).more
    with pytest.raises(GatewayError) as refusal:
        contract.receipts({"slips": [], "rest": 1}, CALL)
    assert (refusal.value.code, refusal.value.where) == ("mapped.field-invalid", "more")
