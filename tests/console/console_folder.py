"""Folders of demonstrations with a console."""

from __future__ import annotations

import base64
from contextlib import closing
from pathlib import Path

from adapters.acts.act_message import Request
from adapters.acts.registry import perform
from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_people import make_people
from adapters.shipped.resources import CASE_MAPPING
from gateway.intake.notice_draft import Draft, DraftFile, DraftKind, DraftRow, FieldProblem
from gateway.judiciary.courier import NotBelieved
from gateway.operations.bulk_draft import Asked, draft
from gateway.operations.operator_action import BY_CONSOLE
from gateway.quarantine import quarantine
from gateway.search.notice_query import NoticeQuery
from gateway.store.bulk_act import BulkDeed
from gateway.trust.trust_policy import Rejection
from tests.papers import PDF

ROOT = Path(__file__).parents[2]
NOTICES = 40
SECRETARY = "id-of-commission-secretary"
"""Person of a secretary's session (`tests.console.signed_in`)."""


def with_samples(folder: Path) -> Path:
    """Add one of each thing that pages show and a demonstration lacks: people, a version of a mapping, rejected input.

    Return the configuration file.
    """
    config = with_people(folder)
    with closing(Installation.of(config)) as installation:
        octets = base64.b64encode(CASE_MAPPING.read_bytes()).decode()
        asked = {"octets": octets, "label": "case-view-1.toml", "sources": list(installation.settings.sources)}
        perform(installation, Request(name="mapping.import", reason="a sample", arguments=asked), "test", "none")
        refused = NotBelieved(Rejection("verify.signature"), "SubmitNotices", b"<answer/>")
        here, there = installation.settings.gateway.name, installation.settings.judiciary.destination
        quarantine.keep(installation.store(), refused, there, here, installation.clock())
        for body in installation.settings.bodies:
            _bulk_act(installation, body)
        with_draft(installation)
    return config


def with_draft(installation: Installation) -> None:
    """Keep a draft of the secretary, with a file."""
    drafts, now = installation.store().drafts, installation.clock()
    digest = drafts.keep_file("sample", SECRETARY, PDF, now)
    paper = DraftFile(name="17.pdf", digest=digest, size=len(PDF))
    problem = FieldProblem(field="recipient_id", code="recipient.national-id")
    fields = {"body_code": "article-100", "kind": "ruling", "subject": "ابلاغ رأی", "recipient_id": "9990000019"}
    row = DraftRow(fields=fields, paper=paper, problems=(problem,))
    drafts.keep(Draft(id="sample", person=SECRETARY, kind=DraftKind.FORM, rows=(row,), changed_at=now))


BY_HAND = """
[sources.by-hand]
kind = "by-hand"
bodies = ["article-100", "article-77"]
"""


def _bulk_act(installation: Installation, body: str) -> None:
    """Begin an act of the operator on every notice of a body; no service does it."""
    store = installation.store()
    person = store.people.by_login("operator")
    assert person is not None
    asked = Asked(deed=BulkDeed.WRITE_AGAIN, person=person, authentication=BY_CONSOLE, reason="a sample", search="")
    query = NoticeQuery(visible_bodies=None, bodies=frozenset({body}))
    made = draft(store, store.search, query, asked, installation.clock, installation.settings.judiciary.settle_seconds)
    request = Request(name="bulk.begin", reason="a sample", arguments={"id": made.id})
    perform(installation, request, person.login, BY_CONSOLE)


def with_people(folder: Path) -> Path:
    """Add people, and a source into which they enter, to a demonstration's folder; return the configuration file."""
    config = folder / "gateway.toml"
    if BY_HAND not in (text := config.read_text(encoding="utf-8")):
        config.write_text(text + BY_HAND, encoding="utf-8")
    with closing(Installation.of(config)) as installation:
        make_people(installation)
    return config
