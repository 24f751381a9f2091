"""Documents say what is there: links lead somewhere, named files exist, every verb is shown."""

from __future__ import annotations

import ast
import configparser
import io
import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from rich.console import Console

from adapters.cli import verb_reference
from adapters.cli.main import app
from adapters.sandbox.verbs.demo_progress import summary_table
from gateway.reconciliation.finding import AREA
from gateway.runtime.errors import CATALOGUE

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "schemas/**/*.md", "certs/*.md")
    for path in ROOT.glob(pattern)
)


def anchors(text: str) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings, and those that the page names itself."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found: list[str] = []
    for heading in re.findall(r"^#+ +(.+?) *$", prose, re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- \u200c]", "", plain.lower()).replace(" ", "-")
        found.append(f"{slug}-{found.count(slug)}" if slug in found else slug)
    return {*found, *re.findall(r'id="([^"]+)"', prose)}


def links(text: str) -> list[str]:
    """Return the targets of a page's links that lead to this project's own files: Markdown's, and those of HTML."""
    named = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:href|src|srcset)="([^"]+)"', text)]
    return [target for target in named if not re.match(r"[a-z]+:", target)]


def broken(page: Path) -> list[str]:
    """Return the links of a page whose file or anchor does not exist."""
    missing = []
    for link in links(page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            missing.append(link)
    return missing


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    assert broken(ROOT / page) == []


def test_a_broken_link_is_seen(tmp_path: Path) -> None:
    (tmp_path / "other.md").write_text('# A `first` heading\n<div id="fa"></div>\n', encoding="utf-8")
    good = "[a](other.md) [b](other.md#a-first-heading) [c](other.md#fa) [d](https://example.com/x#y) [e](#top)\n"
    (tmp_path / "page.md").write_text(
        f'# Top\n{good}[f](other.md#second) [g](absent.md) <img src="absent.svg">\n', encoding="utf-8"
    )
    assert broken(tmp_path / "page.md") == ["other.md#second", "absent.md", "absent.svg"]


def test_the_index_of_the_documents_names_every_page() -> None:
    named = set(links((ROOT / "docs/README.md").read_text(encoding="utf-8")))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").glob("*/*.md")}
    assert pages - named == set()


@pytest.mark.parametrize("page", PAGES)
def test_named_files_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for name in re.findall(r"`((?:gateway|adapters|schemas|tests|docs|config|certs)/[\w./-]+)`", text):
        assert (ROOT / name).exists(), name


@cache
def program() -> Any:
    """The command line as a tree of click's commands; building it takes a while."""
    return typer.main.get_command(app)


def groups() -> set[str]:
    return {name for name, command in program().commands.items() if hasattr(command, "commands")}


def verbs() -> set[str]:
    return set(program().commands)


def test_the_page_of_the_command_line_is_current() -> None:
    assert (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8") == verb_reference.page(), "run: make docs"


def test_the_page_of_the_command_line_shows_kinds_ranges_and_defaults() -> None:
    page = verb_reference.page()
    assert "| `--lang` | `en`, `fa` | `en` | Of" in page
    assert "| `--port` | whole number, 0 to 65535 | `0` |" in page
    assert "    run_gateway.py queue withdraw REFERENCE … --reason REASON [OPTIONS]" in page


PROGRAM = re.compile(
    r"(?:python3? )?(?:\.venv/bin/)?(?:\./)?(?:run_gateway\.py|eblagh-gateway)(?![\w./`-])([^\n`|<>;&()\u060c]*)"
)
"""A command as it is typed, up to the end of its line or whatever ends it in prose."""


def typed(text: str) -> list[str]:
    """Return the commands in a page: `` · `` stands between several, two spaces before an explanation."""
    commands = []
    for found in PROGRAM.findall(text.replace("\\\n", " ")):
        command = re.split(r"\s{2,}|…|#", found)[0]
        verb = ""
        for part in command.split(" · "):
            # `archive write · key` is short for two verbs of one group.
            group = verb.split()[0] if verb.split() and len(part.split()) == 1 and part.strip() not in verbs() else ""
            verb = f"{group} {part.strip()}".strip() if group in groups() else part.strip()
            commands.append(verb)
    return [command for command in commands if command and not command.startswith("[")]


def misfit(command: str) -> str | None:
    """Return what of a typed command the program does not know: its verb, or one of its options."""
    at = program()
    everywhere = {option for parameter in at.params for option in parameter.opts}
    words = [word.strip(",.:") for word in command.split()]
    while words and hasattr(at, "commands") and not words[0].startswith("-"):
        if words[0] not in at.commands:
            return f"no verb {words[0]}"
        at = at.commands[words.pop(0)]
    known = everywhere | {"--help"} | {option for parameter in at.params for option in parameter.opts}
    options = [word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    return next((f"no option {option}" for option in options if option not in known), None)


def test_a_misfit_command_is_seen() -> None:
    text = (
        "    run_gateway.py status -c x.toml     says\n`eblagh-gateway keys nothing` or run_gateway.py check --nothing"
    )
    assert [misfit(command) for command in typed(text)] == [None, "no verb nothing", "no option --nothing"]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_in_the_documents_exists_with_its_options(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    wrong = {command: found for command in typed(text) if (found := misfit(command))}
    assert wrong == {}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_command_in_a_remedy_exists(code: str) -> None:
    phrases = re.findall(r"`([a-z][^`]*)`", CATALOGUE[code].remedy)
    named = [phrase for phrase in phrases if phrase.split()[0] in groups() and len(phrase.split()) > 1]
    assert {phrase: found for phrase in named if (found := misfit(phrase))} == {}


def test_the_readme_shows_the_summary_of_the_demonstration() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    printed = Console(width=200, record=True, file=io.StringIO())
    printed.print(summary_table(defaultdict(lambda: 7)))
    labels = [line.partition(" 7 ") for line in printed.export_text().splitlines() if " 7 " in line]
    assert len(labels) == 14
    for label, _, meaning in labels:
        assert re.search(rf"^    {label.strip()} +[\d.]+ *{re.escape(meaning.strip())}$", text, re.MULTILINE), label


def test_the_readme_is_short() -> None:
    for page in ("README.md", "README.fa.md"):
        assert len((ROOT / page).read_text(encoding="utf-8").splitlines()) <= 90, page


def test_the_readme_calls_what_setup_installs() -> None:
    """`make setup` puts these commands where the README says that they are."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    scripts = dict(
        re.split(r"\s*=\s*", line) for line in setup["options.entry_points"]["console_scripts"].split("\n") if line
    )
    assert scripts == dict.fromkeys(("eblagh-gateway", "run_gateway.py"), "adapters.cli.main:run")
    assert "--editable ." in (ROOT / "Makefile").read_text(encoding="utf-8")
    for page in ("README.md", "README.fa.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert "eblagh-gateway" in text
        assert not re.search(r"^ +(?:python3? )?run_gateway\.py", text, re.MULTILINE), page


def test_the_changelog_sorts_each_change_by_its_kind() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    kinds = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
    for version in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        before, *sections = re.split(r"^### ", version, flags=re.MULTILINE)
        found = [section.partition("\n")[0] for section in sections]
        assert found == [kind for kind in kinds if kind in found]
        assert "\n- " not in before, "a change stands under one of the headings Added, Changed, …"


def test_the_glossary_has_each_word_once() -> None:
    words = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8").partition("## Names of")[0]
    terms = re.findall(r"^\| (?!term \||---)(.+?) \|", words, re.MULTILINE)
    names = [name.strip() for term in terms for name in term.split(",")]
    assert [name for name in names if names.count(name) > 1] == []


def test_every_verb_explains_itself() -> None:
    def explained(command: object) -> None:
        assert getattr(command, "help", None), getattr(command, "name", command)
        for inner in getattr(command, "commands", {}).values():
            explained(inner)

    explained(program())


def test_the_page_on_reconciliation_names_every_finding_and_who_must_act() -> None:
    page = (ROOT / "docs/operate/reconciliation.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z.-]+`(?:, )?)+) \| (\w+) \|", page, re.MULTILINE)
    reported = {kind: actor for names, actor in rows for kind in re.findall(r"`([a-z.-]+)`", names)}
    made = {code.removeprefix(AREA): entry.actor.value for code, entry in CATALOGUE.items() if code.startswith(AREA)}
    of_sources = ("source.no-version", "source.unconfigured")
    assert reported == made | {code: CATALOGUE[code].actor.value for code in of_sources}


@pytest.mark.parametrize(
    "file",
    [
        "adapters/schedule/proof_gate.py",
        "gateway/judiciary/pass_statistics.py",
        "gateway/trust/revocation_refresh.py",
        "gateway/runtime/timekeeping.py",
    ],
)
def test_docstrings_begin_with_the_act(file: str) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    reported = [ast.get_docstring(node) or "" for node in ast.walk(tree) if isinstance(node, documented)]
    assert [each for each in reported if re.match(r"(What|Who|Whose|Where|Whether|When|How|Why)\b", each)] == []
