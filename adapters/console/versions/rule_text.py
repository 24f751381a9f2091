"""One `[[field]]` of a mapping file as texts of a form, and back; unchanged keys stay as they were written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from adapters.console.site.exact_values import is_as_shown
from adapters.console.versions import unreadable
from adapters.console.versions.mapping_text import HEADER
from adapters.console.versions.unreadable import Unreadable
from gateway.mapping.compiler.lookup_tables import LOOKUP
from gateway.mapping.model.paths import BadPath, parse_path
from gateway.mapping.model.schema import Leaf
from gateway.mapping.model.values import Type, type_of
from gateway.mapping.transforms.transform_catalogue import TRANSFORMS
from gateway.notice.text import fold, plain
from gateway.overview.versions.transform_names import TRANSFORM_NAMES
from gateway.runtime.bilingual import Words

TEXTS: Final = ("expression", "refuse", "title")
SOURCES: Final = ("from", "value", "expression")
KEYS: Final = ("from", "value", "expression", "required", "default", "when", "refuse", "title")
REQUIRED: Final = "yes"
_REQUIRED: Final = Words(en="required", fa="الزامی")
MAX_STEPS: Final = 20
_TABLE: Final = re.compile(r"(?:table|جدول)\s+(\S.*)")
_BY_WORDS: Final = {
    fold(text): name for name, words in TRANSFORM_NAMES.items() if name != LOOKUP for text in (words.fa, words.en)
}
_PART: Final = re.compile(r"\s*([\w-]+)\s*=\s*([^\s\"';={}\[\]](?:[^\"';={}\[\]]*[^\s\"';={}\[\]])?)\s*")
"""Parameter without quotes: its value has no sign by which TOML divides."""

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StepText:
    """Transform of a rule: its words, and its parameters as ``name = value``."""

    words: str
    parameters: str


def shown(entry: Entry) -> dict[str, str]:
    """Return the texts of a rule by the keys of the file, and an empty one for each that it lacks."""
    return {key: _shown(key, entry[key]) if key in entry else "" for key in KEYS}


def shown_steps(entry: Entry, language: str) -> list[StepText]:
    """Return a rule's transforms in words."""
    return [_step_text(name, given, language) for name, given in _steps(entry.get("do"))]


def _is_as_shown(step: StepText, number: int, entry: Entry) -> bool:
    """Return True if a transform is as a page of either language showed it."""
    before = [shown_steps(entry, language)[number : number + 1] for language in ("fa", "en")]
    return any(
        is_as_shown(step.words, was.words) and is_as_shown(step.parameters, was.parameters)
        for steps in before
        for was in steps
    )


def transform_words(tables: Sequence[str]) -> list[Words]:
    """Return the words of all transforms, and of the lookup in each table."""
    lookups = [_table_words(name) for name in tables]
    return [*lookups, *(words for name, words in TRANSFORM_NAMES.items() if name in TRANSFORMS)]


def changed(
    entry: Entry, posted: Mapping[str, str], steps: Sequence[StepText] | None, leaf: Leaf, columns: Sequence[str]
) -> tuple[dict[str, Any], dict[str, Words]]:
    """Return the entry as the form says it, and the keys whose text cannot be taken over, with what is wrong.

    A key that is not in ``posted``, or whose text is as it was shown, keeps its value; an empty text removes it.
    ``steps`` are None if the form has none of them.
    """
    made, wrong, before = dict(entry), dict[str, Words](), shown(entry)
    for key, text in posted.items():
        if key not in KEYS or is_as_shown(text, before[key]):
            continue
        if not text.strip():
            made.pop(key, None)
            continue
        try:
            made[key] = _read(key, text.strip(), entry.get(key), leaf, columns)
        except Unreadable as error:
            wrong[key] = error.words
    if steps is not None:
        listed: list[Any] = []
        for number, step in enumerate(steps):
            try:
                if _is_as_shown(step, number, entry):
                    listed.append(entry["do"][number])
                elif step.words.strip():
                    listed.append(_read_step(step))
                elif step.parameters.strip():
                    raise unreadable.parameters_alone()
            except Unreadable as error:
                wrong[f"with.{number}"] = error.words
        if _steps(listed) != _steps(entry.get("do")):
            made["do"] = listed
            if not listed:
                del made["do"]
    return made, wrong


