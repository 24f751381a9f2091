"""Form of the mapping editor: each field of the notice with the rules that fill it, and what is wrong at its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from adapters.console.versions import rule_text, table_text
from adapters.console.versions.editor_draft import EXTRA, MORE, NEW, NEW_EXTRA, NEW_TABLE, TARGETS, TEXT, Draft, Posted
from adapters.console.versions.editor_draft import target_of as target_of_part
from adapters.console.versions.mapping_text import FIELD, HEADER, REPEAT, TABLES, MappingText, Part
from adapters.console.versions.row_preview import PreviewedPage
from adapters.console.versions.rule_text import KEYS, REQUIRED, StepText
from gateway.mapping import Problem
from gateway.mapping.compiler.mistake import MappingMistaken, Mistake
from gateway.mapping.model.schema import Leaf
from gateway.mapping.model.values import Type
from gateway.runtime.bilingual import NOTHING, Words, same
from gateway.runtime.errors import CATALOGUE, CatalogueEntry

_CASE: Final = ""
GROUPS: Final[Mapping[str, Words]] = {
    "body": Words(en="Issuing body", fa="مرجع صادرکننده"),
    _CASE: Words(en="Case and paper", fa="پرونده و برگه"),
    "recipient": Words(en="Recipient", fa="مخاطب"),
    "document": Words(en="Document", fa="سند"),
    "extra": Words(en="Further texts of the judiciary's messages", fa="متن‌های افزوده پیام قوه قضاییه"),
}
TYPES: Final[Mapping[Type, Words]] = {
    Type.INTEGER: Words(en="a whole number", fa="عدد صحیح"),
    Type.DATE: Words(
        en="a day: a text needs a transform that reads it", fa="تاریخ؛ متن به تبدیل خواندن تاریخ نیاز دارد"
    ),
    Type.OCTETS: Words(en="a file: a text in base64 needs a transform", fa="فایل؛ متن base64 به تبدیل نیاز دارد"),
}
"""Types of fields that hold no text."""

_UNNAMED: Final[Mapping[str, Words]] = {
    NEW_TABLE: Words(en="new table", fa="جدول تازه"),
    MORE: Words(en="entries to add", fa="قاعده‌های افزوده"),
}
_NUMBERED: Final = re.compile(r"(?:field|repeat)\.\d+\.(.+)")
_OF_STEP: Final = ("", "name", "table")
"""Keys of a transform that its own text says; the others are its parameters."""

UNREADABLE: Final = "mapping-life.text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """Mistake at the text ``key`` of a part; ``meant`` is the name that is most like the one there.

    ``word`` is the parameter or the word of a table at which it is, ``line`` the line of a text of several entries.
    ``told`` says everything of a text that could not be taken over.
    """

    key: str
    entry: CatalogueEntry
    found: Words = NOTHING
    meant: str = ""
    word: str = ""
    line: int | None = None
    told: Words | None = None

    @property
    def control(self) -> tuple[str, int]:
        """Name of the control, without the number of a transform, and that number from 0."""
        name, _, number = self.key.partition(".")
        return name, int(number) if number.isdigit() else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """Row that is refused for the sake of one field."""

    key: str
    problem: Problem

    @property
    def entry(self) -> CatalogueEntry:
        return CATALOGUE[self.problem.code]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """Rule in the form: the texts of its keys and transforms, as they were typed last."""

    id: str
    texts: Mapping[str, str]
    steps: Sequence[StepText]
    said: Sequence[Said]

    @property
    def is_open(self) -> bool:
        """True if something stands, or is wrong, in the folded part."""
        further = any(self.texts[key] for key in KEYS if key not in ("from", "required"))
        return further or len(self.steps) > 2 or any(step.parameters for step in self.steps) or bool(self.said)

    @property
    def wrong_keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldView:
    """Field of the notice with its rules: one, or several of which the first whose condition holds is taken."""

    path: str
    title: Words
    leaf: Leaf
    rules: Sequence[RuleView]
    refused: Sequence[RefusedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    name: str
    title: Words
    fields: Sequence[FieldView]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextView:
    """Entry that stays a text: a list, or a table that lines cannot say."""

    id: str
    name: str
    text: str
    said: Sequence[Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableView:
    """Table of words: the texts of its entries, of unknown words and of its spelling.

    ``other`` says what its text of unknown words means, if that is written as a table.
    """

    id: str
    name: str
    texts: Mapping[str, str]
    said: Sequence[Said]
    is_new: bool = False

    @property
    def other(self) -> table_text.OtherWord:
        return table_text.other_word(self.texts["unknown"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Whole form; ``said`` are mistakes of the file as a whole."""

    header: Mapping[str, str]
    groups: Sequence[GroupView]
    lists: Sequence[TextView]
    tables: Sequence[TableView]
    further_tables: Sequence[TextView]
    more: TextView
    said: Sequence[Said]

    @property
    def mistakes(self) -> list[tuple[str, Words, Said]]:
        """Return every mistake with the address of its place on the page, and the name of that place."""
        found = [("says", NOTHING, each) for each in self.said]
        for group in self.groups:
            for each in group.fields:
                found += [(f"f-{each.path}", each.title, said) for rule in each.rules for said in rule.said]
        parts: list[TextView | TableView] = [*self.lists, *self.tables, *self.further_tables, self.more]
        for part in parts:
            title = _UNNAMED.get(part.id) or Words(en=part.name, fa=part.name)
            found += [(f"f-{part.id}", title, said) for said in part.said]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Names that a mistaken one may stand for."""

    tables: Sequence[str]
    language: str


@dataclass(slots=True)
class _Placed:
    """Mistakes by the id of their part; those of no part have an empty id."""

    by_id: dict[str, list[Said]] = field(default_factory=dict)

    def at(self, id: str) -> list[Said]:
        return self.by_id.get(id, [])

    def add(self, id: str, said: Said) -> None:
        self.by_id.setdefault(id, []).append(said)


def form_of(
    base: MappingText,
    posted: Posted,
    draft: Draft,
    mistaken: MappingMistaken | None,
    rows: Sequence[PreviewedPage],
    names: Names,
) -> Form:
    """Return the form of a file as it was typed last, with mistakes and refused rows at their fields."""
    placed, header = _placed(base, draft, mistaken, names), _header(base)
    fields = list(_fields(base, posted, placed, rows, names.language))
    groups = [
        GroupView(name=name or "case", title=title, fields=[each for each in fields if _group(each.path) == name])
        for name, title in GROUPS.items()
    ]
    simple = [part for part in base.of_kind(TABLES) if table_text.is_simple(part.entry)]
    whole = [part for part in base.of_kind(TABLES) if part not in simple]
    new = {"name": "", "entries": "", "unknown": "refuse", "fold": "yes"} | posted.of(
        NEW_TABLE, ("name", "entries", "unknown", "fold")
    )
    return Form(
        header={key: str(header.entry.get(key, "")) for key in ("name", "title")} | posted.of("h", ("name", "title")),
        groups=groups,
        lists=[_text(part, target_of_part(part), posted, placed) for part in base.of_kind(REPEAT)],
        tables=[
            *(_table(part, posted, placed) for part in simple),
            TableView(id=NEW_TABLE, name="", texts=new, said=placed.at(NEW_TABLE), is_new=True),
        ],
        further_tables=[_text(part, part.name, posted, placed) for part in whole],
        more=TextView(id=MORE, name="", text=posted.of(MORE, (TEXT,)).get(TEXT, ""), said=placed.at(MORE)),
        said=[*placed.at(""), *placed.at("h")],
    )


def _header(base: MappingText) -> Part:
    return next(part for part in base.parts if part.id == "h")


def _group(path: str) -> str:
    first, dot, _ = path.partition(".")
    return first if dot else _CASE


def _fields(
    base: MappingText, posted: Posted, placed: _Placed, rows: Sequence[PreviewedPage], language: str
) -> Iterator[FieldView]:
    by_target: dict[str, list[Part]] = {}
    for part in base.of_kind(FIELD):
        by_target.setdefault(target_of_part(part), []).append(part)
    refused = list(_refused(rows))
    for path, leaf in {**TARGETS, **{path: Leaf() for path in by_target if path not in TARGETS}}.items():
        rules = [_rule(part.id, part.entry, posted, placed, language) for part in by_target.get(path, ())]
        if not rules:
            required = {"required": True} if leaf.required else {}
            rules = [_rule(f"{NEW}{path}", required, posted, placed, language)]
        columns = {rule.texts["from"] for rule in rules} - {""}
        yield FieldView(
            path=path,
            title=Words(en=_readable(path), fa=leaf.title or path),
            leaf=leaf,
            rules=rules,
            refused=[each for each in refused if _is_of(each.problem, path, columns)],
        )
    yield FieldView(
        path=EXTRA,
        title=Words(en="another text", fa="متن دیگر"),
        leaf=Leaf(),
        rules=[_rule(NEW_EXTRA, {}, posted, placed, language, ("name",))],
        refused=(),
    )


def _readable(path: str) -> str:
    return path.replace(".", ": ").replace("_", " ")


def _refused(rows: Sequence[PreviewedPage]) -> Iterator[RefusedRow]:
    for row in rows:
        yield from (RefusedRow(key=row.key, problem=problem) for problem in row.problems)


def _is_of(problem: Problem, path: str, columns: Collection[str]) -> bool:
    """Return True if a problem is a field's: of its target, or, of a part that cannot be read, of its column."""
    return problem.target == path or (not problem.target and problem.field in columns)


