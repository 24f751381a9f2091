"""Evidence files that somebody has changed, each named after what was done to it: each is found, under its own check.

Where only the archive's own signing key could make the change fit, it was made with it: then another check finds it.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import reference

from . import container_defects, record_defects, signature_defects
from .defect import ALWAYS, DEFECTS
from .forge import forge
from .notice_recorder import NoticeRecorder
from .record_defects import paper_of

pytestmark = pytest.mark.long

MODULES = container_defects, signature_defects, record_defects
"""Importing them fills `DEFECTS`."""


@pytest.mark.parametrize("name", DEFECTS)
def test_it_is_found_under_its_own_check(name: str, exported: Path, recorder: NoticeRecorder, tmp_path: Path) -> None:
    done, failed, unjudged = DEFECTS[name]
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    done(path, recorder)
    audit = verify_file(path, recorder.trust)
    found = {verdict: {c for c, v in audit.verdicts.items() if v is verdict} for verdict in Verdict}
    reported = [f"{each.check} {each.verdict} {each.subject} {each.reason}" for each in audit.findings]
    assert found[Verdict.FAILED] == failed, reported
    assert found[Verdict.INDETERMINATE] == unjudged | ALWAYS, reported
    assert audit.verdict is (Verdict.FAILED if failed else Verdict.INDETERMINATE)


def test_a_file_of_before_without_paper_pdf_still_verifies(
    exported: Path, recorder: NoticeRecorder, tmp_path: Path
) -> None:
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    forge(path, recorder, lambda found: found.pop(paper_of(found)))
    before, after = verify_file(exported, recorder.trust), verify_file(path, recorder.trust)
    assert after.verdicts == before.verdicts
    assert (before.papers, after.papers) == ({reference(1)}, set())


def test_forging_nothing_is_no_defect(exported: Path, recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    forge(path, recorder, lambda found: None)
    assert Verdict.FAILED not in verify_file(path, recorder.trust).verdicts.values()
