"""Parts of a recipient and further texts: made by a mapping, and read by those of messages under the same names."""

from __future__ import annotations

import pytest

from adapters.shipped.resources import CASE_MAPPING
from gateway.mapping import RowRefused
from gateway.mapping.case_mapper import CaseMapper
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.notice_schemas import notice_tree
from gateway.notice.source_row import CaseRow
from tests.mappers import unexamined

from .rows import BODIES, GOOD

PARTS = """
[[field]]
target = "recipient.first_name"
from = "given"
[[field]]
target = "recipient.father_name"
from = "father"
[[field]]
target = "recipient.city"
from = "city"
[[field]]
target = "extra.hearing-room"
from = "room"
"""
MESSAGE = """[mapping]
language = 1
name = "short"
kind = "notice-to-message"
[[field]]
target = "father"
from = "notices[0].recipient.father_name"
[[field]]
target = "room"
from = "notices[0].extra.hearing-room"
[[field]]
target = "other"
from = "notices[0].extra.other"
"""


def mapper(more: str = PARTS) -> CaseMapper:
    return CaseMapper.of(CASE_MAPPING.read_bytes() + more.encode(), "own.toml", BODIES, unexamined)


def row(**values: str) -> CaseRow:
    return CaseRow(source="cases", key="1", version="1", fields={**GOOD, **values})


def test_parts_go_from_a_row_into_a_message_under_their_names() -> None:
    notice = mapper().map(row(given="علی", father="رضا", city="تهران", room="شعبه ۳"))
    assert (notice.recipient.first_name, notice.recipient.last_name) == ("علی", None)
    assert notice.extra == (("hearing-room", "شعبه ۳"),)
    made = compile_mapping(MESSAGE.encode(), "message.toml").run({"notices": [notice_tree(notice)]})
    assert (dict(made.values), made.problems) == ({"father": "رضا", "room": "شعبه ۳"}, [])


def test_a_row_without_them_is_the_notice_that_it_was() -> None:
    assert mapper().map(row()) == mapper("").map(row())


def test_a_part_is_judged_as_every_line() -> None:
    with pytest.raises(RowRefused) as refusal:
        mapper().map(row(room="x" * 2001))
    assert refusal.value.code == "notice.field-too-long"


@pytest.mark.parametrize("target", ["recipient.mother_name", "extra.نام", "extra.a.b", "extra.9th"])
def test_a_name_that_the_notice_cannot_have_is_a_mistake(target: str) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        mapper(f'\n[[field]]\ntarget = "{target}"\nfrom = "x"\n')
    assert refusal.value.code in ("mapping.target-unknown", "mapping.target-path")