def _rule(
    id: str,
    entry: Mapping[str, object],
    posted: Posted,
    placed: _Placed,
    language: str,
    further: Sequence[str] = (),
) -> RuleView:
    texts = {**rule_text.shown(entry), **dict.fromkeys(further, "")} | posted.of(id, (*KEYS, *further))
    before = rule_text.shown_steps(entry, language)
    steps = posted.steps(id, before)
    spare = StepText("", "")
    return RuleView(id=id, texts=texts, steps=[*(before if steps is None else steps), spare], said=placed.at(id))


def _text(part: Part, name: str, posted: Posted, placed: _Placed) -> TextView:
    text = posted.of(part.id, (TEXT,)).get(TEXT, part.body.replace("\r\n", "\n"))
    return TextView(id=part.id, name=name, text=text, said=placed.at(part.id))


def _table(part: Part, posted: Posted, placed: _Placed) -> TableView:
    texts = table_text.shown(part.entry)
    return TableView(
        id=part.id, name=part.name, texts=texts | posted.of(part.id, tuple(texts)), said=placed.at(part.id)
    )


def _placed(base: MappingText, draft: Draft, mistaken: MappingMistaken | None, names: Names) -> _Placed:
    """Return the mistakes by the part in which a person can correct them."""
    placed, targets = _Placed(), {target_of_part(part): part.id for part in reversed(base.of_kind(FIELD))}
    for id, texts in draft.wrong.items():
        for key, words in texts.items():
            placed.add(id, Said(key=key, entry=CATALOGUE[UNREADABLE], told=words))
    for mistake in mistaken.mistakes if mistaken is not None else ():
        if mistake.code == "mapping.target-unmapped":
            path = mistake.named
            placed.add(targets.get(path, f"{NEW}{path}") if path in TARGETS else "", _said(mistake, "from", names))
            continue
        part = draft.text.part_at(mistake.line) if mistake.key or mistake.code == "mapping.syntax" else None
        key, word = ("", "") if part is None else _place_of(mistake, part)
        if part is None or not part.id:
            placed.add("", _said(mistake, key, names))
        elif _is_text(part):
            line = mistake.line - draft.text.first_line(part) + 1
            placed.add(part.id, replace(_said(mistake, TEXT, names), word=word, line=line))
        else:
            placed.add(part.id, replace(_said(mistake, key, names), word=word))
    return placed


