"""Help of options: a section's name in brackets is shown, and is no style of the terminal."""

from __future__ import annotations

from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.shipped.resources import ROOT


def test_the_name_of_a_section_stands_in_the_help() -> None:
    shown = CliRunner().invoke(app, ["profile", "try", "--help"], terminal_width=200).output
    assert "A text of [judiciary.values]" in " ".join(shown.split())


def test_the_page_of_verbs_has_no_escape() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    assert "A text of [judiciary.values]" in page
