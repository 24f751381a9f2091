"""The walk over a TOML text finds the keys that the standard library's reader finds, and where they stand."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.runtime.toml_file import Key, TomlFile

ROOT = Path(__file__).parents[2]
FILES = [
    *ROOT.glob("config/**/*.toml"),
    *ROOT.glob("tests/vectors/mappings/*.toml"),
    ROOT / "gateway" / "runtime" / "errors.toml",
]

TEXT = '''title = "# no [table] = here"
"quoted key"."with.dot" = 'and = this'
many = """
[not.a.table]
key = "\\""" # nor this
"""
list = [ # of several
  "a", { b = 1, "c" = [2,
   3] },
  \'\'\'x
y = 1\'\'\',
]
[a.b]
c.d = 1979-05-27T07:32:00Z
[[a.e]]
f = 1
[[a.e]]
f = 2
[[a.e.g]]
h = -1.5e3
[a.e.i]
j = true
last = """five""""" # two of them are its own
end = 0'''


def keys(value: Any, path: Key = ()) -> Iterator[Key]:
    if path:
        yield path
    match value:
        case dict():
            for name, inner in value.items():
                yield from keys(inner, (*path, name))
        case list():
            for number, inner in enumerate(value):
                yield from keys(inner, (*path, number))


def test_each_key_has_its_line() -> None:
    file = TomlFile(TEXT.encode())
    found = file.lines
    assert found[("quoted key", "with.dot")] == 2
    assert found[("many",)] == 3
    assert found[("list", 1, "c", 1)] == 9
    assert found[("list", 2)] == 10
    assert found[("a", "b", "c", "d")] == 14
    assert (found[("a", "e", 0, "f")], found[("a", "e", 1, "f")]) == (16, 18)
    assert found[("a", "e", 1, "g", 0, "h")] == 20
    assert found[("a", "e", 1, "i", "j")] == 22
    assert found[("a", "e", 1, "i", "end")] == 24
    assert file.line_of("a", "e", 1, "nowhere", "at all") == 17
    assert file.line_of("nowhere") == 1


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_key_is_missed_and_none_is_made_up(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", errors="replace")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(TomlFile(text.encode()).lines) == set(keys(table))


blanks = st.sampled_from(["", " ", "\t"])
gaps = st.sampled_from(["", " ", "\n", " # a = [b]\n", "\n\n"])
strings = st.sampled_from(
    ['"a"', "'b'", '"\\""', '"""\n[x]\ny = 1\n"""', "'''\nz = \"\n'''", '"# no"', "''", '""', '""""x"""""']
)
scalars = st.one_of(strings, st.sampled_from(["1", "-2.5", "true", "1979-05-27", "0x1F", "1979-05-27 07:32:00"]))


def _array(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(st.tuples(gaps, inner, gaps).map("".join), max_size=3)
    return parts.map(lambda found: "[" + ",".join(found) + ("]" if found else " ]"))


def _inline(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.lists(st.tuples(blanks, inner, blanks), max_size=3)
    return parts.map(
        lambda found: "{" + ",".join(f"{a}k{n}.'x y'{b}={v}{a}" for n, (a, v, b) in enumerate(found)) + "}"
    )


values = st.recursive(scalars, lambda inner: st.one_of(_array(inner), _inline(inner)), max_leaves=6)
entries = st.one_of(
    st.tuples(st.just("{b}key{n}{b}={b}"), values),
    st.tuples(st.just('{b}"a.b"{b}.{b}k{n} = '), values),
    st.tuples(st.sampled_from(["[t{n}]", "[ t{n} . 'u v' ]", "[[many]]", "[[many.inner]]", "[many.t{n}]"]), st.none()),
    st.tuples(st.just("# a = [[comment]]"), st.none()),
)


@given(st.lists(st.tuples(entries, blanks, gaps), max_size=8))
def test_whatever_the_reader_accepts_is_walked(pieces: list[tuple[tuple[str, str | None], str, str]]) -> None:
    text = "[[many]]\n" + "".join(
        head.replace("{b}", blank).replace("{n}", str(number)) + (value or "") + gap + "\n"
        for number, ((head, value), blank, gap) in enumerate(pieces)
    )
    assert set(TomlFile(text.encode()).lines) == set(keys(tomllib.loads(text)))
