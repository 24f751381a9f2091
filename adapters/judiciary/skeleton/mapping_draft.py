"""Text of a mapping's first version: every element of the contract is named, and blanks are marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.judiciary.skeleton.guesses import DOCUMENTS, OF_DOCUMENT, Guess, Path, steps_to, telling, wanted
from adapters.judiciary.skeleton.written_names import (
    FIRST,
    can_be_read,
    dotted,
    in_expression,
    is_target,
    one_line,
    quoted,
)
from gateway.mapping.model.schema import Group, Leaf, leaves
from gateway.mapping.model.values import Type
from gateway.notice.notice_kinds import KINDS as NOTICE_KINDS
from gateway.runtime.toml_file import BLANK

RECIPIENTS: Final = ("NATURAL", "LEGAL", "FOREIGN")
_SHOWN: Final = 12
_NO_TARGET: Final = "no mapping can write it: a name has letters, digits, - and _ alone, a path at most 200 characters"
_ABOUT_NOTICES: Final = frozenset({"notice-to-message", "inquiry-to-message", "poll-to-message"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """Part of a request that is drafted. ``table`` is that of its fields; ``prefix`` leads from its source to a notice.

    ``kind`` is the kind of mapping, or `OF_DOCUMENT`.
    """

    table: str
    kind: str
    prefix: str = ""

    @property
    def is_list(self) -> bool:
        return self.table == "repeat.field"


class MappingDraft:
    """Draft of one mapping file.

    ``is_json`` is the form of the contract's messages; ``has_session``: requests carry the token of a login.
    ``unwritten`` are the required parts of a request that no mapping can write, each with the reason.
    """

    def __init__(self, name: str, kind: str, *, is_json: bool, has_session: bool = False) -> None:
        self._head = ["[mapping]", "language = 1", f"name = {quoted(name)}", f"kind = {quoted(kind)}"]
        self._kind, self._is_json, self._has_session = kind, is_json, has_session
        self._tables: dict[str, list[str]] = {}
        self._body: list[str] = []
        self._remarks: list[str] = []
        self.unwritten: list[str] = []

    @property
    def text(self) -> str:
        tables = [line for lines in self._tables.values() for line in ["", *lines]]
        return "\n".join([*self._remarks, *self._head, *tables, *self._body, ""])

    def remark(self, *lines: str) -> None:
        self._remarks += [f"# {one_line(line)}" if line else "" for line in lines]

    def list_elements(self, title: str, tree: Group) -> None:
        """Name every element of a message in comments, with its type."""
        self.remark(title)
        for path, member, needed in _elements(tree):
            kind = "a list" if isinstance(member, Group) else shown_type(member)
            self.remark(f"    {'.'.join(path)}: {kind}{', required' if needed else ''}")
        self._remarks.append("")

    def request(self, tree: Group) -> None:
        """Make each element of a request: by a guess, or with a blank."""
        prefix = "notices[0]." if self._kind in _ABOUT_NOTICES else ""
        self._members(tree, (), _Scope(table="field", kind=self._kind, prefix=prefix), needed=True)

    def _members(self, tree: Group, above: Path, scope: _Scope, *, needed: bool) -> None:
        for name, member in tree.members.items():
            path = (*above, name)
            is_needed = needed and member.required
            if member.only_read:
                said = "its place may repeat, or it stands twice; no request can be written with it"
                self._note(path, said)
            elif not is_target(path):
                self._note(path, _NO_TARGET)
                if is_needed:
                    self.unwritten.append(f"{'.'.join(path)}: {_NO_TARGET}")
            elif isinstance(member, Leaf):
                self._element(path, member, scope, is_needed=is_needed and not member.nullable)
            elif member.many:
                self._list(path, member, scope, is_needed=is_needed)
            else:
                self._members(member, path, scope, needed=is_needed)

    def _note(self, path: Path, said: str) -> None:
        self._body += ["", f"# {one_line('.'.join(path))}: {said}"]

    def _list(self, path: Path, member: Group, scope: _Scope, *, is_needed: bool) -> None:
        if scope.is_list or not is_needed:
            said = "a list in a list" if scope.is_list else "an optional list"
            self._note(path, f"{said}; write a [[repeat]] if it is wanted")
            return
        source, kind = "notices" if self._kind in _ABOUT_NOTICES else BLANK, self._kind
        if self._kind == "notice-to-message" and any(map(DOCUMENTS.search, path[-2:])):
            source, kind = f"{scope.prefix}documents", OF_DOCUMENT
        made = f"from = {quoted(source)}{'' if source == BLANK else _beside('a guess')}"
        self._body += ["", "[[repeat]]", f"target = {quoted(dotted(path))}", made, "required = true"]
        self._members(member, (), _Scope(table="repeat.field", kind=kind), needed=True)

    def _element(self, path: Path, leaf: Leaf, scope: _Scope, *, is_needed: bool) -> None:
        guess = None
        if not leaf.many:
            guess = wanted(path, scope.kind, leaf, prefix=scope.prefix, has_session=self._has_session)
        lines = [f"[[{scope.table}]]", f"target = {quoted(dotted(path))}"]
        remark = shown_type(leaf)
        if guess is None:
            blank = "value" if leaf.choices else "from"
            lines.append(f"{blank} = {quoted(BLANK)}{_beside(remark)}")
        else:
            lines += self._guessed(path, leaf, guess, scope)
        if is_needed:
            lines.append("required = true")
        elif guess is None:
            lines = [f"# {line}" for line in ["optional:", *lines]]
        self._body += ["", *lines]

    def _guessed(self, path: Path, leaf: Leaf, guess: Guess, scope: _Scope) -> list[str]:
        made = f"from = {quoted(guess.source)}{_beside(f'a guess; {shown_type(leaf)}')}"
        what = f"document.{guess.source}" if scope.kind == OF_DOCUMENT else guess.source.rpartition("].")[2]
        # Media types have the same names everywhere.
        if (leaf.choices is not None and what != "document.media_type") or what in ("kind", "recipient.kind"):
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
            f"# {one_line(theirs)}"[:300], f"[tables.{table}]", 'unknown = "refuse"', f"[tables.{table}.entries]",
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

    def read_time(self, what: str, paths: Sequence[tuple[Path, Leaf]]) -> list[str] | None:
        """Return the lines that read a time of an answer, or None if no name speaks for it."""
        if (found := telling(what, paths)) is None:
            return None
        path, leaf = found
        day, time = path, _time_beside(path, paths)
        made = f"from = {quoted(dotted(path))}"
        if leaf.type is Type.TIME:
            return [f"{made}{_beside('a guess')}", _steps(["time"])]
        if time is not None:
            joined = f"join(' ', [{in_expression(day)}, {in_expression(time)}])"
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
    if leaf.nullable:
        said += "; nil without a value"
    return f"a list of {said}" if leaf.many else said


def readable(tree: Group) -> list[tuple[Path, Leaf]]:
    """Return an answer's leaves, those of a first list by its first element. Headers of HTTP come last."""
    found = [each for each in leaves(tree) if each[0][0] != "header"]
    if (listed := first_list(tree)) is not None:
        *above, name = listed[0]
        found += [((*above, f"{name}{FIRST}", *path), leaf) for path, leaf in leaves(listed[1])]
    return found


def first_list(tree: Group, above: Path = ()) -> tuple[Path, Group] | None:
    """Return the first list of groups in an answer."""
    for name, member in tree.members.items():
        if isinstance(member, Group):
            if member.many:
                if can_be_read((*above, name)):
                    return (*above, name), member
                continue
            if (inner := first_list(member, (*above, name))) is not None:
                return inner
    return None


def _steps(steps: Sequence[str]) -> str:
    return f"do = [{', '.join(each if each.startswith('{') else quoted(each) for each in steps)}]"


def _beside(remark: str) -> str:
    return f"    # {one_line(remark)}" if remark else ""
