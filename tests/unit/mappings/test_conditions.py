"""Conditions of fields: which values are equal, and a part that cannot be answered."""

from __future__ import annotations

import pytest

from .compiled import run

HEAD = '[mapping]\nlanguage = 1\nname = "x"\nkind = "receipt-to-event"\n'
NEEDED = """
[[field]]
target = "receipt_id"
value = "r"
[[field]]
target = "reference"
value = "EB-1"
[[field]]
target = "event"
value = "ContentHandover"
[[field]]
target = "event_time"
value = 2026-02-03T12:00:00Z
"""


def holds(condition: str, **document: object) -> bool:
    field = f'[[field]]\ntarget = "code"\nvalue = "made"\nwhen = {condition}\n'
    made, problems = run(HEAD + NEEDED + field, document)
    assert not problems
    return "code" in made


FAILING = """{ expression = "contains(b, 'x')" }"""
FAILING_NOT = """{ expression = "!contains(b, 'x')" }"""
GOOD, BAD = '{ from = "a", is = "1" }', '{ from = "a", is = "2" }'


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (f"{{ any = [{GOOD}, {FAILING}] }}", True),
        (f"{{ any = [{FAILING}, {GOOD}] }}", True),
        (f"{{ any = [{BAD}, {FAILING}] }}", False),
        (f"{{ all = [{GOOD}, {FAILING}] }}", False),
        (f"{{ any = [{{ all = [{GOOD}, {FAILING}] }}, {GOOD}] }}", True),
        (FAILING, False),
        (FAILING_NOT, False),
        (f"{{ any = [{GOOD}, {FAILING_NOT}] }}", True),
    ],
)
def test_a_part_that_cannot_be_answered_is_not_fulfilled(condition: str, expected: bool) -> None:
    assert holds(condition, a="1", b=None) is expected
