"""Text of a mapping's first version: every element of the contract is named, and blanks are marked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

from adapters.judiciary.skeleton.guesses import Guess, Path, steps_to, telling, wanted
from gateway.mapping.model.schema import Group, Leaf
from gateway.mapping.model.values import Type
from gateway.notice.notice_kinds import KINDS as NOTICE_KINDS
from gateway.runtime.toml_file import BLANK

RECIPIENTS: Final = ("NATURAL", "LEGAL", "FOREIGN")
_SHOWN: Final = 12
_ENDINGS: Final = {Type.DATE: "gregorian-date", Type.TIME: "time"}


class MappingDraft:
    """Draft of one mapping file. ``is_json`` is the form of the contract's messages."""

    def __init__(self, name: str, kind: str, *, is_json: bool) -> None:
        self._head = ["[mapping]", "language = 1", f"name = {quoted(name)}", f"kind = {quoted(kind)}"]
        self._kind, self._is_json = kind, is_json
        self._tables: dict[str, list[str]] = {}
        self._body: list[str] = []
        self._remarks: list[str] = []

    @property
    def text(self) -> str:
        tables = [line for lines in self._tables.values() for line in ["", *lines]]
        return "\n".join([*self._remarks, *self._head, *tables, *self._body, ""])

    def remark(self, *lines: str) -> None:
        self._remarks += [f"# {line}" if line else "" for line in lines]

    def list_elements(self, title: str, tree: Group) -> None:
        """Name every element of a message in comments, with its type."""
        self.remark(title)
        for path, member, needed in _elements(tree):
            kind = "a list" if isinstance(member, Group) else shown_type(member)
            self.remark(f"    {'.'.join(path)}: {kind}{', required' if needed else ''}")
        self._remarks.append("")

    def request(self, tree: Group, *, prefix: str = "notices[0].") -> None:
        """Make each element of a request: by a guess, or with a blank."""
        self._members(tree, (), "field", prefix, "notices", needed=True)

    def _members(self, tree: Group, above: Path, table: str, prefix: str, batch: str | None, *, needed: bool) -> None:
        for name, member in tree.members.items():
            path = (*above, name)
            is_needed = needed and member.required
            if isinstance(member, Leaf):
                self._element(path, member, table, prefix, is_needed=is_needed)
            elif member.many:
                self._list(path, member, table, batch, is_needed=is_needed)
            else:
                self._members(member, path, table, prefix, batch, needed=is_needed)

    def _list(self, path: Path, member: Group, table: str, batch: str | None, *, is_needed: bool) -> None:
        if table == "repeat.field" or not is_needed:
            said = "a list in a list" if table == "repeat.field" else "an optional list"
            self._body += ["", f"# {dotted(path)}: {said}; write a [[repeat]] if it is wanted"]
            return
        source = quoted(batch) if batch else quoted(BLANK)
        self._body += ["", "[[repeat]]", f"target = {quoted(dotted(path))}", f"from = {source}", "required = true"]
        self._members(member, (), "repeat.field", "", None, needed=True)

    def _element(self, path: Path, leaf: Leaf, table: str, prefix: str, *, is_needed: bool) -> None:
        guess = None if leaf.many else wanted(path, self._kind, leaf, prefix=prefix)
        lines = [f"[[{table}]]", f"target = {quoted(dotted(path))}"]
        remark = shown_type(leaf)
        if guess is None:
            blank = "value" if leaf.choices else "from"
            lines.append(f"{blank} = {quoted(BLANK)}{_beside(remark)}")
        else:
            lines += self._guessed(path, leaf, guess, remark)
        if is_needed:
            lines.append("required = true")
        elif guess is None:
            lines = [f"# {line}" for line in ["optional:", *lines]]
        self._body += ["", *lines]

    def _guessed(self, path: Path, leaf: Leaf, guess: Guess, remark: str) -> list[str]:
        made = f"from = {quoted(guess.source)}{_beside(f'a guess; {remark}')}"
        what = guess.source.rpartition("].")[2]
        if leaf.choices is not None or what in ("kind", "recipient.kind"):
            ours = RECIPIENTS if what == "recipient.kind" else tuple(NOTICE_KINDS) if what == "kind" else (BLANK,)
            steps = [f'{{ name = "lookup", table = {quoted(self._table(path[-1], ours, leaf))} }}']
            steps += [quoted("integer")] if leaf.type is Type.INTEGER and leaf.choices is None else []
            return [made, f"do = [{', '.join(steps)}]"]
        made_of, said = steps_to(guess, leaf, path[-1], is_json=self._is_json)
        return [made, *([_steps(made_of) + _beside(said)] if made_of else [])]

    def _table(self, name: str, ours: Sequence[str], leaf: Leaf) -> str:
        """Write a table from our words to the contract's; return its name."""
        table = self._new_table(name)
        theirs = f"their words: {', '.join(sorted(map(str, leaf.choices or ())))}" if leaf.choices else "their words"
        self._tables[table] = [
            f"# {theirs}"[:300], f"[tables.{table}]", 'unknown = "refuse"', f"[tables.{table}.entries]",
            *(f"{quoted(word)} = {quoted(BLANK)}" for word in ours),
        ]  # fmt: skip
        return table

    def told(self, name: str, words: Sequence[object], entries: str, unknown: str) -> str:
        """Write a table from the contract's words to ours; return its name."""
        table = self._new_table(name)
        listed = sorted(map(str, words)) or [BLANK]
        self._tables[table] = [
            f"# each is one of {entries}", f"[tables.{table}]", f"unknown = {unknown}", f"[tables.{table}.entries]",
            *(f"{quoted(word)} = {quoted(BLANK)}" for word in listed),
        ]  # fmt: skip
        return table

    def _new_table(self, name: str) -> str:
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "words"
        return next(each for each in (plain, *(f"{plain}-{n}" for n in range(2, 1000))) if each not in self._tables)

    def begin_repeat(self, target: str, source: str | None) -> None:
        self._body += ["", "[[repeat]]", f"target = {quoted(target)}"]
        self._body += [] if source is None else [f"from = {quoted(source)}"]

    def field(self, table: str, target: str, *lines: str) -> None:
        self._body += ["", f"[[{table}]]", f"target = {quoted(target)}", *lines]

    def read(self, what: str, paths: Sequence[tuple[Path, Leaf]], wants: Type = Type.TEXT) -> list[str] | None:
        """Return the lines that read ``what`` of an answer, or None if no name speaks for it."""
        if (found := telling(what, paths)) is None:
            return None
        path, leaf = found
        lines = [f"from = {quoted(dotted(path))}{_beside(f'a guess; {shown_type(leaf)}')}"]
        if (wants is Type.INTEGER and leaf.type is not Type.INTEGER) or (wants is Type.INTEGER and not self._is_json):
            lines.append(_steps(["integer"]))
        elif wants is Type.BOOLEAN and not (self._is_json and leaf.type is Type.BOOLEAN):
            lines.append(_steps(["boolean"]))
        elif wants is Type.TEXT and self._is_json and leaf.type is Type.INTEGER:
            lines.append(_steps(["text"]))
        return lines

    def read_time(self, paths: Sequence[tuple[Path, Leaf]]) -> list[str]:
        """Return the lines that read the time of an event."""
        if (found := telling("event_time", paths)) is None:
            return [f"from = {quoted(BLANK)}{_beside('the day and time of it')}", _steps(["jalali-time"])]
        path, leaf = found
        day, time = path, _time_beside(path, paths)
        made = f"from = {quoted(dotted(path))}"
        if leaf.type is Type.TIME:
            return [f"{made}{_beside('a guess')}", _steps(["time"])]
        if time is not None:
            joined = f"join(' ', [{dotted(day)}, {dotted(time)}])"
            made = f"expression = {quoted(joined)}"
        said = "a guess: 1404/11/14 12:00:00; time reads ISO 8601, parse-time any other form"
        return [made, _steps(["time" if self._is_json else "jalali-time"]) + _beside(said)]


