"""Differences between two mappings, complete by construction: every value of the two files is compared.

A file is divided into values, each at a place: a key of the header, a word or a rule of a table, a key of a field or
of a list, and the order of fields. A place whose values differ is listed. Comments, spaces and the order of keys have
no place, and no influence on rows.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from gateway.mapping.program.program import Program
from gateway.overview.versions.mapping_rules import RuleLine, rules_of, word_text
from gateway.runtime.toml_file import Key

_HEADER: Final = "mapping"
_TABLES: Final = "tables"
_RULES: Final = ("field", "repeat")
_ENTRIES: Final = "entries"
_ORDER: Final = ""
"""Key of the order of rules, which no entry of a file can have."""

Rule = tuple[tuple[str, str, int], ...]
"""Rule in a file: its kind, its target and its number among those of the same target, for each level of lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChange:
    """Key whose value differs; both values as text of a file, empty where the key is absent."""

    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """Rule that differs between two versions: added if ``before`` is None, removed if ``after`` is None.

    ``keys`` are the keys of a changed rule that differ; empty for an added or removed one.
    """

    before: RuleLine | None
    after: RuleLine | None
    keys: Sequence[KeyChange] = ()

    @property
    def target(self) -> RuleLine:
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WordChange:
    """Word of a table that stands for another value in another version; empty where it is absent.

    Instead of a ``word``, it may be a ``key`` of the table itself: ``unknown`` or ``fold``.
    """

    table: str
    word: str
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChanges:
    """All differences of two files.

    ``header`` are keys of the header that differ. ``moved`` are the targets of rules that stand in another order: a
    refusal has the code of the first problem in this order.
    """

    rules: Sequence[RuleChange] = ()
    words: Sequence[WordChange] = ()
    header: Sequence[KeyChange] = ()
    moved: Sequence[str] = ()

    @property
    def number(self) -> int:
        return len(self.rules) + len(self.words) + len(self.header) + len(self.moved)


def file_changes(before: Program, after: Program) -> FileChanges:
    """Return the differences of two mappings."""
    old, new = _File(before), _File(after)
    places = [place for place in {**old.values, **new.values} if old.text(place) != new.text(place)]
    words = [_word(old, new, place) for place in places if place[0] == _TABLES]
    header = [_key(old, new, place) for place in places if place[0] == _HEADER]
    by_rule: dict[Rule, list[KeyChange]] = {}
    moved: list[str] = []
    for place in places:
        if not isinstance(place[0], tuple):
            assert place[0] in (_TABLES, _HEADER), "a file that compiles has nothing else"
        elif place[1] == _ORDER:
            moved += _moved(old.values.get(place, ()), new.values.get(place, ()))
        else:
            by_rule.setdefault(place[0], []).append(_key(old, new, place))
    rules = [_rule(old, new, rule, keys) for rule, keys in by_rule.items()]
    return FileChanges(rules=rules, words=words, header=header, moved=moved)


class _File:
    """Values of a file by their place, and its rules in words."""

    def __init__(self, program: Program) -> None:
        self.values: dict[Any, Any] = {}
        self.names: dict[Key, Rule] = {}
        table = tomllib.loads(program.octets.decode("utf-8"))
        for key, value in table.get(_HEADER, {}).items():
            self.values[_HEADER, key] = value
        for name, entry in table.get(_TABLES, {}).items():
            self._table(name, entry)
        self._level(table, (), ())
        self.lines = {self.names[line.key]: line for line in rules_of(program)}

    def text(self, place: Any) -> str:
        return toml_text(self.values[place]) if place in self.values else ""

    def _table(self, name: str, entry: Mapping[str, Any]) -> None:
        for key, value in entry.items():
            if key == _ENTRIES:
                self.values |= {(_TABLES, name, word, ""): each for word, each in value.items()}
            else:
                self.values[_TABLES, name, "", key] = value

    def _level(self, table: Mapping[str, Any], key: Key, above: Rule) -> None:
        """Add the rules of the file, or of one list, and their order."""
        for kind in _RULES:
            counts: dict[str, int] = {}
            order: list[tuple[str, int]] = []
            for place, entry in enumerate(table.get(kind, ())):
                target = str(entry.get("target", ""))
                number = counts[target] = counts.get(target, 0) + 1
                rule = (*above, (kind, target, number))
                order.append((target, number))
                self.names[*key, kind, place] = rule
                self.values |= {(rule, name): value for name, value in entry.items() if name not in _RULES}
                self._level(entry, (*key, kind, place), rule)
            if order:
                self.values[((*above, (kind, "", 0)), _ORDER)] = [list(each) for each in order]


def _rule(old: _File, new: _File, rule: Rule, keys: Sequence[KeyChange]) -> RuleChange:
    before, after = old.lines.get(rule), new.lines.get(rule)
    return RuleChange(before=before, after=after, keys=keys if before and after else ())


def _key(old: _File, new: _File, place: Any) -> KeyChange:
    return KeyChange(key=place[1], before=old.text(place), after=new.text(place))


def _word(old: _File, new: _File, place: Any) -> WordChange:
    _, table, word, key = place
    before, after = (word_text(file.values[place], key) if place in file.values else "" for file in (old, new))
    if before == after:  # such as the number 1 and the text "1"
        before, after = old.text(place), new.text(place)
    return WordChange(table=table, word=word, key=key, before=before, after=after)


def _moved(before: Sequence[Any], after: Sequence[Any]) -> Iterator[str]:
    """Yield the targets that stand in another order among those of both files."""
    old, new = [tuple(each) for each in before], [tuple(each) for each in after]
    first, second = [each for each in old if each in new], [each for each in new if each in old]
    blocks = difflib.SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    kept = {place for block in blocks for place in range(block.b, block.b + block.size)}
    yield from (target for place, (target, _) in enumerate(second) if place not in kept)


def toml_text(value: Any) -> str:
    """Return a value as text of a file; values of two types never have the same text."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return json.dumps(value, ensure_ascii=False)
        case list():
            return f"[{', '.join(map(toml_text, value))}]"
        case dict():
            return f"{{ {', '.join(f'{name} = {toml_text(each)}' for name, each in sorted(value.items()))} }}"
        case int() | float():
            return repr(value)
        case _:
            return str(value.isoformat())
