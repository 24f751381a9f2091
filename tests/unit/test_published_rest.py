"""Our contract in JSON, bound by the mapping files of its folder: what it writes, and what it reads."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.versions.profile_check import findings_of
from adapters.judiciary.call_context import CallContext, new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.settings import JudiciaryProfile, load_profile
from adapters.shipped.resources import PROFILES
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NamedNotice,
    NoAccount,
    NotKnown,
    RawReceipt,
    Rejected,
    SealSlice,
    Unknown,
)
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

FOLDER = PROFILES / "eblagh-rest-1"
UNCLEAR = "courier.incomplete-answer"
CALL = new_call(datetime(2026, 2, 3, tzinfo=UTC))
OCTETS = b'<n:Notice xmlns:n="urn:eblagh:notice:1"/>'


@cache
def contract() -> MappedContract[Any]:
    return mapped_rest_contract(load_profile("eblagh-rest-1", Path()))


def about(*references: str) -> CallContext:
    return replace(CALL, notices=[NamedNotice(reference=each) for each in references])


def test_requests_have_these_texts() -> None:
    def text(body: Any) -> str:
        return json.dumps(body, separators=(",", ":"))

    seal, bound, asked = SealSlice(reference="EB-A", octets=OCTETS, digest=sha256(OCTETS)), contract(), CALL
    sealed = base64.b64encode(OCTETS).decode("ascii")
    made = bound.submission([seal], CALL)
    assert text(made.content) == f'{{"submissions":[{{"reference":"EB-A","sealed_notice":"{sealed}"}}]}}'
    assert made.slices == ()
    assert text(bound.inquiry(["EB-A", "EB-B"], CALL)) == '{"inquiries":[{"reference":"EB-A"},{"reference":"EB-B"}]}'
    asked = replace(CALL, cursor="7", limit=20)
    assert text(bound.page(asked)) == '{"cursor":"7","limit":20}'
    assert text(bound.page(replace(asked, cursor=""))) == '{"cursor":"","limit":20}'
    assert text(bound.confirmation(["R-1", "R-2"], CALL)) == '{"receipt_ids":["R-1","R-2"]}'
    person = bound.account("NATURAL", "9990000000", CALL)
    assert text(person) == '{"persons":[{"kind":"NATURAL","identifier":"9990000000"}]}'


LONG = "متن" * 1300


@pytest.mark.parametrize(
    ("result", "outcome", "standing"),
    [
        ({"status": "ACCEPTED", "tracking_number": "T-1"}, Accepted(tracking_number="T-1"), None),
        ({"status": "ACCEPTED"}, Unknown(code=UNCLEAR, detail="status ACCEPTED"), None),
        ({"status": "REJECTED", "code": "R-102", "text": "x"}, Rejected(code="R-102", text="مخاطب درگذشته است."), None),
        ({"status": "REJECTED", "code": "E-7", "text": LONG}, Rejected(code="E-7", text=LONG), None),
        ({"status": "REJECTED", "code": "E-7", "text": "a\0b\ud800"},
         Rejected(code="E-7", text="a\ufffdb\ufffd"), None),
        ({"status": "NO_ACCOUNT"}, NoAccount(), None),
        ({"status": "DEFERRED", "retry_after_seconds": 60}, Deferred(code="deferred", retry_after=timedelta(minutes=1)),
         Unknown(code=UNCLEAR, detail="status DEFERRED")),
        ({"status": "DEFERRED", "code": "busy", "retry_after_seconds": 10**30},
         Deferred(code="busy", retry_after=timedelta(days=1)),
         Unknown(code=UNCLEAR, detail="status DEFERRED; the service says busy")),
        ({"status": "NOT_KNOWN"}, Unknown(code=UNCLEAR, detail="status NOT_KNOWN"), NotKnown()),
        ({"status": "FILED", "text": "y"}, Unknown(code=UNCLEAR, detail="status FILED; the service says y"), None),
        ({"status": "PENDING"}, Unknown(code=UNCLEAR, detail="status PENDING"), None),
    ],
)  # fmt: skip
def test_a_word_means_what_the_profile_says(result: dict[str, Any], outcome: object, standing: object) -> None:
    answer, bound = {"results": [{"reference": "EB-A", **result}]}, contract()
    bound.assert_answers("SubmitNotices", answer)
    assert bound.outcomes(answer, about("EB-A")) == {"EB-A": outcome}
    assert bound.standings(answer, about("EB-A")) == {"EB-A": standing or outcome}


@pytest.mark.parametrize("told", [{"status": "ACCEPTED", "tracking_number": "T" * 201}, {"code": "C" * 201}])
def test_a_number_or_a_code_that_no_index_can_hold_is_not_understood(told: dict[str, str]) -> None:
    answer = {"results": [{"reference": "EB-A", "status": "REJECTED", **told}]}
    for read in (contract().outcomes, contract().standings):
        outcome = read(answer, about("EB-A"))["EB-A"]
        assert isinstance(outcome, Unknown)
        assert outcome.code == "mapped.field-too-long"


def test_only_one_result_by_its_reference_counts() -> None:
    told = {"status": "NO_ACCOUNT"}
    twice = {"reference": "EB-B", **told}
    answer = {"results": [told, twice, twice, {"reference": "EB-D", **told}]}
    assert contract().outcomes(answer, about("EB-A", "EB-B")) == {
        "EB-A": Unknown(code=UNCLEAR, detail="0 results"),
        "EB-B": Unknown(code=UNCLEAR, detail="2 results"),
    }
    assert contract().outcomes({"results": [told]}, about("EB-A"))["EB-A"] == Unknown(code=UNCLEAR, detail="0 results")


def page(*receipts: str) -> dict[str, Any]:
    items = [{"receipt_id": "R-1", "signed_receipt": each} for each in receipts]
    return {"items": items, "next_cursor": "9", "more": True}


def test_receipts_are_taken_in_their_order_an_empty_one_too() -> None:
    found = contract().receipts(page("PHg+", "", "PHk+"), CALL)
    assert found.receipts == [RawReceipt(octets=octets) for octets in (b"<x>", b"", b"<y>")]
    assert (found.cursor, found.more, found.repeats) == ("9", True, False)


@pytest.mark.parametrize("text", ["PHg", "PH\ng+", " PHg+", "é", "A==="])
def test_a_receipt_that_is_no_base64_makes_the_page_unreadable(text: str) -> None:
    with pytest.raises(Rejection) as refusal:
        contract().receipts(page("PHk+", text), CALL)
    assert refusal.value.code == "verify.schema"


def test_the_first_account_is_the_one_that_was_asked_about() -> None:
    def answer(*active: bool) -> dict[str, Any]:
        return {"accounts": [{"identifier": "9990000000", "active": each} for each in active]}

    assert contract().has_account(answer(True))
    assert not contract().has_account(answer(False, True))


@pytest.mark.parametrize("name", ["eblagh-1", "eblagh-rest-1"])
def test_a_copy_of_a_shipped_folder_is_checked_file_by_file(tmp_path: Path, name: str) -> None:
    folder = shutil.copytree(PROFILES / name, tmp_path / "mine")
    assert findings_of(folder).is_ready
    page, text = folder / "page.toml", (folder / "page.toml").read_text(encoding="utf-8")
    page.write_text(text.replace('target = "more"', 'target = "mor"'), encoding="utf-8")
    found = findings_of(folder)
    assert [Path(each.file).name for each in found.mistaken] == ["page.toml"]


def before(tmp_path: Path) -> JudiciaryProfile:
    """Return a profile as folders and bundles were before they had mapping files."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("openapi.json", "messages-1.schema.json"):
        shutil.copy(FOLDER / name, folder)
    text = (FOLDER / "profile.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[operations.submit]")
    rest = (
        rest[rest.index("# The judiciary's words") :].replace('fault = "fault.code" ', "").replace("ACCEPTED", "QABUL")
    )
    (folder / "profile.toml").write_text(head + rest, encoding="utf-8")
    return load_profile(str(folder), Path())