def without_source(before: Entry, made: Entry) -> list[Words]:
    """Return the texts of a rule that mean nothing without a source: its default, and whatever is not as ``before``."""
    texts, was = shown(made), shown(before)
    left = [key for key in KEYS if texts[key] and (key == "default" or texts[key] != was[key])]
    words = [_REQUIRED if key == "required" else Words(en=texts[key], fa=texts[key]) for key in left]
    steps = zip(shown_steps(made, "en"), shown_steps(made, "fa"), strict=True)
    known = shown_steps(before, "en")
    return [*words, *(Words(en=english.words, fa=persian.words) for english, persian in steps if english not in known)]


def rewritten(body: str, kind: str, before: Entry, after: Entry) -> str:
    """Return the text of an entry with other values; comments and untouched keys stay as they are."""
    try:
        document = tomlkit.parse(body)
        table: Any = document[kind]
        whole = {kind: [after]} if isinstance(table, list) else {kind: after}
        change(table[0] if isinstance(table, list) else table, before, after)
        text = tomlkit.dumps(document)
    except (TOMLKitError, LookupError, TypeError, ValueError):
        text, whole = "", {kind: [after]}
    # The editing of texts is not trusted: the standard library's reader must find what was meant.
    return text if is_read_as(text, whole) else new_text(kind, after)


def change(table: Any, before: Entry, after: Entry) -> None:
    """Give a table of tomlkit other values; a key whose value stays is not touched."""
    for key in before.keys() - after.keys():
        del table[key]
    for key, value in after.items():
        if key not in before or before[key] != value or type(before[key]) is not type(value):
            table[key] = _item(value)


def new_text(kind: str, entry: Entry) -> str:
    """Return the text of a new entry."""
    header = f"[{kind}]" if kind == HEADER else f"[[{kind}]]"
    return "\n".join([header, *(f"{key} = {inline(value)}" for key, value in entry.items()), ""])


def inline(value: Any) -> str:
    """Return a value as TOML writes it in one line."""
    text: str = _item(value).as_string()
    return text


def read_inline(text: str, refuse: Callable[[str], Unreadable]) -> Any:
    """Return the value of a text in TOML. Raises the `Unreadable` that ``refuse`` makes of another text."""
    try:
        table = tomllib.loads(f"x = {text}")
    except (ValueError, RecursionError) as error:
        raise refuse(text) from error
    if table.keys() != {"x"}:
        raise refuse(text)
    return table["x"]


def column_name(text: str) -> str:
    """Return the column that a path names, as people call it: without the quotes of a name with blanks."""
    try:
        steps = parse_path(text).steps
    except BadPath:
        return text
    return str(steps[0]) if len(steps) == 1 and isinstance(steps[0], str) else text


def path_of(name: str, columns: Sequence[str]) -> str:
    """Return the path of a column, in quotes where its name needs them."""
    try:
        if name not in columns or parse_path(name).steps == (name,):
            return name
    except BadPath:
        pass
    return f'"{name}"'


def is_read_as(text: str, wanted: Mapping[str, Any]) -> bool:
    """Return True if the standard library reads these values from a text."""
    try:
        return tomllib.loads(text) == wanted
    except (ValueError, RecursionError):
        return False


def _item(value: Any) -> Any:
    """Return a value for tomlkit, all in one line; texts with quotes stand in single ones."""
    if isinstance(value, Mapping):
        table = tomlkit.inline_table()
        for name, inner in value.items():
            table.append(name, _item(inner))
        return table
    if isinstance(value, list):
        array = tomlkit.array()
        for inner in value:
            array.append(_item(inner))
        return array
    if isinstance(value, str):
        return tomlkit.string(value, literal='"' in value and "'" not in value and value.isprintable())
    return tomlkit.item(value)


def _shown(key: str, value: Any) -> str:
    if key == "required":
        return REQUIRED if value is True else "" if value is False else str(value)
    if key == "from" and isinstance(value, str):
        return column_name(value)
    if key in ("value", "default") and isinstance(value, str | int):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value if isinstance(value, str) and key != "when" else inline(value)


def _read(key: str, text: str, before: Any, leaf: Leaf, columns: Sequence[str]) -> Any:
    if key == "required":
        return True if text == REQUIRED else text
    if key == "from":
        return read_inline(text, unreadable.no_list) if text.startswith("[") else path_of(text, columns)
    if key == "when":
        value = read_inline(text, unreadable.no_condition)
        if not isinstance(value, dict):
            raise unreadable.no_condition(text)
        return value
    return text if key in TEXTS else _constant(text, before, leaf)


