"""Reasons of acts as people paste them: what the preview shows can be confirmed, and is recorded."""

from __future__ import annotations

import json

import pytest

from tests.console.real_people import Console
from tests.console.sent_form import SentForm
from tests.console.version_acts import ADMINISTRATOR, asked, imported, view

pytestmark = pytest.mark.long

HALF_SPACE = "\u200c"


@pytest.mark.parametrize(
    ("typed", "recorded"),
    [
        ("نامه ۱۲", "نامه ۱۲"),
        (f"می{HALF_SPACE}خواهم", f"می{HALF_SPACE}خواهم"),
        ("نامه\u00a0۱۲", "نامه ۱۲"),
        ("نامه\t۱۲", "نامه ۱۲"),
        ("\u200fنامه\u202e ۱۲\u200e", "نامه ۱۲"),
        ("\ufeffنامه ۱۲", "نامه ۱۲"),
        ("نامه\r۱۲", "نامه\n۱۲"),
        ("نامه\r\n۱۲", "نامه\n۱۲"),
        ("نامه\u0007 <b>\"'&amp;", "نامه <b>\"'&amp;"),
    ],
)
def test_a_reason_is_recorded_as_the_preview_shows_it(console: Console, typed: str, recorded: str) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    path = imported(editor, view("district-5"))
    preview = asked(editor, f"{path}/submit", source=["cases"], reason=typed)
    assert preview.status_code == 200
    sent = SentForm.of(preview.text.partition("<main")[2], "data-once")
    answer = editor.client.post(f"{path}/submit", data=sent, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 302
    store = console.installation.store()
    step = store.versions.history("district-5", 1)[-1]
    assert step.reason == recorded
    record = store.evidence.record(step.evidence_id)
    assert record is not None
    assert json.loads(store.evidence.payload(record.payload_digest))["reason"] == recorded


@pytest.mark.parametrize("typed", ["\u200f", "\u00a0\t", HALF_SPACE])
def test_signs_that_nobody_sees_are_no_reason(console: Console, typed: str) -> None:
    editor = console.member("maryam", ADMINISTRATOR)
    path = imported(editor, view("district-5"))
    assert asked(editor, f"{path}/submit", source=["cases"], reason=typed).status_code == 422
