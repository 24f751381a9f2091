"""Names: codes, metrics, verbs, keys of configuration files, words in the database. None vanishes, none changes."""

from __future__ import annotations

import pytest

from tests.golden.keeping import golden_lines
from tests.golden.literals import current
from tests.golden.names import NAMES, WORDS


@pytest.mark.parametrize("family", NAMES)
def test_every_golden_name_is_there_with_its_meaning(family: str) -> None:
    lost = golden_lines(family) - set(NAMES[family]())
    assert not lost


@pytest.mark.parametrize("family", ["counts", "cursors"])
def test_every_golden_literal_stands_in_the_code(family: str) -> None:
    assert not {name for name in golden_lines(family) if not current(name)}


def test_words_of_each_enumeration_are_told_apart() -> None:
    assert len(set(WORDS.values())) == len(WORDS)
    assert not current("a literal that stands " + "nowhere")
