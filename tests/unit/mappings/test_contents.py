"""Contents of mistakes in both languages: a Persian one has no English but names and texts of the mapping."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from adapters.contracts.mapping_files import columns_as_source, read_mapping
from gateway.mapping.compiler import contents
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.draft import MAX_FILE
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.kinds.call_context import context_under
from gateway.mapping.kinds.kind_catalogue import KINDS
from gateway.mapping.kinds.result import ANY_COLUMN
from gateway.mapping.kinds.result import COLUMNS as RESULT
from gateway.mapping.model import expression, paths
from gateway.mapping.model.schema import Group, Leaf, leaves
from gateway.mapping.model.values import Type
from gateway.mapping.transforms import numbers, written_form
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.runtime import toml_words
from gateway.runtime.bilingual import Words

VECTORS = Path(__file__).parents[2] / "vectors" / "mappings"
HEAD = '[mapping]\nlanguage = 1\nname = "own"\nkind = "{kind}"\n'
COLUMNS = columns_as_source({**{each.value: each for each in Type}, "papers": {"kind": Type.TEXT}})
ROW = Group(members={"st": Leaf(required=True), "remark": Leaf(), "any": ANY_COLUMN})
STATES = Group(members={"state": Leaf(choices=frozenset({"Final"}))})
ORGANISATION = context_under(KINDS["page-to-message"].context, {"org": "1"})
WORDS = '[tables.t]\nunknown = "refuse"\n'


def field(*lines: str, target: str = "subject") -> str:
    return "\n".join(["[[field]]", f'target = "{target}"', *lines, ""])


def step(text: str) -> str:
    return field('from = "a"', f"do = [{text}]")


def condition(text: str) -> str:
    return field('value = "x"', f"when = {text}")


def path(text: str) -> str:
    return field(f"from = '{text}'")


def form(text: str) -> str:
    return step(f'{{ name = "parse-time", form = "{text}" }}')


def formula(text: str) -> str:
    return field(f"expression = '''{text}'''")


ROWS: Final = (
    *map(path, ("", "x" * 600, ".".join("a" * 30), "a.[0]", "a[0", "a[x]", "a..b", "a[0]b", "a.", '""', " a")),
    *map(form, ("x" * 101, "[[%Y]]", "%Q", "%Y%", "today", "%Y %Y", "%Y-%m %H", "%Y-%m-%d", "%Y-%m-%d %I")),
    *map(formula, ("", "a.", "'a", "a = b", "a b", '`"`', "a" * 2001, "(" * 61, "eval(a)", "abs()", "merge()")),
    step('{ name = "parse-date", form = "%H" }'),
    step('{ name = "format-date", form = "%Y[%m]" }'),
    step("1"),
    step('"trym"'),
    step('{ name = "trim", x = 1 }'),
    step('{ name = "pad", x = 1 }'),
    step('{ name = "pad", width = "x" }'),
    step('{ name = "pad", width = 0 }'),
    step('{ name = "prefix", text = "" }'),
    step('{ name = "parse-date", form = "%Y%m%d", calendar = "x" }'),
    step('{ name = "boolean", true = [] }'),
    step('{ name = "boolean", true = ["0"] }'),
    step('{ name = "lookup" }'),
    step('{ name = "lookup", table = "x" }'),
    step(", ".join(['"trim"'] * 21)),
    step('{ name = "lookup", table = "t" }') + WORDS + 'entries = { a = "b", c = 1 }\n',
    step('{ name = "lookup", table = "t" }') + WORDS + "entries.a = 1.5\n",
    step('{ name = "lookup", table = "t" }') + WORDS + 'entries.a = { refuse = true, reason = "a\\u0001" }\n',
    "[tables]\nt = 1\n",
    *map(condition, ("{}", '{ from = "a", is = 1.5 }', '{ from = "a", one-of = [] }', '{ from = "a", present = 1 }')),
    *map(condition, ("{ all = [] }", "{ all = [1] }", '{ from = "a", is = 1, is-not = 2 }', '{ form = "a", is = 1 }')),
    field('from = ["a"]'),
    field('from = "a"', 'refuse = "push.token"'),
    field('from = "a"', 'value = "b"'),
    field('from = "a"', 'value = "b"', 'expression = "c"'),
    field("value = {}"),
    field('from = "a"', "default = 07:00:00"),
    field('from = "a"', 'default = ""'),
    field("value = true", 'do = ["digits"]'),
    field('from = "$call.id"'),
    path("papers") + 'form = "a"\n',
)
"""Entries of a mapping of rows, each with a mistake."""

FURTHER: Final[tuple[tuple[str, str, Mapping[str, Any]], ...]] = (
    *(
        ("row-to-notice", condition(f"{{ {text} }}"), {"source": COLUMNS})
        for text in (
            "from = 'papers', is = 'send'",
            "from = 'octets', is = 'x'",
            "from = 'boolean', is = 1",
            "from = 'integer', is = 'الف'",
            "from = 'decimal', is = 'الف'",
            "from = 'date', is = '1404/11/14'",
            "from = 'time', is = '2026-02-03'",
            "from = 'txt', is = 'x'",
        )
    ),
    ("row-to-notice", field('from = ["text", "time"]', 'do = ["join"]'), {"source": COLUMNS}),
    ("row-to-notice", field('from = "octets"', 'do = ["trim"]'), {"source": COLUMNS}),
    ("row-to-notice", path("a"), {"source": Group()}),
    ("row-to-notice", "", {"contract": Group()}),
    ("row-to-notice", "", {"kind": "receipt-to-event"}),
    ("result-to-row", field('from = "state"', "required = true", 'when = { from = "a", is = "b" }', target="st"), {}),
    ("result-to-row", field("value = 1", target="remark") + field("value = 1", target="REMARK"), {"row": RESULT}),
    ("result-to-row", field("value = nan", target="any"), {}),
    ("result-to-row", field("value = 07:32:00", target="any"), {}),
    ("result-to-row", field("value = 99999999999999999999", target="any"), {}),
    ("answer-to-outcome", '[[repeat]]\ntarget = "results"\n[[repeat.field]]\ntarget = "status"\nvalue = "x"\n', {}),
    ("result-to-row", field("value = -9223372036854775808", target="any"), {}),
    ("result-to-row", field('value = "x"', target="code"), {"row": Group(members={"code": Leaf(least_length=2)})}),
    *(
        ("page-to-message", path(text), {"context": ORGANISATION})
        for text in ("$cal.id", "$call.idd", "$session", "$config.orgg", "$request.id")
    ),
    *(
        (
            "answer-to-outcome",
            '[[repeat]]\ntarget = "results"\n[[repeat.field]]\ntarget = "status"\nfrom = "state"\n'
            f'do = [{{ name = "lookup", table = "t" }}]\n{WORDS}entries.{word} = "ACCEPTED"\n',
            {"contract": STATES},
        )
        for word in ("FINAL", "Other")
    ),
    ("receipt-to-event", field('from = "a"', target="content"), {}),
)  # fmt: skip
"""Entries with a mistake, by the kind of their mapping, and the sides that are known."""

FILES: Final = (
    b"#" * (MAX_FILE + 1),
    b"a = " + b"[" * 20_000,
    b"language = ",
    b"",
    b"mapping = 1\ntables = 1\nfield = 1\nrepeat = [1]\n",
    b"[mapping]\nlanguage = 2\nname = 'A b'\nkind = 'rows'\ntitle = 'a\\u0001'\nmore = true\n",
    b"[mapping]\nlanguage = 0x" + b"f" * 5000 + b"\nname = true\nkind = []\n",
    "[mapping]\nname = «x»\n".encode(),
    *(file.read_bytes() for file in sorted(VECTORS.glob("*.toml"))),
)
"""Whole files with a mistake."""

PARAMETERS: Final = frozenset(
    name
    for each in TRANSFORMS.values()
    for parameter in each.parameters
    for name in (parameter.name, *parameter.choices)
)
OURS: Final = frozenset(
    str(name)
    for kind in KINDS.values()
    for path, leaf in (*leaves(kind.source), *leaves(kind.target))
    for name in (kind.name, *kind.context, *kind.areas, *(leaf.choices or ()), ".".join(path))
)
"""Names of the two sides of a kind."""
TECHNICAL: Final = (
    "+03:30 2026-02-03T12:00:00 %Y %m %B %d %H %I %p true false XML UTF-8 BOM Asia/Tehran UTC NAME CODE Final join "
    "lookup language name kind fold refuse reason table repeat expression present contains papers send mapping "
    "judiciary.values C7 Windows-1256 (ANSI) a-z A-Z 0-9 _ key value text 0.5 30 C data u U"
)
"""Names that Persian contents have without the mapping, the keys of a file among them."""


def _mistakes() -> Iterator[tuple[Mistake, str]]:
    """Yield each mistake of each mapping, with the mapping's text."""
    mappings: list[tuple[bytes, Mapping[str, Any]]] = [(octets, {}) for octets in FILES]
    mappings += [((HEAD.format(kind="row-to-notice") + body).encode(), {}) for body in ROWS]
    for kind, body, known in FURTHER:
        mappings.append(((HEAD.format(kind=kind) + body).encode(), {"row": ROW, **known}))
    for octets, known in mappings:
        text = octets.decode("utf-8", "replace")
        try:
            compile_mapping(octets, "own.toml", **known)
        except MappingMistaken as refusal:
            yield from ((mistake, text) for mistake in refusal.mistakes)
        else:
            pytest.fail(text)
    with pytest.raises(MappingMistaken) as unread:
        read_mapping(Path("nowhere.toml"))
    yield unread.value.mistakes[0], ""


