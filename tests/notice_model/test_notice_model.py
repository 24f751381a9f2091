"""The model of a notice's protocol holds, and each guard that is broken on purpose is found."""

from __future__ import annotations

import pytest

from gateway.sending.in_doubt import ANSWERS_THAT_PROVE_ABSENCE
from tests import debian

from .checks import CHECKS, Check
from .spin import MODEL, search

pytestmark = pytest.mark.long


@debian.needs("spin", "gcc")
@pytest.mark.parametrize("check", [check for check in CHECKS if check.in_suite], ids=lambda check: check.name)
def test_a_search_of_every_state_ends_as_expected(check: Check) -> None:
    verdict = search(check)
    assert verdict.agrees_with(check), verdict


def test_the_model_asks_as_often_as_the_code() -> None:
    model = (MODEL / "notice.pml").read_text(encoding="utf-8")
    assert f"#define ANSWERS {ANSWERS_THAT_PROVE_ABSENCE} " in model


def test_the_page_has_each_check() -> None:
    page = (MODEL / "README.md").read_text(encoding="utf-8")
    assert [check.name for check in CHECKS if f"| `{check.name}` |" not in page] == []
