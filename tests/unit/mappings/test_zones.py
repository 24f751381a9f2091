"""The time of an event is a moment: a time without an offset is refused by the check and by each message."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.model.budget import Budget
from gateway.mapping.model.schema import Group, Leaf, checked
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import Type
from gateway.notice.fields import InvalidField
from gateway.runtime.clock import timestamp

NAIVE = datetime(2026, 2, 3, 12, 0)  # noqa: DTZ001 - no offset, which is what is refused
AWARE = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)

STATUS = """[mapping]
language = 1
name = "status"
kind = "answer-to-status"
[[repeat]]
target = "receipts"
from = "R"
[[repeat.field]]
target = "event"
value = "LegalService"
[[repeat.field]]
target = "event_time"
{time}
"""
SESSION = """[mapping]
language = 1
name = "session"
kind = "answer-to-session"
[[field]]
target = "token"
from = "t"
required = true
[[field]]
target = "ends_at"
{time}
"""


def found(text: str, time: str) -> list[tuple[str, int]]:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(text.format(time=time).encode(), "own.toml")
    return [(mistake.code, mistake.line) for mistake in refusal.value.mistakes]


def times(group: Group, path: str = "") -> dict[str, Leaf]:
    """Return the members of the type time, by path, also those inside lists."""
    listed: dict[str, Leaf] = {}
    for name, member in group.members.items():
        if isinstance(member, Group):
            listed |= times(member, f"{path}{name}.")
        elif member.type is Type.TIME:
            listed[path + name] = member
    return listed


def judge(leaf: Leaf, value: Any) -> Any:
    return checked(leaf)(value, Scope({}, {}, None, Budget(), []))


def test_every_time_that_a_known_target_holds_is_a_moment() -> None:
    held = [leaf for kind in KINDS.values() if not kind.writes_columns for leaf in times(kind.target).values()]
    assert len(held) >= 4
    for leaf in held:
        assert judge(leaf, AWARE) == AWARE
        with pytest.raises(InvalidField):
            judge(leaf, NAIVE)


def test_a_column_of_times_without_a_zone_still_takes_one() -> None:
    assert judge(Leaf(type=Type.TIME), NAIVE) == NAIVE


@pytest.mark.parametrize(
    ("text", "time", "line"),
    [
        (STATUS, 'from = "t"\ndo = ["time", "local-time"]', 14),
        (STATUS, 'from = "t"\ndo = ["time"]\ndefault = 2026-02-03T12:00:00', 15),
        (STATUS, "value = 2026-02-03T12:00:00", 13),
        (SESSION, 'from = "s"\ndo = ["time"]\ndefault = 2030-01-01T00:00:00', 13),
    ],
)
def test_a_mapping_that_would_make_a_time_without_a_zone_is_a_mistake(text: str, time: str, line: int) -> None:
    assert found(text, time) == [("mapping.target-zone", line)]


def test_the_mistake_says_what_to_write_instead() -> None:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(STATUS.format(time="value = 2026-02-03T12:00:00").encode(), "own.toml")
    [mistake] = refusal.value.mistakes
    assert "2026-02-03T12:00:00+03:30" in mistake.found.en
    assert "2026-02-03T12:00:00+03:30" in mistake.entry.remedy
    assert "2026-02-03T12:00:00+03:30" in mistake.entry.remedy_fa


@pytest.mark.parametrize(
    "time",
    [
        'from = "t"\ndo = ["time"]',
        'from = "t"\ndo = ["time", "local-time", "time"]',
        'from = "t"\ndo = ["time"]\ndefault = 2026-02-03T12:00:00+03:30',
        "value = 2026-02-03T08:30:00Z",
        "value = 2026-02-03T12:00:00\ndo = ['time']",
    ],
)
def test_a_time_with_an_offset_is_the_same_moment_everywhere(time: str) -> None:
    made = compile_mapping(STATUS.format(time=time).encode(), "own.toml").run({"R": [{"t": "2026-02-03T12:00:00"}]})
    assert not made.problems
    assert timestamp(made.values["receipts"][0]["event_time"]) == "2026-02-03T08:30:00.000000Z"


def test_a_time_without_an_offset_is_never_written() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        timestamp(NAIVE)
    assert timestamp(AWARE) == "2026-02-03T08:30:00.000000Z"
