"""Compiled mapping: closures that turn one document into another under one budget, and collect every problem."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from gateway.mapping.model.budget import NODE, Budget, BudgetExceeded
from gateway.mapping.model.kind import Kind
from gateway.mapping.model.list_part import ListPart
from gateway.mapping.model.refusal import Problem
from gateway.mapping.model.schema import Group, Leaf, checked, find, list_of
from gateway.mapping.model.scope import Scope
from gateway.mapping.model.values import is_missing
from gateway.mapping.program.conditions import Holds, compile_condition
from gateway.mapping.program.needed import Needed, missing, needed_of
from gateway.mapping.program.plan import FieldPlan, Member, RepeatPlan, Source
from gateway.mapping.program.reads import compile_source
from gateway.mapping.program.reads_of_source import Names, beside, picked
from gateway.mapping.program.source_lists import Lists, with_lists, with_row_lists
from gateway.mapping.transforms import transform
from gateway.notice.fields import InvalidField
from gateway.notice.large_octets import LargeValue
from gateway.notice.legal_effect import persian_digits

MAX_PROBLEMS = 100
"""Maximum number of problems in a list; later elements are not processed. A corrected document shows further ones."""


class _Stopped(BudgetExceeded):
    """The budget was exceeded while making ``field``."""

    literal_name = "_Stopped"

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


Make = Callable[[Scope], None]
"""Function that puts one value, or one list, into the scope's group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Result for a document: the target's values by dotted path (a list's elements are such again), or problems.

    ``parts`` are the elements of lists whose elements stand alone, also those with problems, by the list's path.
    """

    values: Mapping[str, Any]
    problems: Sequence[Problem]
    parts: Mapping[str, Sequence[ListPart]] = field(default_factory=dict)

    @property
    def outside(self) -> list[Problem]:
        """The problems that are not those of one element of such a list."""
        inside = {id(problem) for parts in self.parts.values() for part in parts for problem in part.problems}
        return [problem for problem in self.problems if id(problem) not in inside]


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Compiled mapping; ``name`` and ``digest`` (of the file's ``octets``) stand in the evidence of its results.

    ``file`` is the file's own name, for people.

    ``columns`` are the names that it reads of a row, or of a document's outermost level: those of ``reads``.
    """

    name: str
    file: str
    digest: str
    octets: bytes = field(repr=False)
    kind: Kind
    columns: tuple[str, ...]
    targets: tuple[str, ...]
    """Targets on the outermost level, by dotted path."""
    makes: tuple[Make, ...]
    titles: Mapping[str, str]
    needed: tuple[Needed, ...]
    alone: Mapping[str, tuple[Make, ...]]
    """Of each list whose elements stand alone: a function for each of its ``repeat`` entries that makes one element."""
    reads: tuple[Names, ...]
    """Parts of the source that it can read: `gateway.mapping.program.reads_of_source`."""
    lists: Lists
    members: tuple[Member, ...]
    """Its entries as parsed, for people."""

    @property
    def label(self) -> str:
        """Name the mapping and its file for a person."""
        return f"{self.file}, mapping {self.name}"

    def run(
        self,
        document: Any,
        given: Any = None,
        budget: Budget | None = None,
        context: Mapping[str, Any] | None = None,
    ) -> Made:
        """Turn one document into another. Every document leads to a result; no exception escapes.

        ``context`` are the namespaces of the call: `gateway.mapping.kinds.call_context`.
        """
        document = with_row_lists(document) if self.kind.reads_columns else with_lists(document, self.lists)
        scope = Scope(_beside(document, context), document, given, budget or Budget(), [])
        try:
            for make in self.makes:
                make(scope)
        except BudgetExceeded as stopped:
            field = stopped.field if isinstance(stopped, _Stopped) else self.name
            problem = Problem(code=self.kind.codes.budget, field=field, title=self.titles.get(field, field))
            return Made(values={}, problems=[problem])
        made = Made(values=scope.found, problems=scope.problems, parts=scope.parts)
        if not made.outside:
            # A condition may have skipped a required target.
            scope.problems += [
                Problem(code=each.code, field=each.path, title=self.titles.get(each.path, each.path), target=each.path)
                for each in absent(scope, self.needed)
            ]
        return made

    def run_part(self, path: str, part: ListPart, context: Mapping[str, Any] | None = None) -> ListPart | None:
        """Make one element of a list again, from what `Made.parts` had of it; None if its ``repeat`` is no more."""
        makes = self.alone.get(path, ())
        if part.number >= len(makes):
            return None
        scope = Scope(_beside(part.beside, context), part.source, None, Budget(), [])
        try:
            makes[part.number](scope)
        except BudgetExceeded as stopped:
            field = stopped.field if isinstance(stopped, _Stopped) else self.name
            scope.problems.append(Problem(code=self.kind.codes.budget, field=field, title=field))
        return replace(part, values=scope.found, problems=scope.problems)


def _beside(document: Any, context: Mapping[str, Any] | None) -> Any:
    """Return the document's outermost level with the namespaces of the call."""
    if not context:
        return document
    return {**document, **context} if isinstance(document, Mapping) else context


def compile_members(members: Sequence[Member], target: Group, kind: Kind) -> tuple[Make, ...]:
    """Return the functions that make a group's values, in the order of the file."""
    return tuple(_make(member, target, kind, members[:place]) for place, member in enumerate(members))


def compile_parts(members: Sequence[Member], target: Group, kind: Kind) -> dict[str, tuple[Make, ...]]:
    """Return `Program.alone` of a mapping's outermost members."""
    found: dict[str, tuple[Make, ...]] = {}
    for plan in members:
        if isinstance(plan, RepeatPlan) and (group := list_of(target, plan.target)) is not None and group.alone:
            path = ".".join(plan.target)
            found[path] = (*found.get(path, ()), _element(plan, group, kind))
    return found


def _make(member: Member, target: Group, kind: Kind, earlier: Sequence[Member]) -> Make:
    match member:
        case FieldPlan():
            return _field(member, target, kind)
        case RepeatPlan():
            number = sum(isinstance(each, RepeatPlan) and each.target == member.target for each in earlier)
            return _repeat(member, target, kind, number)
        case _:
            assert_never(member)


def _field(plan: FieldPlan, target: Group, kind: Kind) -> Make:
    leaf = find(target, plan.target)
    assert isinstance(leaf, Leaf), "the checks have looked"
    read, when = compile_source(plan.source), compile_condition(plan.when)
    steps = [step.made for step in plan.steps]
    check, path, default, refuse = checked(leaf), ".".join(plan.target), plan.default, plan.refuse
    required = None if plan.required is None else plan.required or leaf.missing or kind.codes.missing
    shown, title = shown_name(plan.source, path), plan.title or leaf.title or path

    def make(scope: Scope) -> None:
        made = (path in scope.found and path not in scope.nil) or path in scope.failed
        if made or (when is not None and not _applies(when, scope, path)):
            return
        is_absent = False
        try:
            value = read(scope.root, scope.item, scope.budget)
            missing = is_missing(value)
            if steps and not missing:
                value = _transformed(value, steps, scope.budget)
                missing = is_missing(value)
            if missing:
                if required is not None:
                    is_absent = True
                    raise InvalidField(required)
                if default is None:
                    if leaf.nullable:
                        scope.found[path] = None
                        scope.nil.add(path)  # a later field may have a value for it
                    return
                value = default
            scope.found[path] = check(value, scope)
            scope.nil.discard(path)
        except InvalidField as error:
            code = error.code if refuse is None or is_absent else refuse
            scope.failed.add(path)
            reason = error.reason if code == error.code else ""
            code = kind.code_of(code)
            scope.problems.append(Problem(code=code, field=shown, title=title, reason=reason, target=path))
        except BudgetExceeded as stopped:
            raise _Stopped(shown) from stopped

    return make


def _transformed(value: Any, steps: Sequence[transform.Made], budget: Budget) -> Any:
    for step in steps:
        # No transform of a list reads octets in it, so those stay where they are.
        if isinstance(value, LargeValue) and not step.in_pieces:
            value = budget.whole(value)
        size = step.size
        budget.spend(NODE if size is None else NODE + size(value))
        before, value = value, step.apply(value)
        if value is None:
            return None
        if value is not before and isinstance(value, str | bytes) and size is None:
            budget.spend(len(value))
    return value


def _element(plan: RepeatPlan, group: Group, kind: Kind) -> Make:
    """Return the function that makes one element of a list in its own scope."""
    makes, needed = compile_members(plan.members, group, kind), needed_of(plan.members, group, kind)
    shown = shown_name(plan.source, ".".join(plan.target)) if plan.source else ".".join(plan.target)

    def make(inner: Scope) -> None:
        for each in makes:
            each(inner)
        if not inner.failed:
            inner.problems += [Problem(code=each.code, field=shown, title=each.path) for each in absent(inner, needed)]

    return make


def _repeat(plan: RepeatPlan, target: Group, kind: Kind, number: int) -> Make:
    """Return the function that makes a list; ``number`` repeats make elements of the same list before it."""
    group = list_of(target, plan.target)
    assert group is not None, "the checks have looked"
    read = compile_source(plan.source, whole=True) if plan.source else None
    when, path = compile_condition(plan.when), ".".join(plan.target)
    make_element, outside = _element(plan, group, kind), beside(plan.members)
    shown = shown_name(plan.source, path) if plan.source else path
    required = None if plan.required is None else plan.required or kind.codes.missing

    def elements(scope: Scope) -> list[Any]:
        found = read(scope.root, scope.item, scope.budget) if read else scope.item
        if found is None:
            return []
        # Many formats write a list of one as a single element.
        return list(found) if isinstance(found, list | tuple) else [found]

    def make_alone(scope: Scope, element: Any) -> dict[str, Any]:
        inner = scope.apart(element)
        make_element(inner)
        parts = scope.parts.setdefault(path, [])
        left = picked(scope.root, outside)
        parts.append(ListPart(source=element, beside=left, number=number, values=inner.found, problems=inner.problems))
        scope.problems += inner.problems
        return inner.found

    def make(scope: Scope) -> None:
        made = (path in scope.found or path in scope.parts) and not plan.append
        stopped = path in scope.failed and not group.alone
        if made or stopped or (when is not None and not _applies(when, scope, path)):
            return
        groups = []
        before = len(scope.problems)
        try:
            those = elements(scope)
            for place, element in enumerate(those, start=1):
                scope.budget.spend(NODE * 4)
                if group.alone:
                    groups.append(make_alone(scope, element))
                    continue
                inner, whole = scope.inner(element), len(scope.problems)
                make_element(inner)
                if len(scope.problems) > whole:
                    of_list = [replace(problem, target=path) for problem in scope.problems[whole:]]
                    numbered = [_numbered(problem, place) for problem in of_list]
                    scope.problems[whole:] = numbered if len(those) > 1 else of_list
                groups.append(inner.found)
                if len(scope.problems) > MAX_PROBLEMS:
                    break
            if not groups and required is not None:
                raise InvalidField(required)
        except InvalidField as error:
            scope.problems.append(Problem(code=kind.code_of(error.code), field=shown, title=path, target=path))
        if len(scope.problems) > before:
            scope.failed.add(path)
            scope.found.pop(path, None)
        elif groups:
            scope.found[path] = [*scope.found.get(path, ()), *groups]

    return make


def _numbered(problem: Problem, place: int) -> Problem:
    """Return a problem that also names its element of a list: a person must find it among several."""
    return replace(problem, title=f"{problem.title}، شماره {persian_digits(str(place))}")


def _applies(when: Holds, scope: Scope, path: str) -> bool:
    """Return True if a field's condition holds.

    A condition that depends on a field with a problem is not judged. The document is refused anyway, and a problem of
    this field would mislead.
    """
    holds = when(scope)
    if holds is None:
        scope.failed.add(path)
        return False
    return holds


def absent(scope: Scope, needed: Sequence[Needed]) -> list[Needed]:
    """Return the needed parts that were not made; parts that may be nil get that as their value."""
    lacking = list(missing(needed, scope.found))
    scope.found.update({each.path: None for each in lacking if each.nullable})
    return [each for each in lacking if not each.nullable]


def shown_name(source: Source, path: str) -> str:
    """Return the name for a refusal: the column, or the target if no column is read."""
    return source.columns[0] if source.columns else path


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by dotted path as a tree of tables and lists, the form for writing a message."""
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *parents, name = path.split(".")
        here = tree
        for parent in parents:
            here = here.setdefault(parent, {})
        here[name] = [_nested(part) for part in value] if isinstance(value, list) else value
    return tree


def _nested(part: Any) -> Any:
    return nested(part) if isinstance(part, dict) else part
