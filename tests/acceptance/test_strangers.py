"""An independent tool checks all that a finished demonstration stored."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.stranger import believes, command, lay_out, needs_xmlsec1

from .conftest import Program, undisturbed

pytestmark = [needs_xmlsec1, pytest.mark.long]

KINDS = [
    ("A sealed notice", "01-notice.xml", "notice.xml", "municipality", "seal"),
    ("A stored envelope", "02-envelope.xml", "envelope.xml", "municipality", "transport"),
    ("A stored envelope", "03-answer.xml", "envelope.xml", "judiciary", "transport"),
    ("A receipt", "04-receipt.xml", "receipt.xml", "judiciary", "receipts"),
]

SIGNED_DIGIT = rb"[0-9](?=Z</(?:wsu:Created|xades:SigningTime|r:EventTime)>)"
"""A byte that a signature covers, and that stays well-formed XML when it changes."""


@pytest.fixture(scope="module")
def saved(
    finished: tuple[Path, dict[str, Any]], program: Program, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Path, str]:
    """The keys' folder, what was saved of one viewed notice, and its issuing body."""
    directory, config = finished[0], finished[0] / "gateway.toml"
    reference = undisturbed(program, config)
    folder = tmp_path_factory.mktemp("saved")
    shown = program.json("notice", "show", reference, "--config", config, "--save", folder)
    return directory / "pki", folder, shown["body"]


@pytest.mark.parametrize(("heading", "stored", "named", "side", "signer"), KINDS, ids=[kind[1] for kind in KINDS])
def test_xmlsec1_accepts_it_and_refuses_it_with_one_byte_changed(
    saved: tuple[Path, Path, str], tmp_path: Path, heading: str, stored: str, named: str, side: str, signer: str
) -> None:
    pki, folder, body = saved
    lay_out(pki, side, f"seal-{body}" if signer == "seal" else signer, tmp_path)
    octets = (folder / stored).read_bytes()
    commands = at_signing_time(command(heading), octets)
    (tmp_path / named).write_bytes(octets)
    assert believes(commands, tmp_path)
    digits = [match.start() for match in re.finditer(SIGNED_DIGIT, octets)]
    assert digits
    for position in digits[:1] + digits[-1:]:
        changed = bytearray(octets)
        changed[position] = ord("0") + (changed[position] - ord("0") + 1) % 10
        (tmp_path / named).write_bytes(changed)
        assert not believes(commands, tmp_path)


def at_signing_time(commands: str, octets: bytes) -> str:
    """Put the document's own SigningTime where the page shows one."""
    signed = re.search(rb"SigningTime>(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)", octets)
    if signed is None:
        return commands
    return re.sub(r'SIGNED=".*"', f'SIGNED="{signed[1].decode()} {signed[2].decode()}"', commands)
