"""Every act of a person has a name in words."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.acts.registry import ACTS
from gateway.operations.notice_access import Access
from gateway.overview.evidence.record_kinds import ACT_NAMES

ROOT = Path(__file__).parents[2]
OWN_ACCOUNT = {
    found
    for path in ("gateway/operations", "adapters/people")
    for file in sorted((ROOT / path).glob("*.py"))
    for found in re.findall(r'"(person\.[a-z-]+)"', file.read_text(encoding="utf-8"))
}


def test_every_act_has_words() -> None:
    """A reader of the audit room meets no name of a verb."""
    assert OWN_ACCOUNT
    names = {*ACTS, *(access.value for access in Access), *OWN_ACCOUNT}
    assert names - ACT_NAMES.keys() == set()


def test_no_two_acts_have_the_same_words() -> None:
    told = list(ACT_NAMES.values())
    assert len({words.en for words in told}) == len({words.fa for words in told}) == len(told)
