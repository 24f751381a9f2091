"""Persian text as old databases hold it: what is folded for comparison, and what is left alone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.notice.text import _DIGITS, _LETTERS, _UNSEEN, ascii_digits, fold, own_words, plain


def test_digits_of_three_scripts_are_the_same_digits() -> None:
    assert ascii_digits("۰۱۲۳۴۵۶۷۸۹") == ascii_digits("٠١٢٣٤٥٦٧٨٩") == "0123456789"


def test_digits_of_other_scripts_and_letters_stay() -> None:
    assert ascii_digits("پلاک ५ — ٥") == "پلاک ५ — 5"


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("علي كريمي", "علی کریمی"),
        ("رضوی‌نیا", "رضوی\u200cنیا"),
        ("رضوی‌نیا", "رضوینیا"),
        ("مـحـمـد", "محمد"),
        ("\u202bعلی\u202c", "علی"),
        ("عَلی", "علی"),
        ("خانۀ ما", "خانه ما"),
        ("مسئول", "مسیول"),
        ("أحمد", "احمد"),
        ("فاطمة", "فاطمه"),
        ("منطقه ۵", "منطقه ٥"),
        ("  علی \u00a0 رضایی ", "علی رضایی"),
        ("Natural", "NATURAL"),
        ("ﻋﻠﯽ", "علی"),
    ],
)
def test_two_spellings_of_one_name_are_equal_when_folded(stored: str, typed: str) -> None:
    assert fold(stored) == fold(typed)


def test_different_names_stay_different() -> None:
    assert len({fold(name) for name in ("علی", "علا", "عالی", "علی ۲", "علی ۳")}) == 5


def test_a_number_loses_what_nobody_sees() -> None:
    assert plain("\u200f ۱۴۰۴/۰۰٠۱۲\u200e ") == "1404/00012"


def test_a_number_keeps_its_letters_and_inner_spaces() -> None:
    assert plain("ب/۴۵ Ab") == "ب/45 Ab"


@given(st.text())
def test_what_is_plain_stays_so(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@given(
    st.text() | st.text(st.characters(min_codepoint=0x600, max_codepoint=0x6FF)) | st.text(st.characters(codec="ascii"))
)
def test_one_translation_folds_as_each_step_alone_would(text: str) -> None:
    steps = unicodedata.normalize("NFKC", text).translate(_LETTERS).translate(_UNSEEN).translate(_DIGITS)
    without_marks = "".join(c for c in steps if unicodedata.category(c) != "Mn")
    assert fold(text) == " ".join(without_marks.casefold().split())


@given(st.text(st.sampled_from("ab ی\u200c\u200d\u200e\u200f\u202e\u00a0\ufeff\t\r\n\v\x85\u2028\0\x1b")))
def test_own_words_have_no_hidden_signs(text: str) -> None:
    """Line ends and half-spaces alone; the same text again stays as it is."""
    words = own_words(text)
    assert all(sign.isprintable() or sign in "\n\u200c\u200d" for sign in words)
    assert own_words(words) == words == words.strip()
    assert [each for each in words if each in "abی"] == [each for each in text if each in "abی"]
