"""Forms of days and times are read in linear work, whatever the form and the text are."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.mapping.transforms.form_matcher import Piece, parts_of
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.mapping.transforms.written_form import JALALI, MAX_FORM, MAX_WRITTEN, Token, parts_of_form, pieces_of
from gateway.notice.fields import InvalidField

BAD_ROW = "1404" + 140 * " " + "x"
"""Row of an export with columns of a fixed width, with a sign that the form lacks."""


class Counted:
    """Pattern that counts how often it is tried."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.count = pattern, 0

    def match(self, text: str, at: int) -> re.Match[str] | None:
        self.count += 1
        return self.pattern.match(text, at)


def work(form: str, text: str) -> tuple[int, int]:
    """Return how many pieces the form has, and how often any was tried."""
    pieces = pieces_of(parts_of_form(form), JALALI)
    counted = [Counted(piece.pattern) for piece in pieces]
    with suppress(InvalidField):
        parts_of(
            [
                replace(piece, pattern=cast("re.Pattern[str]", each))
                for piece, each in zip(pieces, counted, strict=True)
            ],
            text,
        )
    return len(pieces), sum(each.count for each in counted)


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y     %m %d", BAD_ROW),
        ("%Y" + " " * 90 + "%m %d", BAD_ROW),
        ("%Y" + "[ ]" * 30 + "%m", BAD_ROW),
        ("[a]" * 30 + "%Y", "a" * 29 + "x"),
        ("[a ]" * 20 + "%Y", "a " * 90 + "x"),
        ("%f[%d][%m][%H][%M]%Y", "1" * MAX_WRITTEN),
    ],
)
def test_the_work_grows_with_the_form_and_the_text_alone(form: str, text: str) -> None:
    pieces, tries = work(form, text)
    assert 0 < tries <= pieces * (len(text) + 1)


signs = st.sampled_from([" ", "  ", "[ ]", "[ a]", "[a]", "a", "/", "[/]", "[%f]", "[.%f]", "1", "[1]"])
forms = st.lists(st.one_of(signs, st.sampled_from(["%Y", "%m", "[%d]", "%H", "[:%M]"])), max_size=30).map("".join)
texts = st.text(" a/.:10", max_size=60)


@given(form=forms.filter(lambda form: 0 < len(form) <= MAX_FORM), text=texts)
def test_no_form_makes_more_work_than_its_pieces_and_the_text(form: str, text: str) -> None:
    pieces, tries = work(form, text)
    assert tries <= pieces * (len(text) + 1)


def expression(tokens: Sequence[Token], pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield the parts of the regular expression that says the same, with its trial of every combination."""
    for number, (token, piece) in enumerate(zip(tokens, pieces, strict=True)):
        if piece.skip is not None:
            yield "(?:"
        yield f"(?P<{piece.name}>{piece.pattern.pattern})" if piece.name else f"(?:{piece.pattern.pattern})"
        if piece.repeats:
            yield "+"
        if token.optional and (number + 1 == len(tokens) or tokens[number + 1].bracket != token.bracket):
            yield ")?"


small = st.lists(st.sampled_from([" ", "[ ]", "[a]", "a", "[.%f]", "%Y", "%m", "[%d]", "[:%M]"]), max_size=7)


@given(form=small.map("".join).filter(bool), text=st.text(" a.:10", max_size=12))
def test_a_text_is_read_as_a_regular_expression_of_the_form_reads_it(form: str, text: str) -> None:
    tokens = parts_of_form(form)
    named = [token.part for token in tokens if token.part]
    if len(named) != len(set(named)):
        return  # no form that is read has a part twice
    pieces = pieces_of(tokens, JALALI)
    match = re.fullmatch("".join(expression(tokens, pieces)), text)
    try:
        found: Any = parts_of(pieces, text)
    except InvalidField:
        found = None
    wanted = match and {name: part for name, part in match.groupdict().items() if part is not None}
    assert found == wanted


def read(form: str, written: str) -> datetime:
    usual = {parameter.name: parameter.default for parameter in TRANSFORMS["parse-time"].parameters}
    made: datetime = TRANSFORMS["parse-time"].make(**usual | {"form": form, "zone": "UTC"}).apply(written)
    return made


SECOND = datetime(2026, 2, 3, 12, 0, 0, tzinfo=UTC)
HALF = SECOND.replace(microsecond=500_000)


@pytest.mark.parametrize(
    ("form", "written", "moment"),
    [
        ("%Y-%m-%dT%H:%M:%S[.%f][%z]", "2026-02-03T12:00:00", SECOND),
        ("%Y-%m-%dT%H:%M:%S[.%f][%z]", "2026-02-03T12:00:00Z", SECOND),
        ("%Y-%m-%dT%H:%M:%S[.%f][%z]", "2026-02-03T12:00:00.5", HALF),
        ("%Y-%m-%dT%H:%M:%S[.%f][%z]", "2026-02-03T12:00:00.5Z", HALF),
        ("%Y-%m-%d %H:%M[:%S][.%f]", "2026-02-03 12:00.5", HALF),
        ("%Y-%m-%d %H:%M[:%S][.%f]", "2026-02-03 12:00:00", SECOND),
    ],
)
def test_each_bracket_may_be_absent_by_itself(form: str, written: str, moment: datetime) -> None:
    assert read(form, written) == moment


def test_the_parts_of_one_bracket_are_absent_together() -> None:
    with pytest.raises(InvalidField):
        read("%Y-%m-%d %H:%M[:%S.%f]", "2026-02-03 12:00:00")


def test_blanks_of_a_form_are_read_as_before() -> None:
    usual = {parameter.name: parameter.default for parameter in TRANSFORMS["parse-date"].parameters}
    apply = TRANSFORMS["parse-date"].make(**usual | {"form": "%Y  %m %d"}).apply
    assert apply("2026   02 03") == apply("2026  02   03") == date(2026, 2, 3)
    with pytest.raises(InvalidField):
        apply("2026 02 03")
