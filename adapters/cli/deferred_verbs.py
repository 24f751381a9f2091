"""Verbs whose modules are imported when they are typed: one verb needs few of the libraries that all of them need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, ClassVar, cast

import typer
from typer.core import TyperCommand

from adapters.cli.common.imports import importing
from adapters.terminal.usage import PlainGroup


@dataclass(frozen=True, slots=True)
class DeferredVerb:
    """Function at ``place`` (``module:name``), and the first paragraph of its help.

    In the place of a function a group has its `DeferredVerbs` or a `typer.Typer`. A function without a docstring has
    the ``summary`` as its help, and so have `DeferredVerbs`.
    """

    place: str
    summary: str


class DeferredVerbs(Mapping[str, Any]):
    """Commands by their names, verbs before groups. Each is imported and made when it is first looked up."""

    def __init__(self, verbs: Mapping[str, DeferredVerb], groups: Mapping[str, DeferredVerb] | None = None) -> None:
        self._verbs, self._groups = dict(verbs), dict(groups or {})
        self._more: defaultdict[str, dict[str, DeferredVerb]] = defaultdict(dict)
        self._made: dict[str, Any] = {}

    def add_verb(self, name: str, verb: DeferredVerb) -> None:
        self._verbs[name] = verb

    def add_group(self, name: str, group: DeferredVerb) -> None:
        self._groups[name] = group

    def add_to_group(self, group: str, name: str, verb: DeferredVerb) -> None:
        """Give a group of `DeferredVerbs` another verb."""
        self._more[group][name] = verb

    @property
    def known(self) -> Mapping[str, DeferredVerb]:
        return self._verbs | self._groups

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            with importing():
                self._made[name] = self._command(name, resolve_name(self.known[name].place))
        return self._made[name]

    def _command(self, name: str, found: Any) -> Any:
        program, summary = typer.Typer(), self.known[name].summary
        if isinstance(found, DeferredVerbs):
            for inner, verb in self._more[name].items():
                found.add_verb(inner, verb)
            program.add_typer(typer.Typer(cls=found.group()), name=name, help=summary, no_args_is_help=True)
        elif name in self._groups:
            program.add_typer(found, name=name)
        else:
            program.command(name, help=found.__doc__ or summary)(found)
        return typer.main.get_group(program).commands[name]

    def group(self) -> type[DeferredGroup]:
        """Return the class of the group of these verbs."""
        return type("VerbGroup", (DeferredGroup,), {"verbs": self})

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


class DeferredGroup(PlainGroup):
    """Group of the `verbs`. Its help shows their summaries and imports none of them."""

    verbs: ClassVar[DeferredVerbs]

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = cast(Any, self.verbs)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        return list(self.verbs)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        shown = copy(self)
        shown.commands = {name: TyperCommand(name, help=verb.summary) for name, verb in self.verbs.known.items()}
        super(DeferredGroup, shown).format_help(ctx, formatter)
