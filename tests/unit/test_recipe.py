"""The recipe that code, reports and page share, and the days that an auditor may name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from gateway.audit.audit_recipe import RECIPE, UNPROVEN, VERDICTS, Check, as_markdown
from gateway.audit.period import Period
from gateway.runtime.verdict import Verdict

PAGE = Path(__file__).parents[2] / "docs/audit/archive.md"


def test_the_page_has_the_recipe() -> None:
    assert as_markdown() in PAGE.read_text(encoding="utf-8"), as_markdown()


def test_the_page_says_what_is_not_proven() -> None:
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert [words.en for words in UNPROVEN if words.en not in page] == []


def test_each_check_has_a_step_and_a_number_of_its_own() -> None:
    assert list(RECIPE) == list(Check)
    assert sorted(check.number for check in Check) == list(range(1, len(Check) + 1))
    assert set(VERDICTS) == set(Verdict)


def test_persian_texts_have_persian_letters() -> None:
    texts = [words.fa for words in (*UNPROVEN, *VERDICTS.values())]
    texts += [
        text.fa for step in RECIPE.values() for text in (step.title, step.asks, step.failed, step.unclear) if text
    ]
    assert [text for text in texts if set(text) & set("يكة0123456789")] == []


def test_a_period_is_of_days_in_tehran() -> None:
    period = Period.of(date(2026, 2, 3), date(2026, 2, 3))
    assert period.since == datetime(2026, 2, 2, 20, 30, tzinfo=UTC)
    assert period.until == datetime(2026, 2, 3, 20, 30, tzinfo=UTC)
    assert period.holds(period.since)
    assert not period.holds(period.until)
    with pytest.raises(ValueError):
        Period.of(date(2026, 2, 4), date(2026, 2, 3))