def _is_text(part: Part) -> bool:
    """Return True for a part whose form is one text of several lines."""
    is_whole = part.kind == TABLES and not table_text.is_simple(part.entry)
    return part.kind == REPEAT or part.id == MORE or is_whole


def _place_of(mistake: Mistake, part: Part) -> tuple[str, str]:
    """Return the control at which a mistake is, and its word: that of a table, or a parameter.

    ``field.3.do.1.form`` is the parameter ``form`` of the first transform. The names of a transform and of its table
    stand in the control of the transform itself.
    """
    if part.id == NEW_TABLE and (entry := re.fullmatch(r"tables\..+?\.entries\.(.+)", mistake.key)):
        return "entries", entry[1]
    if part.kind in (TABLES, HEADER):
        above = f"{TABLES}.{part.name}." if part.kind == TABLES else f"{HEADER}."
        if not mistake.key.startswith(above):
            return "entries", ""
        key, _, word = mistake.key.removeprefix(above).partition(".")
        return key, word if key == "entries" else ""
    inside = _NUMBERED.fullmatch(mistake.key)
    if inside is None:
        return "", ""
    first, _, rest = inside[1].partition(".")
    number, _, parameter = rest.partition(".")
    if first != "do" or not number.isdigit():
        return first, ""
    is_of_step = parameter in _OF_STEP
    return f"{'do' if is_of_step else 'with'}.{int(number) - 1}", "" if is_of_step else parameter


def _said(mistake: Mistake, key: str, names: Names) -> Said:
    meant = _meant(mistake, names)
    found = same(mistake.named) if meant else mistake.found
    return Said(key=key, entry=mistake.entry, found=found, meant=meant)


def _meant(mistake: Mistake, names: Names) -> str:
    known = list(mistake.known)
    if mistake.code == "mapping.transform-unknown":
        words = rule_text.transform_words(names.tables)
        known = [*(each.fa if names.language == "fa" else each.en for each in words), *known]
    return next(iter(difflib.get_close_matches(mistake.named, known, 1)), "")


def required_choices(rule: RuleView) -> list[str]:
    """Return the values of a rule's choice: nothing, `REQUIRED`, and the code that the rule has itself."""
    code = rule.texts["required"]
    return ["", REQUIRED, *([code] if code not in ("", REQUIRED) else [])]
