"""Compiled mappings read documents: paths, lists in lists, tables, conditions, documents, and refusals."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.shipped.resources import CASE_MAPPING
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.notice_schemas import Bodies, notice_tree
from gateway.mapping.program.program import MAX_PROBLEMS
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind
from tests.mappers import unexamined

from .compiled import run
from .rows import BODIES, GOOD, PDF

ANSWER = """
[mapping]
language = 1
name = "their-answer-1"
kind = "answer-to-outcome"

[tables.state]
unknown = { value = "UNKNOWN" }
entries = { 1 = "ACCEPTED", 2 = "REJECTED", 7 = "NO_ACCOUNT" }

[[repeat]]
target = "results"
from = "Response.Items.Item"
[[repeat.field]]
target = "reference"
from = '"Client Ref"'
required = true
[[repeat.field]]
target = "status"
from = "State"
do = [{ name = "lookup", table = "state" }]
required = true
[[repeat.field]]
target = "tracking_number"
when = { target = "status", is = "ACCEPTED" }
expression = "Ids[?Type == 'tracking'].Value | [0]"
required = true
[[repeat.field]]
target = "code"
from = "Errors[*].Code"
do = [{ name = "join", between = "," }]
[[repeat.field]]
target = "text"
from = "$.Response.Note"
"""


def answer(*items: Any, note: str | None = None) -> dict[str, Any]:
    return {"Response": {"Items": {"Item": list(items)}, "Note": note}}


def test_an_answer_becomes_an_outcome_for_each_notice() -> None:
    accepted = {
        "Client Ref": "A",
        "State": "۱",
        "Ids": [{"Type": "x", "Value": "9"}, {"Type": "tracking", "Value": "77"}],
    }
    rejected = {"Client Ref": "B", "State": 2, "Errors": [{"Code": "E1"}, {}, {"Code": "E2"}]}
    values, problems = run(ANSWER, answer(accepted, rejected, note="سلام"))
    assert problems == []
    assert values["results"] == [
        {"reference": "A", "status": "ACCEPTED", "tracking_number": "77", "text": "سلام"},
        {"reference": "B", "status": "REJECTED", "code": "E1,E2", "text": "سلام"},
    ]


def test_a_status_that_nobody_knows_stays_unknown() -> None:
    values, problems = run(ANSWER, answer({"Client Ref": "A", "State": "42"}))
    assert (values["results"], problems) == ([{"reference": "A", "status": "UNKNOWN"}], [])


def test_one_element_alone_is_a_list_of_one_and_none_is_none() -> None:
    alone = {"Response": {"Items": {"Item": {"Client Ref": "A", "State": "2"}}}}
    assert run(ANSWER, alone)[0]["results"] == [{"reference": "A", "status": "REJECTED"}]
    assert run(ANSWER, {"Response": None}) == ({}, [])


def test_a_problem_in_one_element_is_told_and_nothing_is_made() -> None:
    values, problems = run(ANSWER, answer({"Client Ref": "A", "State": "1"}, {"State": "2"}))
    assert problems == [("mapped.field-missing", "Ids"), ("mapped.field-missing", "Client Ref")]
    assert "results" not in values


def test_a_list_of_nothing_but_mistakes_is_not_read_to_its_end() -> None:
    _, problems = run(ANSWER, answer(*[{"State": "2"}] * 5000))
    assert problems == [("mapped.field-missing", "Client Ref")] * (MAX_PROBLEMS + 1)


def test_a_condition_on_what_has_a_problem_is_not_judged() -> None:
    _, problems = run(ANSWER, answer({"Client Ref": "A"}))
    assert problems == [("mapped.field-missing", "State")]


MESSAGE = """
[mapping]
language = 1
name = "their-message-1"
kind = "notice-to-message"

[tables.person]
unknown = "refuse"
entries = { NATURAL = 1, LEGAL = 2, FOREIGN = 3 }

[[field]]
target = "Header.@version"
value = "2"

