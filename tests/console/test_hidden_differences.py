"""Differences that are one hidden sign: a page tells each, so that both sides look different."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask, render_template_string

from adapters.composition.installation import Installation
from adapters.console.versions.version_differences import Differences
from gateway.record.version_subject import Subject
from gateway.versions.bundle import bundled
from tests.console.hidden_signs import SIGNS, escaped, mapping_with
from tests.console.signed_in import pages_of
from tests.console.test_version_differences import compared

_PAGE = """{% import "versions/difference_parts.html" as d with context %}{{ d.differences(compared) }}"""
_CELL = re.compile(r"<td data-side=[^>]*>(.*?)</td>", re.DOTALL)


@pytest.fixture(scope="module")
def app(fresh: Installation) -> Flask:
    return pages_of(fresh)


def shown(app: Flask, found: Differences) -> str:
    with app.test_request_context("/"):
        return render_template_string(_PAGE, compared=found)


def seen(part: str) -> str:
    """Return what a person sees of a part of a page: no tags, no hidden signs, one blank for all white space."""
    text = html.unescape(re.sub(r"<[^>]+>", "", part))
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())


@pytest.mark.parametrize("sign", SIGNS)
def test_two_mappings_that_differ_by_a_hidden_sign_look_different(app: Flask, sign: str) -> None:
    found = compared(mapping_with("").encode(), mapping_with(escaped(SIGNS[sign])).encode())
    assert len(found.mapping.rules) >= 6
    assert len(found.mapping.words) >= 5
    cells = [seen(cell) for cell in _CELL.findall(shown(app, found))]
    assert len(cells) == 2 * (len(found.mapping.rules) + len(found.mapping.words))
    assert all(before != after for before, after in zip(cells[::2], cells[1::2], strict=True)), cells


@pytest.mark.parametrize("sign", sorted(SIGNS.keys() - {"lines", "line", "blank-lines", "return"}))
def test_two_words_of_a_table_look_different(app: Flask, sign: str) -> None:
    page = shown(app, compared(mapping_with("").encode(), mapping_with("", SIGNS[sign]).encode()))
    names = {seen(cell) for cell in re.findall(r"<td><bdi[^>]*>(.*?)</bdi></td>", page)}
    assert {"q ", f"q{told(SIGNS[sign])} "} <= {f"{name} " for name in names}


@pytest.mark.parametrize("sign", SIGNS)
def test_two_files_that_differ_by_a_hidden_sign_look_different(app: Flask, sign: str) -> None:
    old, new = (bundled({"profile.toml": b"x", "a.xml": f"a{each}b\nc\n".encode()}) for each in ("", SIGNS[sign]))
    found = compared(old, new, Subject.PROFILE)
    [lines] = re.findall(r"<pre[^>]*>(.*?)</pre>", shown(app, found), re.DOTALL)
    before = [seen(line) for line in lines.split("\n") if line.startswith("-")]
    after = [seen(line) for line in lines.split("\n") if line.startswith("+")]
    assert [line[1:] for line in before] != [line[1:] for line in after]


def told(sign: str) -> str:
    return "".join(f"⟨U+{ord(each):04X}⟩" for each in sign)


def test_half_spaces_stay_where_both_sides_look_different(app: Flask) -> None:
    old, new = (bundled({"profile.toml": b"x", "a.xml": text.encode()}) for text in ("می\u200cشود", "نمی\u200cشود"))
    page = shown(app, compared(old, new, Subject.PROFILE))
    assert "-می\u200cشود" in page
    assert "+نمی\u200cشود" in page
    assert "⟨U+" not in page
