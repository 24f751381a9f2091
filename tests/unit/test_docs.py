"""Documents say what is there: links lead somewhere, named files exist, every verb is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from adapters.cli.main import app
from gateway.errors import CATALOGUE
from gateway.reconciliation.finding import AREA

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


def test_the_page_on_reconciliation_names_every_finding_and_who_must_act() -> None:
    page = (ROOT / "docs/reconciliation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z.-]+`(?:, )?)+) \| (\w+) \|", page, re.MULTILINE)
    told = {kind: actor for names, actor in rows for kind in re.findall(r"`([a-z.-]+)`", names)}
    made = {code.removeprefix(AREA): entry.actor.value for code, entry in CATALOGUE.items() if code.startswith(AREA)}
    assert told == made | {"source.no-version": CATALOGUE["source.no-version"].actor.value}