[[repeat]]
from = "notices"
target = "Body.Papers.Paper"
[[repeat.field]]
target = "Ref"
from = "reference"
required = true
[[repeat.field]]
target = "Person.Type"
from = "recipient.kind"
do = [{ name = "lookup", table = "person" }]
[[repeat.field]]
target = "Person.Mobile"
from = "recipient.mobile"
do = ["domestic-mobile"]
default = "-"
[[repeat.field]]
target = "Year"
expression = "issued_on && join('', ['G', issued_on])"
do = [{ name = "cut", end = 5 }]
[[repeat.field]]
target = "Issued"
from = "issued_on"
do = ["jalali-text"]
[[repeat.field]]
target = "File.Data"
when = { from = "document.size", is-not = 0 }
from = "document.octets"
do = ["base64-encode"]
[[repeat.field]]
target = "File.Hash"
from = "document.octets"
do = [{ name = "digest", form = "base64" }]
[[repeat.repeat]]
target = "Tags.Tag"
when = { any = [{ from = "kind", one-of = ["ruling", "order"] }, { from = "predecessor", present = true }] }
[[repeat.repeat.field]]
target = "Name"
value = "final"
"""


def notice(mobile: str | None = None, kind: str = "ruling") -> Notice:
    return Notice(
        body=IssuingBody(code="article-100", title="کمیسیون", district="منطقه ۵"),
        case_number="1404/1",
        paper_number="7",
        kind=kind,
        subject="رأی",
        issued_on=date(2026, 2, 3),
        recipient=Recipient(kind=RecipientKind.LEGAL, identifier="14007650912", name="شرکت نمونه", mobile=mobile),
        document=Document(name="ruling.pdf", media_type="application/pdf", octets=PDF),
    )


def test_notices_become_a_message_of_another_shape() -> None:
    first, second = notice("+989123456789"), notice(kind="summons")
    values, problems = run(MESSAGE, {"notices": [notice_tree(first), notice_tree(second)]})
    assert problems == []
    assert values["Header"] == {"@version": "2"}
    one, other = values["Body"]["Papers"]["Paper"]
    assert one["Ref"] == first.reference
    assert one["Person"] == {"Type": 2, "Mobile": "09123456789"}
    assert one["Year"] == "G2026"
    assert (one["Issued"], one["Tags"]) == ("1404/11/14", {"Tag": [{"Name": "final"}]})
    assert base64.b64decode(one["File"]["Data"]) == PDF
    assert other["Person"]["Mobile"] == "-"
    assert "Tags" not in other


RECEIPT = """
[mapping]
language = 1
name = "their-receipt-1"
kind = "receipt-to-event"
[tables.event]
unknown = "refuse"
entries = { 10 = "ContentConsignment", 20 = "ContentHandover" }
[[field]]
target = "receipt_id"
expression = "join('-', [Id, to_string(Serial)])"
required = true
[[field]]
target = "reference"
from = "Ref"
required = true
[[field]]
target = "event"
from = "Code"
do = [{ name = "lookup", table = "event" }]
required = true
[[field]]
target = "event_time"
when = { from = "Date", present = true }
from = "Date"
do = ["jalali-time"]
required = true
[[field]]
target = "event_time"
from = "Epoch"
do = ["epoch-time"]
required = true
"""


def test_a_receipt_with_numbers_and_jalali_times_becomes_an_event() -> None:
    receipt = {"Id": "r", "Serial": 5, "Ref": "EB-1", "Code": 20, "Date": "1404/11/14 12:00:00"}
    values, problems = run(RECEIPT, receipt)
    noon = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)
    assert problems == []
    assert values == {"receipt_id": "r-5", "reference": "EB-1", "event": "ContentHandover", "event_time": noon}
    again, _ = run(RECEIPT, receipt | {"Date": None, "Epoch": 1770107400})
    assert again["event_time"] == noon


def test_an_event_that_is_in_no_table_is_refused_and_not_guessed() -> None:
    receipt = {"Id": "r", "Serial": 5, "Ref": "EB-1", "Code": 30, "Date": "1404/11/14 12:00:00"}
    assert run(RECEIPT, receipt)[1] == [("mapped.unknown-value", "Code")]


def test_codes_of_rows_never_blame_a_clerk_for_a_message() -> None:
    receipt = {"Id": "r", "Serial": 5, "Ref": "EB-1", "Code": 10, "Date": "1404/12/31 12:00:00"}
    assert run(RECEIPT, receipt)[1] == [("mapped.field-invalid", "Date")]


def test_an_expression_that_does_not_suit_the_document_is_a_refusal() -> None:
    receipt = {"Id": ["r"], "Serial": 5, "Ref": "EB-1", "Code": 10, "Epoch": 1}
    assert run(RECEIPT, receipt)[1] == [("mapped.field-invalid", "Id")]


@pytest.mark.parametrize(
    ("reason", "made"), [(" " * 600 + "x", True), (" " * 2000, False), ("\u200f" * 700, False), ("\u0640\u0640", False)]
)
def test_a_long_text_is_missing_only_if_nothing_of_it_is_seen(reason: str, made: bool) -> None:
    text = RESULT.replace('from = "state"', 'from = "reason"').replace("required = true", "")
    assert ("EblaghState" in run(text, {"reason": reason})[0]) is made


RESULT = """
[mapping]
language = 1
name = "their-columns-1"
kind = "result-to-row"
[[field]]
target = "EblaghDate"
from = "delivered_at"
do = ["day-of", { name = "jalali-text", form = "yyyymmdd" }]
[[field]]
target = "EblaghState"
from = "state"
required = true
"""


def test_what_became_of_a_notice_becomes_columns_of_the_municipalitys_own() -> None:
    late = datetime(2026, 2, 2, 21, tzinfo=UTC)
    assert run(RESULT, {"state": "DELIVERED", "delivered_at": late}) == (
        {"EblaghDate": "14041114", "EblaghState": "DELIVERED"},
        [],
    )
    assert run(RESULT, {"state": "REJECTED", "delivered_at": None})[0] == {"EblaghState": "REJECTED"}


def row_mapping() -> str:
    """The shipped mapping, for a view that holds its documents as base64 and names their digests."""
    text = CASE_MAPPING.read_text(encoding="utf-8")
    text = text.replace('from = "document"\n', 'from = "document"\ndo = ["base64-decode"]\n')
    return text + '\n[[field]]\ntarget = "document.digest"\nfrom = "sha256"\nrefuse = "document.digest"\n'


@pytest.mark.parametrize(
    ("digest", "code"),
    [
        (hashlib.sha256(PDF).hexdigest(), None),
        ("sha256:" + hashlib.sha256(PDF).hexdigest().upper(), None),
        (None, None),
        (hashlib.sha256(PDF + b" ").hexdigest(), "document.digest"),
        ("no digest", "document.digest"),
    ],
)
def test_a_document_in_base64_is_the_one_whose_digest_the_row_names(digest: str | None, code: str | None) -> None:
    program = compile_mapping(row_mapping().encode(), "row.toml")
    row = GOOD | {"document": base64.b64encode(PDF).decode(), "sha256": digest}
    made = program.run(row, Bodies(by_code=BODIES, examine=unexamined))
    assert [problem.code for problem in made.problems] == ([code] if code else [])
    assert code or made.values["document.octets"] == PDF
