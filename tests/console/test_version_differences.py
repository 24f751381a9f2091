"""Differences between two versions: whatever changes a notice or a refusal is listed, and so is each changed line."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import tomlkit

from adapters.console.versions.version_differences import Differences, differences
from adapters.console.versions.version_pages import shown_version
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.notice.notice import sha256
from gateway.record.version_subject import Subject
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions.bundle import bundled
from tests.console.rich_mapping import RICH

pytestmark = pytest.mark.long

Place = tuple[str | int, ...]


def version(octets: bytes, number: int = 1, subject: Subject = Subject.ROWS) -> MappingVersion:
    return MappingVersion(
        subject=subject,
        name="rich",
        number=number,
        digest=sha256(octets),
        octets=octets,
        state=MappingState.CHECKED,
        seq=1,
        imported_at=datetime(2026, 11, 29, tzinfo=UTC),
    )


def compared(before: bytes, after: bytes, subject: Subject = Subject.ROWS) -> Differences:
    return differences(shown_version(version(before, 1, subject), ()), shown_version(version(after, 2, subject), ()))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("--", ""),
        ("++", "+"),
        ("-----BEGIN CERTIFICATE-----", "-----BEGIN X-----"),
    ],
)
def test_lines_that_look_like_the_headers_of_a_difference_are_shown(before: str, after: str) -> None:
    """A line of a file that begins with two signs of minus or plus is a line like every other."""
    old, new = (bundled({"profile.toml": b"x", "a.xml": f"<a>\n{text}\n</a>\n".encode()}) for text in (before, after))
    [change] = compared(old, new, Subject.PROFILE).files
    assert f"-{before}" in change.lines
    assert f"+{after}" in change.lines
    assert not any(line.startswith(("--- ", "+++ ")) for line in change.lines)


def changed(before: str, after: str) -> bytes:
    """Return the rich mapping with one text replaced."""
    assert before in RICH
    return RICH.replace(before, after, 1).encode()


FINAL_TABLE = '{ refuse = "notice.kind", reason = "پیش‌نویس ابلاغ نمی‌شود." }'
ORDER = """[[field]]
target = "document.octets"
from = "document"
required = true

"""


@pytest.mark.parametrize(
    ("octets", "there"),
    [
        (
            changed('\nrefuse = "recipient.kind"\n\n# A company', '\nrefuse = "notice.kind"\n\n# A company'),
            "recipient.kind refuse",
        ),
        (changed('\nrefuse = "recipient.kind"\n\n# A company', "\n# A company"), "recipient.kind refuse"),
        (changed('required = "notice.field-missing"', 'required = "notice.kind"'), "case_number required"),
        (changed('required = "notice.field-missing"', "required = true"), "case_number required"),
        (changed('title = "شماره پرونده شهرداری"\n', ""), "case_number title"),
        (changed(FINAL_TABLE, FINAL_TABLE.replace("notice.kind", "recipient.kind")), "kinds پیش‌نویس"),
        (changed("fold = true", "fold = false"), "person fold"),
        (changed('unknown = "refuse"', 'unknown = "nothing"'), "kinds unknown"),
        (changed(ORDER, "").replace(b"[[field]]", ORDER.encode() + b"[[field]]", 1), "document.octets"),
        (changed('name = "rich"', 'name = "poor"'), "name"),
    ],
)
def test_a_difference_that_refuses_other_rows_is_listed(octets: bytes, there: str) -> None:
    """Codes of refusals, spellings of words, and the order of fields: the first problem names the refusal."""
    compile_mapping(octets, "x")
    found = compared(RICH.encode(), octets).mapping
    listed = [f"{each.target.target} {key.key}" for each in found.rules for key in each.keys]
    listed += [f"{each.table} {each.word or each.key}" for each in found.words]
    listed += [*(each.key for each in found.header), *found.moved]
    assert listed == [there]
    keys = [*found.header, *(key for rule in found.rules for key in rule.keys)]
    assert all(each.before != each.after for each in keys)
    assert all(each.before != each.after for each in found.words)


def _places(value: Any, above: Place = ()) -> Iterator[Place]:
    """Yield the place of every element of a file, from the outermost on."""
    names = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for name in names:
        yield (*above, name)
        yield from _places(value[name], (*above, name))


KNOWN = {"recipient.kind": "notice.kind", "notice.kind": "recipient.kind", "refuse": "nothing"}
"""Values of which this program knows only some, each with another one."""


def _others(value: Any) -> Iterator[Any]:
    """Yield other values for an element: of its own type, and of others whose texts look the same."""
    match value:
        case bool():
            yield not value
            yield str(value).lower()
            yield int(value)
        case int():
            yield value + 1
            yield str(value)
            yield float(value)
        case str():
            if value in KNOWN:
                yield KNOWN[value]
            yield f"{value}x"
            yield f"{value} "
            yield [value]
        case list():
            yield value[::-1] if value != value[::-1] else [*value, *value]
            yield value[1:]
        case dict():
            yield {**value, "another": 1}


def _variants(table: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """Yield the file without each element, with each element twice, and with another value of each element."""
    for place in _places(table):
        for act in ("remove", "repeat", *range(4)):
            made = copy.deepcopy(table)
            inner: Any = made
            for name in place[:-1]:
                inner = inner[name]
            value = inner[place[-1]]
            if act == "remove":
                del inner[place[-1]]
            elif act == "repeat":
                if not isinstance(inner, list):
                    continue
                inner.insert(int(place[-1]), copy.deepcopy(value))
            else:
                others = list(_others(value))
                if int(act) >= len(others):
                    continue
                inner[place[-1]] = others[int(act)]
            yield place, made


LISTS = """
[[repeat]]
target = "attachments"
from = "attachments"
required = true
when = { from = "kind", one-of = ["a", "b"] }
[[repeat.field]]
target = "name"
value = "z"
[[repeat.field]]
target = "octets"
from = "content"
required = true

[[repeat]]
append = true
"""
EVERYTHING = RICH.replace('name = "rich"', 'name = "rich"\ntitle = "همه"').replace("[[repeat]]", LISTS.strip())


def test_every_element_of_a_file_is_compared() -> None:
    """Each element is removed, repeated and changed in turn; versions that this program accepts are never the same."""
    before = shown_version(version(EVERYTHING.encode()), ())
    assert before.program is not None
    accepted, seen = 0, set[str | int]()
    for place, made in _variants(tomllib.loads(EVERYTHING)):
        found = differences(before, shown_version(version(tomlkit.dumps(made).encode(), 2), ()))
        assert found.number, place
        accepted += found.mapping.number > 0
        if found.mapping.number:
            seen |= set(place)
    assert accepted > 100
    assert {"refuse", "required", "fold", "unknown", "reason", "do", "when", "title", "append", "default"} <= seen


def test_comments_spaces_and_the_order_of_keys_are_no_difference() -> None:
    octets = changed(
        'from = "case_number"\nrequired = "notice.field-missing"',
        'required = "notice.field-missing"  # x\n from="case_number"',
    )
    assert compared(RICH.encode(), octets).number == 0


def test_what_this_program_does_not_accept_is_compared_by_lines() -> None:
    [change] = compared(RICH.encode(), changed("jalali-date", "of-another-program")).files
    assert '-do = ["jalali-date"]' in change.lines
    broken = [compared(octets, b"no zip file", Subject.PROFILE).number for octets in (b"nothing", b"no zip file")]
    assert broken == [1, 0]
