"""Checks of plans against source and target: find mistakes before the first document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, assert_never

from gateway.mapping.compiler import contents
from gateway.mapping.compiler.condition_checks import unfit
from gateway.mapping.compiler.constant_checks import NOT_IN_A_ROW, assert_accepted
from gateway.mapping.compiler.context_checks import assert_in_context
from gateway.mapping.compiler.draft import Draft
from gateway.mapping.compiler.expression_types import NULL, expression_type
from gateway.mapping.compiler.lookup_tables import VALUES, lacks
from gateway.mapping.model.expression import named_in_context
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.paths import Path
from gateway.mapping.model.schema import OPEN, Group, Leaf, find, leaves, list_of, lists, only_read
from gateway.mapping.model.values import Type, is_missing, type_of
from gateway.mapping.program.plan import (
    Asked,
    Condition,
    FieldPlan,
    Member,
    RepeatPlan,
    Source,
    asked_of,
    sources_of,
)
from gateway.mapping.transforms.dates import ZONELESS
from gateway.runtime.toml_file import Key

Target = tuple[str, ...]

_WRITTEN = frozenset({Type.DATE, Type.TIME})
"""Types that an expression reads as text."""

_NOT_IN_A_MESSAGE = frozenset({Type.OCTETS, Type.DATE, Type.TIME})
"""Types for which neither JSON nor the text of an XML element has a form of its own."""

_JOINED = frozenset({Type.TEXT, Type.INTEGER, Type.ANY})


class Judge:
    """Checker of the members of the file and of each repeat; mistakes are noted in the draft.

    If some entries were unreadable, the others are judged one by one: a target that seems missing may be in an
    unreadable entry.
    """

    def __init__(self, draft: Draft, kind: Kind, source: Group) -> None:
        self._draft, self._kind, self._root, self._is_whole = draft, kind, source, not draft.mistakes
        self._context = Group(members=kind.context)
        self._unknown = "mapping.column-missing" if kind.reads_columns else "mapping.source-unknown"
        self._no_target = "mapping.column-missing" if kind.writes_columns else "mapping.target-unknown"

    def members(self, members: Sequence[Member], key: Key, source: Group, target: Group) -> None:
        """Judge one level: paths begin at ``source``, and members fill the group ``target``."""
        seen: dict[Target, Member] = {}
        is_whole = self._is_whole
        for member in members:
            wanted = self._placed(member, target)
            self._condition(member.when, seen, source)
            if wanted is None:
                is_whole = False  # what seems to be missing may be what it was meant for
                continue
            if (other := _clash(member, seen)) is not None:
                self._draft.mistake("mapping.target-twice", (*member.key, "target"), named=".".join(other))
            elif self._kind.writes_columns and (same := _spelt_otherwise(member, seen, target)) is not None:
                found = contents.SAME_COLUMN.filled(target=".".join(member.target), same=same)
                self._draft.mistake("mapping.target-twice", (*member.key, "target"), found)
            match member, wanted:
                case FieldPlan(), Leaf():
                    self._field(member, wanted, source, seen)
                case RepeatPlan(), Group():
                    self._repeat(member, wanted, source)
            seen[member.target] = member
        if is_whole:
            self._complete(seen, key, target)

    def _placed(self, member: Member, target: Group) -> Leaf | Group | None:
        """Return the leaf or group that the member fills; None if its form differs."""
        key, path = (*member.key, "target"), ".".join(member.target)
        if path.casefold() in target.kept:
            self._draft.mistake("mapping.column-kept", key, named=path)
            return None
        found = find(target, member.target)
        if found is None:
            self._draft.unknown(self._no_target, key, path, _names(target))
            return None
        if only_read(target, member.target):
            self._draft.mistake("mapping.target-unwritable", key, named=path)
            return None
        match member:
            case FieldPlan() if isinstance(found, Group):
                code = "mapping.target-repeated" if found.many else "mapping.target-group"
                self._draft.mistake(code, key, named=path)
                return None
            case FieldPlan():
                return found
            case RepeatPlan():
                if (listed := list_of(target, member.target)) is None:
                    self._draft.mistake("mapping.target-single", key, named=path)
                return listed
            case _:
                assert_never(member)

    def _repeat(self, plan: RepeatPlan, target: Group, source: Group) -> None:
        inner = source
        if plan.source is not None:
            inner = OPEN
            self._reads(plan.source, source)
            if plan.source.path is not None:
                found = find(self._start(plan.source.path, source), plan.source.path.names)
                inner = found if isinstance(found, Group) else OPEN
        self.members(plan.members, plan.key, inner, target)

    def _field(self, plan: FieldPlan, leaf: Leaf, source: Group, seen: Mapping[Target, Member]) -> None:
        draft = self._draft
        self._reads(plan.source, source)
        for name in leaf.after:
            if self._is_whole and tuple(name.split(".")) not in seen:
                draft.mistake("mapping.order", (*plan.key, "target"), contents.COMES_BEFORE.filled(name=name))
        given = self._given(plan.source, source)
        takes = plan.steps[0].takes if plan.steps else None
        if takes is not None and given is not Type.ANY and given not in takes:
            code = "mapping.column-type" if self._kind.reads_columns else "mapping.transform-type"
            words = {"types": contents.any_of(takes), "type": contents.TYPES[given]}
            draft.mistake(code, plan.steps[0].key, contents.TAKES_SOURCE.filled(name=plan.steps[0].name, **words))
        self._joined(plan, source)
        gives = plan.steps[-1].gives if plan.steps else given
        fitting = _suits(gives, leaf) and not (self._kind.writes_columns and gives in NOT_IN_A_ROW)
        if not plan.steps and leaf.check is None and leaf.type in self._never(plan.source, source):
            fitting = False
        if not fitting and (plan.steps or not plan.source.is_constant):
            of_column = self._kind.reads_columns and not plan.steps
            key = plan.source.key if of_column else (*plan.key, "target")
            code = "mapping.column-type" if of_column or self._kind.writes_columns else "mapping.target-type"
            phrase = contents.STEP_MISSING if gives is Type.ANY else contents.ANOTHER_TYPE
            words = {"type": contents.TYPES[leaf.type], "gives": contents.TYPES[gives]}
            draft.mistake(code, key, phrase.filled(target=".".join(plan.target), **words))
        if leaf.zoned and plan.steps and plan.steps[-1].name in ZONELESS:
            found = contents.DROPS_OFFSET.filled(name=plan.steps[-1].name)
            draft.mistake("mapping.target-zone", plan.steps[-1].key, found)
        if plan.source.is_constant and not plan.steps:
            self._value(plan.source.constant, leaf, plan.source.key)
        if plan.default is not None:
            self._value(plan.default, leaf, (*plan.key, "default"))
            if is_missing(plan.default) and leaf.check is not None and not self._kind.writes_columns:
                draft.mistake("mapping.constant", (*plan.key, "default"), contents.EMPTY_DEFAULT)
        self._tables(plan, leaf, source)

    def _joined(self, plan: FieldPlan, source: Group) -> None:
        """Note a path of several whose value no text can be made of: `join` would always refuse it."""
        if not plan.steps or plan.steps[0].name != "join":
            return
        code = "mapping.column-type" if self._kind.reads_columns else "mapping.transform-type"
        for path in plan.source.paths:
            found = find(self._start(path, source), path.names)
            if isinstance(found, Leaf) and found.type not in _JOINED:
                wrong = contents.JOIN_TAKES.filled(path=path.text, type=contents.TYPES[found.type])
                self._draft.mistake(code, plan.source.key, wrong)

    def _tables(self, plan: FieldPlan, leaf: Leaf, source: Group) -> None:
        """Check tables: a last one must fit the target, a first one must know all words of the source."""
        last = plan.steps[-1].table if plan.steps else None
        if last is not None:
            for word, value in last.entries.items():
                if type_of(value) in VALUES:  # another one is a mistake of the table's own
                    self._value(value, leaf, (*last.key, "entries", word))
            if last.value is not None:
                self._value(last.value, leaf, (*last.key, "unknown"))
        first = plan.steps[0].table if plan.steps else None
        path = plan.source.path
        if first is not None and first.refuse is None and self._kind.writes_columns:
            return  # the words of this source are ours: one value for all others is intended
        if first is not None and path is not None:
            read = find(self._start(path, source), path.names)
            choices = read.choices if isinstance(read, Leaf) else None
            needed = frozenset(choices or ()) - (read.later if isinstance(read, Leaf) else frozenset())
            for word in sorted(map(str, needed)):
                if (reason := lacks(first, word)) is not None:
                    self._draft.mistake("mapping.table-incomplete", (*first.key, "entries"), reason)

    def _value(self, value: Any, leaf: Leaf, key: Key) -> None:
        assert_accepted(self._draft, self._kind, leaf, key, value)

    def _given(self, source: Source, group: Group) -> Type:
        """Return the known type of a source."""
        if source.is_constant:
            return type_of(source.constant)
        if source.paths:
            return Type.LIST
        if source.expression is not None:
            made = expression_type(source.expression, group)
            if not isinstance(made, Leaf) or made.many or made.check is not None:
                return Type.ANY
            return Type.TEXT if made.type in _WRITTEN else made.type
        if source.path is None:
            return Type.ANY
        found = find(self._start(source.path, group), source.path.names)
        is_list = found is not None and found.many and not isinstance(source.path.steps[-1], int)
        if source.path.is_many or is_list:
            return Type.LIST
        return found.type if isinstance(found, Leaf) else Type.ANY

    def _never(self, source: Source, group: Group) -> frozenset[Type]:
        """Return types that a value from this source never has, if nothing else is known of it."""
        if source.expression is not None:
            return _WRITTEN | (_NOT_IN_A_MESSAGE if self._kind.reads_message else frozenset())
        path = source.path
        if path is None or path.namespace is not None or not self._kind.reads_message:
            return frozenset()
        found = find(self._start(path, group), path.names) if path.names else None
        return _NOT_IN_A_MESSAGE | (found.never if isinstance(found, Leaf) and found.type is Type.ANY else frozenset())

    def _reads(self, source: Source, group: Group) -> None:
        """Note a path, or the start of an expression, that the source does not have."""
        for path in [source.path] if source.path is not None else source.paths:
            self._reads_path(path, source.key, group)
        if source.expression is None:
            return
        if expression_type(source.expression, group) == NULL:
            self._draft.mistake("mapping.expression-null", source.key)
        for namespace, name in named_in_context(source.expression):
            if namespace in self._kind.context:
                names = (namespace,) if name is None else (namespace, name)
                assert_in_context(self._draft, self._kind, source.key, names, ".".join(names))
        for name in source.columns:
            if name not in self._kind.context and find(group, (name,)) is None:
                self._draft.unknown(self._unknown, source.key, name, _names(group))

    def _reads_path(self, path: Path, key: Key, group: Group) -> None:
        if path.namespace is not None:
            names = path.names[1:] if path.steps[1:] == path.names[1:] else ()
            assert_in_context(self._draft, self._kind, key, (path.namespace, *names), path.text)
            return
        start = self._start(path, group)
        found = find(start, path.names) if path.names else start
        if found is None:
            self._draft.unknown(self._unknown, key, path.text, _names(start))
        elif isinstance(found, Leaf) and found.barred:
            self._draft.mistake(found.barred, key, named=path.text)
        elif (listed := _list_passed(path, start)) is not None:
            self._draft.mistake("mapping.source-list", key, contents.A_LIST.filled(path=path.text, name=listed))

    def _start(self, path: Path, group: Group) -> Group:
        """Return the group at which a path begins."""
        if path.namespace is not None:
            return self._context
        return self._root if path.from_root else group

    def _condition(self, condition: Condition | None, seen: Iterable[Target], source: Group) -> None:
        for read in sources_of(condition):
            self._reads(read, source)
        for asked in asked_of(condition):
            if asked.source is not None:
                self._test(asked, asked.source, source)
            elif self._is_whole and asked.target not in seen:
                late = contents.COMES_BEFORE.filled(name=".".join(asked.target))
                self._draft.mistake("mapping.condition-target", (*asked.key, "target"), late)

    def _test(self, asked: Asked, source: Source, group: Group) -> None:
        """Note a test that no value of its column passes."""
        if self._kind.reads_columns:
            for reason in unfit(asked, self._given(source, group)):
                self._draft.mistake("mapping.column-type", (*asked.key, asked.test.value), reason)

    def _complete(self, seen: Mapping[Target, Member], key: Key, target: Group) -> None:
        """Note required targets that no entry makes, or that an entry makes only sometimes."""
        for path, leaf in leaves(target):
            made = seen.get(path)
            if made is None:
                # A row already has its required columns.
                if _is_wanted(leaf) and not self._kind.writes_columns and _is_needed(path, target, seen):
                    self._draft.mistake("mapping.target-unmapped", key, named=".".join(path))
            elif _is_wanted(leaf) and isinstance(made, FieldPlan):
                self._certain(made, ".".join(path))
        for path, group in lists(target):
            if _is_wanted(group) and path not in seen and _is_needed(path, target, seen):
                self._draft.mistake("mapping.target-unmapped", key, named=".".join(path))

    def _certain(self, made: FieldPlan, name: str) -> None:
        """Note a field of a required target that may leave it without a value."""
        if not _is_certain(made):
            self._draft.mistake("mapping.target-optional", (*made.key, "target"), named=name)
        elif self._kind.writes_columns and made.when is not None:
            found = contents.EMPTIED.filled(target=name)
            self._draft.mistake("mapping.target-optional", (*made.key, "target"), found, named=name)


def _list_passed(path: Path, start: Group) -> str | None:
    """Return the list in a path that lacks the index of an element; None if there is none."""
    names: list[str] = []
    for step, following in pairwise(path.steps):
        if isinstance(step, str):
            names.append(step)
            found = find(start, tuple(names))
            if isinstance(following, str) and isinstance(found, Group) and found.many:
                return ".".join(names)
    return None


def _clash(member: Member, seen: Mapping[Target, Member]) -> Target | None:
    """Return an earlier target in the same place, around it or inside it."""
    target = member.target
    before = seen.get(target)
    if isinstance(member, RepeatPlan) and member.append and isinstance(before, RepeatPlan):
        return None
    if before is not None:
        return target if before.when is None else None
    return next((other for other in seen if other[: len(target)] == target or target[: len(other)] == other), None)


def _is_wanted(member: Leaf | Group) -> bool:
    """Return True for a part that must have a value: one that may be nil need have none."""
    return member.required and not member.nullable


def _spelt_otherwise(member: Member, seen: Iterable[Target], row: Group) -> str | None:
    """Return an earlier target that is the same column in another case, unless the row is known to have both."""
    name = ".".join(member.target)
    for other in map(".".join, seen):
        if other != name and other.casefold() == name.casefold() and not {name, other} <= row.members.keys():
            return other
    return None


def _is_needed(path: Target, target: Group, seen: Iterable[Target]) -> bool:
    """Return True if every group above is required, or present since an entry fills part of it."""
    for length in range(1, len(path)):
        above = find(target, path[:length])
        filled = any(other[:length] == path[:length] for other in seen)
        if isinstance(above, Group) and not _is_wanted(above) and not filled:
            return False
    return True


def _is_certain(plan: FieldPlan) -> bool:
    """Return True if the plan, once its condition holds, always gives a value or a refusal.

    An unmet condition of a required target ends in a refusal, too, but for columns of a row: it empties them.
    """
    given = plan.source.is_constant and plan.source.constant is not None
    return plan.required is not None or plan.default is not None or given


def _suits(gives: Type, leaf: Leaf) -> bool:
    if gives in leaf.never:
        return False
    if Type.ELEMENT in (gives, leaf.type):
        return gives is leaf.type
    if Type.ANY in (gives, leaf.type) or gives == leaf.type:
        return True
    if gives is Type.LIST:
        return leaf.many
    # A target's own check reads both kinds of numbers.
    numbers = {Type.TEXT, Type.INTEGER} if leaf.check else {Type.INTEGER, Type.DECIMAL}
    return gives in numbers and leaf.type in numbers and gives is not Type.DECIMAL


def _names(group: Group) -> list[str]:
    return sorted(".".join(path) for path, _ in [*leaves(group), *lists(group)])
