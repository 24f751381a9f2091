"""Rows of the sample's tables, as clerks would have typed them, and the statements that insert them."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import jdatetime

from adapters.sandbox.cases.people import MARK, Person
from adapters.sandbox.cases.sample_words import SUBJECTS
from adapters.sandbox.cases.spelling import typed_digits, typed_letters
from gateway.mapping import BodyConfig
from gateway.notice.fields import MAX_LINE
from gateway.notice.notice import RecipientKind

Row = dict[str, Any]

INSERT_BODY = "INSERT INTO bodies (body_code, title) VALUES (:body_code, :title)"
INSERT_CASE = """
    INSERT INTO cases (case_id, body_code, district, case_number, archive_number, renovation_code)
    VALUES (:case_id, :body_code, :district, :case_number, :archive_number, :renovation_code)
"""
INSERT_PARTY = """
    INSERT INTO parties (party_id, case_id, kind, identifier, name, mobile, postal_code, address, synthetic)
    VALUES (:party_id, :case_id, :kind, :identifier, :name, :mobile, :postal_code, :address, 1)
"""
INSERT_PAPER = """
    INSERT INTO papers (paper_id, case_id, paper_number, kind, subject, issued_on, serve_by, document_name, document)
    VALUES (:paper_id, :case_id, :paper_number, :kind, :subject, :issued_on, :serve_by, :document_name, :document)
"""
INSERT_NOTICE = """
    INSERT INTO notices (notice_id, paper_id, party_id, revision, change_no)
    VALUES (:notice_id, :paper_id, :party_id, :revision, :notice_id)
"""
INSERT_EXPECTATION = """
    INSERT INTO sample_expectations (notice_id, expected_state, expected_code, defect)
    VALUES (:notice_id, :state, :code, :defect)
"""
START_COUNTER = "INSERT INTO change_counter (only_row, value) VALUES (1, :last)"

_HEARINGS = ("hearing-invitation", "defence-invitation")
_BEFORE_A_HEARING = timedelta(days=20)
"""Time from the invitation's issue to the last day on which serving it is of use."""

_NAME_ROOM = MAX_LINE - len(MARK) - 1
_KIND_WORDS = {RecipientKind.NATURAL: "حقیقی", RecipientKind.LEGAL: "حقوقی", RecipientKind.FOREIGN: "اتباع"}


def case_row(case_id: int, body: BodyConfig, rng: random.Random) -> Row:
    parts = [rng.randrange(1, top) for top in (23, 300, 100, 99, 12, 40, 5)]  # district, region, block, … shop
    return {
        "case_id": case_id,
        "body_code": body.code,
        "district": f"منطقه {typed_digits(str(parts[0]), rng)}",
        "case_number": typed_digits(f"1404/{case_id:06}", rng),
        "archive_number": typed_digits(f"ب/{rng.randrange(1000, 99999)}", rng) if rng.random() < 0.7 else None,
        "renovation_code": typed_digits("-".join(map(str, parts)), rng) if rng.random() < 0.8 else None,
    }


def party_row(party_id: int, case_id: int, person: Person, rng: random.Random) -> Row:
    return {
        "party_id": party_id,
        "case_id": case_id,
        "kind": typed_letters(_KIND_WORDS[person.kind], rng),
        "identifier": typed_digits(person.identifier.lstrip("0"), rng),
        "name": f"{typed_letters(person.name, rng)[:_NAME_ROOM]} {MARK}",
        "mobile": person.mobile and typed_digits(person.mobile, rng),
        "postal_code": person.postal_code and typed_digits(person.postal_code, rng),
        "address": typed_letters(typed_digits(person.address, rng), rng),
    }


def paper_row(paper_id: int, case_id: int, body: BodyConfig, kind: str, day: jdatetime.date, rng: random.Random) -> Row:
    """Return a paper as it was issued; its document is still to come."""
    return {
        "paper_id": paper_id,
        "case_id": case_id,
        "paper_number": f"{paper_id + 100_000}",
        "kind": kind,
        "subject": rng.choice(SUBJECTS[body.code]),
        "issued_on": day,
        "serve_by": (day + _BEFORE_A_HEARING).strftime("%Y/%m/%d") if kind in _HEARINGS else None,
        "document_name": f"{kind}-{paper_id}.pdf",
    }


def typed_paper(paper: Row, rng: random.Random) -> Row:
    """Return the paper as it was entered: its number, day and subject in some clerk's spelling."""
    separator = "/" if rng.random() < 0.9 else "-"
    return paper | {
        "paper_number": typed_digits(paper["paper_number"], rng),
        "subject": typed_letters(paper["subject"], rng),
        "issued_on": typed_digits(paper["issued_on"].strftime(separator.join(("%Y", "%m", "%d"))), rng),
    }


def notice_row(paper: Row, party: Row) -> Row:
    return {"paper_id": paper["paper_id"], "party_id": party["party_id"], "revision": 1}