def _time_beside(day: Path, paths: Sequence[tuple[Path, Leaf]]) -> Path | None:
    """Return the time of day in a field of its own beside a day."""
    for path, _ in paths:
        if path != day and path[:-1] == day[:-1] and path[-1].lower().endswith("time"):
            return path
    return None


def _elements(tree: Group, above: Path = (), *, needed: bool = True) -> Iterator[tuple[Path, Group | Leaf, bool]]:
    for name, member in tree.members.items():
        path, is_needed = (*above, name), needed and member.required
        if isinstance(member, Leaf):
            yield path, member, is_needed
            continue
        if member.many:
            yield path, member, is_needed
        if len(path) < _SHOWN:
            yield from _elements(member, path, needed=is_needed and not member.many)


def shown_type(leaf: Leaf) -> str:
    """Return an element's type in words."""
    said = {Type.ANY: "octets" if leaf.never else "anything", Type.TIME: "day and time"}.get(leaf.type, leaf.type.value)
    if leaf.max_length is not None:
        said += f", at most {leaf.max_length} characters"
    if leaf.choices:
        listed = sorted(map(str, leaf.choices))
        said += f"; one of {', '.join(listed[:_SHOWN])}{', …' if len(listed) > _SHOWN else ''}"
    return f"a list of {said}" if leaf.many else said


def first_list(tree: Group, above: Path = ()) -> tuple[Path, Group] | None:
    """Return the first list of groups in an answer."""
    for name, member in tree.members.items():
        if isinstance(member, Group):
            if member.many:
                return (*above, name), member
            if (inner := first_list(member, (*above, name))) is not None:
                return inner
    return None


def dotted(path: Path) -> str:
    """Return a path as a mapping file writes it."""
    return ".".join(f'"{name}"' if "." in name else name for name in path)


def quoted(text: str) -> str:
    """Return a TOML string."""
    return json.dumps(text, ensure_ascii=False)


def _steps(steps: Sequence[str]) -> str:
    return f"do = [{', '.join(each if each.startswith('{') else quoted(each) for each in steps)}]"


def _beside(remark: str) -> str:
    return f"    # {remark}" if remark else ""
