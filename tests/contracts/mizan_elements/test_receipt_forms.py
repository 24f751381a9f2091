"""A judiciary whose receipts are elements of its signed answers, or a status with a date."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.receipts.receipt_forms import ElementReceipts, read_part
from adapters.settings import load_profile
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.list_part import ListPart
from gateway.runtime.errors import GatewayError
from tests.contracts.mizan.__main__ import installed
from tests.contracts.mizan.shapes import PolledMizan, StatusMizan, UnsignedMizan, lay

pytestmark = pytest.mark.long

SLIPS = """[mapping]
language = 1
name = "mizan-slips"
kind = "answer-to-receipts"

[[repeat]]
target = "receipts"
from = "Slip"

[[repeat.field]]
target = "octets"
from = "SlipNo"
do = ["base64-decode"]
required = true
"""


def changed(folder: Path, shape: type[PolledMizan], *changes: tuple[str, str]) -> Path:
    lay(folder, shape)
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    (folder / "profile.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_mapping_that_makes_receipts_of_elements_is_refused(tmp_path: Path) -> None:
    request = 'request = "slips-of.toml"\n'
    folder = changed(tmp_path / "mine", UnsignedMizan, (request, request + 'answer = "slips.toml"\n'))
    (folder / "slips.toml").write_text(SLIPS, encoding="utf-8")
    with pytest.raises(MappingMistaken) as refusal:
        mapped_contract(load_profile(str(folder), Path()))
    assert [mistake.code for mistake in refusal.value.mistakes] == ["mapping.receipts-unwanted"]
    assert "{urn:mizan:slip:3}Slip" in refusal.value.detail


@pytest.mark.parametrize(
    ("shape", "old", "new", "code", "reported"),
    [
        (UnsignedMizan, 'mapping = "receipt.toml"\n', "", "config.value", 'form = "element" needs mapping'),
        (StatusMizan, 'form = "status"\n', 'form = "status"\nmapping = "receipt.toml"\n', "config.value",
         'form = "status" has no mapping'),
        (StatusMizan, 'answer = "status.toml"\n', "", "profile.unsupported", "without a mapping of its answer"),
        (UnsignedMizan, 'form = "element"', 'form = "paper"', "config.value", "receipt.form"),
    ],
)  # fmt: skip
def test_a_form_that_lacks_what_it_needs_is_told(
    tmp_path: Path, shape: type[PolledMizan], old: str, new: str, code: str, reported: str
) -> None:
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(changed(tmp_path / "mine", shape, (old, new))), Path())
    assert refusal.value.code == code
    assert reported in refusal.value.detail


def test_receipts_without_an_id_cannot_be_confirmed_by_it(tmp_path: Path) -> None:
    confirm = '[operations.confirm]\nname = "SlipsKept"\nrequest = "confirmation.toml"\n\n[receipt]'
    folder = changed(tmp_path / "mine", UnsignedMizan, ("[receipt]", confirm))
    text = (folder / "receipt.toml").read_text(encoding="utf-8")
    mine = '[[field]]\ntarget = "receipt_id"\nfrom = "SlipNo"\nrequired = true\n\n'
    assert mine in text
    (folder / "receipt.toml").write_text(text.replace(mine, ""), encoding="utf-8")
    with pytest.raises(GatewayError, match="makes no receipt_id"):
        mapped_contract(load_profile(str(folder), Path()))


def run(command: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, command.split())
    assert done.exit_code == 0, f"{command}\n{done.output}\n{done.exception}"
    return done.stdout


def states(directory: Path) -> Counter[str]:
    with closing(sqlite3.connect(directory / "gateway.db")) as store:
        return Counter(state for (state,) in store.execute("SELECT state FROM outbox"))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [UnsignedMizan, StatusMizan])
@pytest.mark.exhaustive(group="stories of contracts", keep=4)
def test_notices_are_served_and_the_auditor_believes_the_answers(tmp_path: Path, shape: type[PolledMizan]) -> None:
    directory = tmp_path / "D"
    config = f"-c {directory}/gateway.toml"
    with installed(directory, shape) as (_, mizan):
        for name in ("collect", "dispatch"):
            run(f"run-once {name} {config}")
        slips, mizan.slips = mizan.slips, []
        run(f"run-once receipts {config}")
        assert states(directory)["SUBMITTED"] > 5, "a status of nothing that happened makes no receipt"
        mizan.slips = slips
        assert isinstance(mizan, PolledMizan)
        mizan.asked.clear()
        for _ in range(4):  # the ends of the rounds, and two of them
            run(f"run-once receipts {config}")
        assert states(directory).keys() == {"VIEWED", "REJECTED", "NO_ACCOUNT"}
        shutil.copy(directory / "pki/judiciary/transport.crt.pem", directory / "pki/anchors/receipts-mizan+answers.pem")
        run(f"archive write {config}")
        reported = run(f"archive verify {directory}/archive --trust {directory}/pki/anchors --json")
        verdicts = json.loads(reported.splitlines()[-1])["verdicts"]
        assert next(verdict for check, verdict in verdicts.items() if "signature" in check) == "PASSED", reported


def test_a_part_that_was_kept_under_another_form_still_waits_for_a_person() -> None:
    part = ListPart(source={"State": "SEEN"}, beside={}, number=0, values={}, problems=())
    kept = read_part(ElementReceipts("{urn:neda:messages:2}Receipt"), part, None, lambda: "page.toml")
    assert kept is not None
    assert kept.unread is not None
    assert (kept.unread.code, kept.unread.detail) == ("mapped.field-invalid", "page.toml")
