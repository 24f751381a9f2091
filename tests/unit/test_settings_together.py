"""Values of two sections that do not go together: the error has the line of the key that a person should change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.shipped_configuration import GOOD, refused

WRONG = {
    "lease_seconds = 7": ("lease_seconds = 300", "dispatch.lease_seconds must be more than"),
    "stop_seconds = 7": ("stop_seconds = 75", "service.stop_seconds must be more than"),
}
ADDED = {
    'bodies = ["nobody"]': ("[[legal.alerts]]\ndays = 3", "legal.alerts.bodies: no body has the code nobody"),
    "none = { deliver_hours = 3 }": ("[limits.kinds]", "limits.kinds: no body has the kind none"),
    'notices = ["no kind"]': (
        '[retention.classes.court]\nkinds = ["SEALED_NOTICE"]\npayload_days = 3650', "is written as no kind"
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_changed_value_is_told_by_its_line(tmp_path: Path, wrong: str) -> None:
    right, told = WRONG[wrong]
    assert GOOD.count(right) == 1
    _assert_told(tmp_path, GOOD.replace(right, wrong), wrong, told)


@pytest.mark.parametrize("wrong", ADDED)
def test_an_added_value_is_told_by_its_line(tmp_path: Path, wrong: str) -> None:
    table, told = ADDED[wrong]
    _assert_told(tmp_path, f"{GOOD}\n{table}\n{wrong}\n", wrong, told)


def _assert_told(tmp_path: Path, text: str, wrong: str, told: str) -> None:
    error = refused(tmp_path, text)
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.startswith(wrong))
    assert (error.code, told in error.detail) == ("config.value", True)
    assert error.where.endswith(f"gateway.toml, line {line}")
