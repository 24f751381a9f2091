"""A page with content in one of its states, as a short story: a form with mistakes, a preview, a result, an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gateway.people.permissions import Role
from tests.console.browser.stage import Stage

REASON: Final = "نامه ۱۲۳ مورخ ۱۴۰۵/۰۹/۰۷"


@dataclass(frozen=True, slots=True)
class Scene:
    """State of a page: its name, its console, its person, and the steps that lead there."""

    name: str
    console: str
    role: Role | str | None
    play: Callable[[Stage], None]


SCENES: Final[list[Scene]] = []
"""All scenes, in the order in which they are played."""


def scene(console: str, role: Role | str | None) -> Callable[[Callable[[Stage], None]], Callable[[Stage], None]]:
    """Return a decorator that keeps a function as a scene; its name is the function's, with hyphens."""

    def kept(play: Callable[[Stage], None]) -> Callable[[Stage], None]:
        SCENES.append(Scene(play.__name__.replace("_", "-"), console, role, play))
        return play

    return kept


def page(name: str, path: str, role: Role, console: str = "troubled", status: int = 200) -> None:
    """Keep a page that needs no step but its address. ``{name}`` in the path is a notice of the console."""
    SCENES.append(Scene(name, console, role, lambda stage: stage.go(path.format_map(stage.at.named), status)))
