"""Documents say what is there: links lead somewhere, named files exist, every verb is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from adapters.cli.main import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "schemas/**/*.md", "certs/*.md")
    for path in ROOT.glob(pattern)
)


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (ROOT / page).parent.joinpath(target).exists(), target


@pytest.mark.parametrize("page", PAGES)
def test_named_files_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for name in re.findall(r"`((?:gateway|adapters|schemas|tests|docs|config|certs)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


def verbs() -> set[str]:
    group = typer.main.get_command(app)
    assert hasattr(group, "commands")
    return set(group.commands)


def test_the_readme_shows_every_verb() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert {verb for verb in verbs() if not re.search(rf"\b{verb}\b", text)} == set()


def test_every_verb_explains_itself() -> None:
    def explained(command: object) -> None:
        assert getattr(command, "help", None), getattr(command, "name", command)
        for inner in getattr(command, "commands", {}).values():
            explained(inner)

    explained(typer.main.get_command(app))