def test_a_profile_from_before_the_mapping_files_goes_on(tmp_path: Path) -> None:
    profile = before(tmp_path)
    bound = mapped_rest_contract(profile)
    assert profile.mappings == FOLDER
    assert bound.inquiry(["EB-A"], CALL) == contract().inquiry(["EB-A"], CALL)
    told = {"results": [{"reference": "EB-A", "status": "QABUL", "tracking_number": "T-1"}]}
    assert bound.outcomes(told, about("EB-A")) == {"EB-A": Accepted(tracking_number="T-1")}
    assert isinstance(contract().outcomes(told, about("EB-A"))["EB-A"], Unknown)


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ('fault = "fault.code" ', "", "[operations.…] and codes.fault go together"),
        ("[operations.account] ", "[operations.poll]", "has the operations account, confirm, inquire"),
        ("[codes.statuses]", '[receipt]\nform = "status"\n[codes.statuses]', "belong to contracts bound by mapping"),
        ("[codes.statuses]", "[ticket]\nevery_seconds = 60\n[codes.statuses]", "go together"),
        ("[codes.statuses]", '[security.jws]\ntyp = "x"\n[codes.statuses]', "security.jws"),
    ],
)
def test_a_profile_of_our_contract_has_its_operations_alone(tmp_path: Path, old: str, new: str, reported: str) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "mine")
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1
    (folder / "profile.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(folder), Path())
    assert refusal.value.code in ("config.value", "profile.unsupported")
    assert reported in f"{refusal.value.where} {refusal.value.detail}"
