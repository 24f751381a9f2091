"""Rows that the gateway keeps itself, in the export for the person of their notice; and those that no search finds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.source_row import Refusal
from gateway.personal_data.explained import RECIPIENT_INTRO, RECIPIENT_MISSING, WITHOUT_PAPERS
from gateway.record.evidence_record import EvidenceKind
from gateway.record.retention_class import Rule
from gateway.runtime.bilingual import Words
from gateway.store.inbox import PushedRow
from gateway.store.stored import Changes

from .builders import NOW, entry, intake, reference, seal
from .test_personal_data import KEY, REZA, WANTED, ZAHRA, files, told

pytestmark = pytest.mark.exhaustive(draw=["place"])

PAPER, PLAN, OTHER = seal(1)[:9], b"%PDF-1.7 plan\n%%EOF", b"no known form"
FIELDS: dict[str, Any] = {
    "recipient_id": ZAHRA,
    "recipient_name": "زهرا کریمی",
    "mobile": "09120000000",
    "note_of_clerk": "تماس گرفت",
    "issued_on": date(2026, 2, 1),
    "area": 81.5,
    "paper": PAPER,
    "plan": PLAN,
    "owners": ({"name": "زهرا کریمی", "deed": PLAN}, {"name": "شریک", "deed": OTHER}),
}
FOLDER = f"notices/{reference(1)}"


def push(store: SqlStore, version: int = 1, **fields: Any) -> None:
    row = PushedRow(key="row-1", version=version, fields={**FIELDS, **fields})
    store.inbox.push("portal", [row], origin="rest", now=NOW)


def admit(store: SqlStore) -> None:
    """Make a notice of the row."""
    push(store)
    present = entry(1, source="portal", state=DeliveryState.VIEWED, state_since=NOW, written_seq=9)
    new = replace(intake(present), recipients=[KEY.entry_of(reference(1), ZAHRA)])
    store.commit(replace(new, seen=store.inbox.marks("portal", 0, 9)))


def refuse(store: SqlStore) -> None:
    [mark] = store.inbox.marks("portal", 0, 9)
    told = Refusal(
        source="portal",
        row_key="row-1",
        row_version=mark.version,
        code="recipient.national-id",
        field="recipient_id",
        reason="x",
        refused_at=NOW,
    )
    store.commit(Changes(refusals=[told], seen=[mark]))


def test_a_notice_has_the_row_that_was_brought(store: SqlStore) -> None:
    admit(store)
    found = files(store)
    row = json.loads(found[f"{FOLDER}/row.json"])
    assert (row["source"], row["key"], told(found, 1)["brought_row"]) == ("portal", "row-1", "row.json")
    fields = row["fields"]
    assert {name for name, value in FIELDS.items() if fields[name] == value} >= {*list(FIELDS)[:4], "area"}
    assert fields["issued_on"] == "2026-02-01"
    assert fields["paper"]["file"] == f"{FOLDER}/paper.pdf", "a document of the notice is there once"
    assert fields["plan"] == fields["owners"][0]["deed"]
    assert [found[each["file"]] for each in (fields["plan"], fields["owners"][1]["deed"])] == [PLAN, OTHER]
    assert [name for name in found if "row-document" in name] == [
        f"{FOLDER}/row-document-1.pdf",
        f"{FOLDER}/row-document-2.bin",
    ]
    assert files(store) == found


def test_rows_may_name_others_and_are_left_out_with_the_papers(store: SqlStore) -> None:
    admit(store)
    found = files(store, wanted=replace(WANTED, papers=False))
    assert not [name for name in found if "row" in name]
    assert told(found, 1)["brought_row"] is None
    assert says(found, WITHOUT_PAPERS)


@pytest.mark.parametrize("decided", [True, False])
def test_a_later_version_that_made_no_notice_is_nobodys_yet(store: SqlStore, decided: bool) -> None:
    """It may be about another person, whose data is not for this one."""
    admit(store)
    push(store, version=2, recipient_id=REZA, recipient_name="رضا صادقی")
    if decided:
        refuse(store)
    found = files(store)
    assert told(found, 1)["brought_row"] is None
    assert "رضا صادقی" not in b"".join(found.values()).decode()


def test_a_row_whose_content_has_ended_is_not_there(store: SqlStore) -> None:
    admit(store)
    store.log.place(100)
    rule = Rule(name="all", kinds=frozenset({EvidenceKind.SEALED_NOTICE}), life=timedelta(days=1))
    assert store.inbox.end_rows([rule], NOW + timedelta(days=2), store.log.size())[0] == 1
    assert told(files(store), 1)["brought_row"] is None


def test_the_answer_says_that_refused_rows_are_kept_whole_and_not_searched(store: SqlStore) -> None:
    """A refused row stays with its name, identifier and documents; no search by identifier finds it."""
    admit(store)
    row = PushedRow(key="row-9", version=1, fields=FIELDS)
    store.inbox.push("portal", [row], origin="rest", now=NOW)
    [kept] = store.inbox.rows("portal", ["row-9"])
    assert kept.fields == FIELDS
    found = files(store)
    assert says(found, RECIPIENT_INTRO[0])
    assert says(found, RECIPIENT_MISSING[0])
    assert "row-9" not in b"".join(found.values()).decode()
    english, persian = (found[f"README.{language}.txt"].decode() for language in ("en", "fa"))
    assert not [each for each in ("everything", "no identifier", "all that") if each in english]
    assert "kept whole, with its name, identifier and documents" in " ".join(english.split())
    assert "همه آن چیزی" not in persian
    assert "شناسه شخص در آن نیست" not in persian


def says(found: dict[str, bytes], words: Words) -> bool:
    return words.en in found["README.en.txt"].decode() and words.fa in found["README.fa.txt"].decode()
