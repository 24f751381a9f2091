"""A forged file says half of a surrogate pair, which JSON can hold and no encoding can: it is told in every output."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from lxml import html
from typer.testing import CliRunner

from adapters.verifier.verbs.main import app
from gateway.audit.evidence_answer import headline
from gateway.audit.evidence_audit import EvidenceAudit
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.evidence.evidence_file import TIMELINE
from gateway.record.evidence_record import EvidenceKind
from gateway.runtime.verdict import Verdict

from .defect import headers
from .forge import Edit, Entries, change
from .notice_recorder import NoticeRecorder

pytestmark = pytest.mark.long

HALF = "\ud800"
_, FAILED = headline(EvidenceAudit(file=""))


def written(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def in_receipts(edit: Callable[[dict[str, Any]], object]) -> Edit:
    def change_each(found: Entries) -> None:
        for name in headers(found):
            header = json.loads(found[name])
            if header["kind"] == EvidenceKind.RECEIPT:
                edit(header)
                found[name] = written(header)

    return change_each


def in_timeline(edit: Callable[[dict[str, Any]], object]) -> Edit:
    def change_it(found: Entries) -> None:
        timeline = json.loads(found[TIMELINE])
        edit(timeline["notices"][0])
        found[TIMELINE] = written(timeline)

    return change_it


def put(header: dict[str, Any], *, name: str, value: str) -> None:
    header[name] = value


def put_into_context(header: dict[str, Any], *, name: str, value: str) -> None:
    header["context"][name] = value


def each_element(**values: str) -> Edit:
    return in_timeline(lambda notice: [each.update(values) for each in notice["elements"]])


EDITS: dict[str, Edit] = {
    **{
        name: in_receipts(partial(put, name=name, value=f"a{HALF}b"))
        for name in ("id", "notice", "origin", "destination", "event_time", "payload_digest")
    },
    **{
        f"context: {name}": in_receipts(partial(put_into_context, name=name, value=f"answer:{HALF}"))
        for name in ("carried_by", "event", "passed", "refused", HALF)
    },
    **{f"timeline: {name}": each_element(**{name: HALF}) for name in ("record", "event", "occurred_at", "state")},
    "timeline: reference": in_timeline(lambda notice: notice.update(reference=HALF)),
    "timeline: service": in_timeline(lambda notice: notice.update(service={"date": HALF})),
}


@pytest.fixture(params=EDITS)
def forged(request: pytest.FixtureRequest, exported: Path, tmp_path: Path) -> Path:
    path = Path(shutil.copy(exported, tmp_path / "forged.asice"))
    change(path, EDITS[request.param])
    return path


def verified(path: Path, recorder: NoticeRecorder, *options: str) -> str:
    done = CliRunner().invoke(app, ["evidence", str(path), "--trust", str(recorder.trust), *options])
    assert (done.exit_code, type(done.exception)) == (1, SystemExit), (done.output, done.exception)
    done.stdout_bytes.decode()
    return done.stdout


def test_every_output_says_not_to_rely_on_the_file(forged: Path, recorder: NoticeRecorder, tmp_path: Path) -> None:
    plain = " ".join(verified(forged, recorder).split())
    assert plain.count(f"forged.asice: {FAILED.en}") == 2
    assert FAILED.fa in " ".join(verified(forged, recorder, "--persian").split())
    told = json.loads(verified(forged, recorder, "--json").splitlines()[-1])
    assert (told["verdict"], told["answer"]["en"]) == (Verdict.FAILED, FAILED.en)
    assert any(each["verdict"] == Verdict.FAILED for each in told["findings"])
    page = tmp_path / "report.html"
    verified(forged, recorder, "--html", str(page))
    written_page: html.HtmlElement = html.document_fromstring(page.read_bytes())
    [banner] = written_page.xpath("//div[contains(@class, 'whole')]")
    assert FAILED.fa in banner.text_content()
    assert FAILED.en in banner.text_content()


def test_findings_and_facts_are_safe_to_show() -> None:
    audit = EvidenceAudit(file="notice.asice")
    audit.add(EvidenceCheck.TIMELINE, f"a\u202e{HALF}", "\x1b[2J" + "x" * 1000)
    audit.tell("from {origin}", "از {origin}", origin=f"\u202e{HALF}")
    [finding], [fact] = audit.findings, audit.facts
    assert finding.subject == "a\ufffd\ufffd"
    assert finding.reason.startswith("\ufffd[2Jx")
    assert len(finding.reason) < 510
    assert (fact.en, fact.fa) == ("from \ufffd\ufffd", "از \u2068\ufffd\u2069")
