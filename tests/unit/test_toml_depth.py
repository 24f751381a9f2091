"""A file of keys with endless names is refused with its line, whoever reads it."""

from __future__ import annotations

import pytest

from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.toml_file import BLANK, MAX_DEPTH, Malformed, TomlFile, blanks

HEAD = '[mapping]\nlanguage = 1\nname = "deep"\nkind = "row-to-notice"\n'
DEEP = {
    "a dotted key": HEAD + ".".join("a" * 3000) + " = 1\n",
    "a dotted key in a table": HEAD + "[[field]]\nwhen." + ".".join("a" * 60) + " = 1\n",
    "a header": HEAD + "[" + ".".join(["repeat"] * 60) + "]\n",
    "a header of a list": HEAD + "[[" + ".".join(["repeat"] * 2000) + "]]\n",
    "lists in lists": HEAD + "x = " + "[" * 60 + "]" * 60 + "\n",
    "tables in tables": HEAD + "x = " + "{ a = " * 60 + "1" + " }" * 60 + "\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_a_mapping_of_endless_levels_is_refused_with_its_line(name: str) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        compile_mapping(DEEP[name].encode(), "deep.toml")
    [mistake] = refusal.value.mistakes
    assert (mistake.code, mistake.line) == ("mapping.syntax", 6 if "in a table" in name else 5)
    assert f"{MAX_DEPTH} names" in mistake.found.en


@pytest.mark.parametrize("name", DEEP)
def test_any_file_is_refused_so(name: str) -> None:
    with pytest.raises(Malformed):
        TomlFile(DEEP[name].encode())


def test_names_up_to_the_limit_are_read() -> None:
    names = ["a"] * MAX_DEPTH
    file = TomlFile((".".join(names) + f' = "{BLANK}"\n').encode())
    assert list(blanks(file.table)) == [tuple(names)]
    with pytest.raises(Malformed):
        TomlFile((".".join([*names, "a"]) + " = 1\n").encode())


def test_dots_in_a_text_are_no_names() -> None:
    assert TomlFile(b'a = "' + b"x." * 2000 + b'"\n').table


def test_blanks_stand_in_the_order_of_the_file() -> None:
    text = f'b = "{BLANK}"\n"{BLANK}" = {{ c = "{BLANK}" }}\n[a]\nlist = ["x", "{BLANK}", {{ d = "{BLANK}" }}]\n'
    assert list(blanks(TomlFile(text.encode()).table)) == [
        ("b",),
        (BLANK,),
        ("a", "list", 1),
        ("a", "list", 2, "d"),
    ]
