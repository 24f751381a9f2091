"""The commands of docs/connect/bind-your-own-service.md, and a reader who runs them."""

from __future__ import annotations

import re

from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.shipped.resources import ROOT

_TEXT = (ROOT / "docs/connect/bind-your-own-service.md").read_text(encoding="utf-8")
_SOAP, _, _AFTER = _TEXT.partition("\n## The same with a REST service\n")
_REST, _, _ = _AFTER.partition("\n## ")


def _commands(text: str) -> list[str]:
    return re.findall(r"^    run_gateway\.py (.+)$", text, re.MULTILINE)


SOAP_COMMANDS, REST_COMMANDS = _commands(_SOAP), _commands(_REST)
"""In the order of the page."""


def run(command: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, command.split())
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception}"
    return done.stdout


def output_of(reported: dict[str, str], beginning: str) -> str:
    """Return the output of the one command that begins so."""
    [text] = [text for command, text in reported.items() if command.startswith(beginning)]
    return text