@pytest.fixture(scope="module")
def mistakes() -> list[tuple[Mistake, str]]:
    return list(_mistakes())


def _latin(text: str) -> set[str]:
    return set(re.findall("[A-Za-z_-]+|[0-9]+", text))


def test_a_persian_content_is_persian_but_for_names_and_texts_of_the_mapping(
    mistakes: list[tuple[Mistake, str]],
) -> None:
    for mistake, text in mistakes:
        found = mistake.found
        assert bool(found.fa) is bool(found.en), mistake
        if found.fa == mistake.named:
            continue
        is_cut = len(found.fa) == 300
        assert is_cut or re.search("[آ-ی]", found.fa.replace(mistake.named or "\0", "")), mistake
        told = found.fa if not is_cut else found.fa.rpartition("،")[0]
        allowed = " ".join((text, mistake.named, *mistake.known, TECHNICAL, *OURS, *PARAMETERS))
        assert _latin(told) <= _latin(allowed), found


def test_no_persian_content_has_an_english_sentence(mistakes: list[tuple[Mistake, str]]) -> None:
    for mistake, text in mistakes:
        for told in re.findall(r"[a-z]+ [a-z]+ [a-z]+", mistake.found.fa):
            assert told in text, mistake


@pytest.mark.parametrize("module", [contents, paths, expression, written_form, numbers], ids=lambda each: each.__name__)
def test_every_phrase_is_provoked(module: ModuleType, mistakes: list[tuple[Mistake, str]]) -> None:
    told = [mistake.found.en for mistake, _ in mistakes]
    phrases = {name: words.en for name, words in vars(module).items() if isinstance(words, Words)}
    forms = {name: re.sub(r"\\{\w+\\}", ".*", re.escape(phrase)) for name, phrase in phrases.items() if phrase}
    assert [name for name, form in forms.items() if not any(re.search(form, each, re.DOTALL) for each in told)] == []


def test_places_of_a_phrase_are_the_same_in_both_languages() -> None:
    """But for reasons of the reader of JMESPath, which are English."""
    for module in (contents, paths, expression, written_form, numbers, toml_words):
        for name, words in vars(module).items():
            if isinstance(words, Words) and name != "ANOTHER" and words.en != "{found}":
                assert set(re.findall(r"{\w+}", words.en)) == set(re.findall(r"{\w+}", words.fa)), name


def test_a_name_that_is_not_there_stands_beside_those_that_it_may_mean(mistakes: list[tuple[Mistake, str]]) -> None:
    named = {mistake.code: (mistake.named, mistake.known) for mistake, _ in mistakes if mistake.known}
    assert named["mapping.config-missing"] == ("orgg", ("org",))
    assert named.keys() >= {
        "mapping.column-missing", "mapping.target-choice",
        "mapping.unknown-key", "mapping.transform-unknown", "mapping.table-unknown", "mapping.code-unknown",
        "mapping.source-unknown", "mapping.target-unknown", "mapping.kind", "mapping.expression-function",
        "mapping.transform-parameter-unknown",
    }  # fmt: skip