def _constant(text: str, before: Any, leaf: Leaf) -> Any:
    if text.startswith("["):
        return read_inline(text, unreadable.no_list)
    return _typed(text, before, leaf)


def _steps(listed: Any) -> list[tuple[str, dict[str, Any]]]:
    """Return transforms in one form: a name alone is one without parameters."""
    found = []
    for each in listed if isinstance(listed, list) else []:
        table = {"name": each} if isinstance(each, str) else dict(each)
        found.append((str(table.pop("name", "")), table))
    return found


def _table_words(name: str) -> Words:
    return Words(en=f"table {name}", fa=f"جدول {name}")


def _step_text(name: str, given: Mapping[str, Any], language: str) -> StepText:
    if name == LOOKUP and given.keys() == {"table"}:
        words = _table_words(str(given["table"]))
        return StepText(words.fa if language == "fa" else words.en, "")
    known = TRANSFORM_NAMES.get(name)
    said = name if known is None else known.fa if language == "fa" else known.en
    return StepText(said, ", ".join(f"{key} = {inline(value)}" for key, value in given.items()))


def _read_step(step: StepText) -> Any:
    words = step.words.strip()
    given = _parameters(step.parameters.strip())
    if "name" in given:
        raise unreadable.name_among_parameters()
    if (table := _TABLE.fullmatch(words)) is not None:
        return {"name": LOOKUP, "table": table[1].strip(), **given}
    name = words if words in TRANSFORMS or words == LOOKUP else _BY_WORDS.get(fold(words), words)
    return {"name": name, **_with_texts(name, given, step.parameters)} if given else name


def _parameters(text: str) -> dict[str, Any]:
    """Return parameters as TOML writes them, or with texts without quotes. Raises `Unreadable`."""
    if not text:
        return {}
    try:
        table = tomllib.loads(f"x = {{ {text} }}")
        if table.keys() == {"x"}:
            return dict(table["x"])
    except (ValueError, RecursionError):
        pass
    found: dict[str, Any] = {}
    for part in re.split(r"[,،]", text):
        named = _PART.fullmatch(part)
        if named is None:
            raise unreadable.no_parameters(text)
        number = plain(named[2])
        is_number = re.fullmatch(r"-?\d{1,18}", number, re.ASCII) is not None
        found[named[1]] = int(number) if is_number else {"true": True, "false": False}.get(named[2], named[2])
    return found


def whole_number(text: str) -> int | None:
    """Return the number of up to 18 digits that a text is, in any digits; None if it is something else."""
    number = plain(text)
    return int(number) if re.fullmatch(r"-?\d{1,18}", number, re.ASCII) else None


def _typed(text: str, before: Any, leaf: Leaf) -> Any:
    """Return a constant of the type that the target wants, or that stood there before; else the text."""
    wanted = {leaf.type, type_of(before)}
    if Type.BOOLEAN in wanted:
        return {"true": True, "false": False}.get(text.lower(), text)
    number = whole_number(text) if wanted & {Type.INTEGER, Type.DECIMAL} else None
    if number is not None:
        return number
    value = _in_toml(plain(text))
    is_wanted = type_of(value) in wanted & {Type.DATE, Type.TIME, Type.DECIMAL}
    return value if is_wanted and (not isinstance(value, float) or isfinite(value)) else text


def _with_texts(name: str, given: dict[str, Any], typed: str) -> dict[str, Any]:
    """Return parameters as they were ``typed`` where the transform wants a text: TOML takes 0 or true for another."""
    known = TRANSFORMS.get(name)
    texts = {each.name for each in known.parameters if each.wanted is Type.TEXT} if known else {"table"}
    parts = {part[1]: part[2] for part in map(_PART.fullmatch, re.split(r"[,،]", typed)) if part}
    return {
        key: value if key not in texts or isinstance(value, str | list | dict) else _as_typed(value, parts.get(key, ""))
        for key, value in given.items()
    }


def _as_typed(value: Any, typed: str) -> str:
    return typed if value in (_in_toml(typed), whole_number(typed)) else inline(value)


def _in_toml(text: str) -> Any:
    """Return the value of a text in TOML, or None."""
    try:
        return tomllib.loads(f"x = {text}")["x"]
    except (ValueError, RecursionError):
        return None
