"""A REST service that gives slips only to who names the letter: its question and its answer by mapping files."""

from __future__ import annotations

import base64
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.settings import load_profile
from gateway.judiciary.capabilities import losses
from gateway.judiciary.courier import NamedNotice

from .server import PROFILE

CALL = new_call(datetime(2026, 2, 3, 8, 30, tzinfo=UTC))
FIRST, SECOND = "EB-" + "A" * 32, "EB-" + "B" * 32
LETTERS = {
    "type": "array",
    "items": {"type": "object", "properties": {"ref": {"type": "string"}, "code": {"type": "string"}}},
}


def polled(folder: Path) -> Path:
    """Make the profile of Barid in that shape."""
    shutil.copytree(PROFILE, folder)
    file = folder / "openapi.json"
    contract = json.loads(file.read_text(encoding="utf-8"))
    schema = contract["components"]["requestBodies"]["Next"]["content"]["application/jose"]
    said = {"type": "object", "required": ["letters"], "properties": {"letters": LETTERS}}
    schema["schema"] = {"type": "string", "contentSchema": {"type": "object", "properties": {"content": said}}}
    schema.pop("x-payload", None)
    file.write_text(json.dumps(contract), encoding="utf-8")
    (folder / "slips-of.toml").write_text(
        '[mapping]\nlanguage = 1\nname = "barid-slips-of"\nkind = "poll-to-message"\n'
        '[[repeat]]\ntarget = "letters"\nfrom = "notices"\n'
        '[[repeat.field]]\ntarget = "ref"\nfrom = "reference"\nrequired = true\n'
        '[[repeat.field]]\ntarget = "code"\nfrom = "tracking_number"\n',
        encoding="utf-8",
    )
    (folder / "slips.toml").write_text(
        '[mapping]\nlanguage = 1\nname = "barid-slips"\nkind = "answer-to-receipts"\n'
        '[[repeat]]\ntarget = "receipts"\nfrom = "slips"\n'
        '[[repeat.field]]\ntarget = "octets"\nfrom = "paper"\ndo = ["base64-decode"]\nrequired = true\n',
        encoding="utf-8",
    )
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    for old, new in (
        ("[operations.receipts]", "[operations.poll]"),
        ('"page-request.toml"', '"slips-of.toml"'),
        ('"page.toml"', '"slips.toml"'),
        ('receipts = "cursor"', 'receipts = "poll"'),
    ):
        assert len(re.findall(re.escape(old), text)) == 1, old
        text = text.replace(old, new)
    (folder / "profile.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_question_names_letters_and_its_answer_is_slips(tmp_path: Path) -> None:
    profile = load_profile(str(polled(tmp_path / "barid")), Path())
    assert "lost.receipts-poll" in losses(profile.capabilities)
    contract = mapped_rest_contract(profile)
    asked = contract.poll([NamedNotice(reference=FIRST, tracking_number="BR-1"), NamedNotice(reference=SECOND)], CALL)
    assert asked == {"letters": [{"ref": FIRST, "code": "BR-1"}, {"ref": SECOND}]}
    slips = [{"no": f"RS-{n}", "paper": base64.b64encode(b"<slip/>").decode()} for n in (1, 2)]
    page = contract.receipts({"slips": slips, "upTo": 2, "rest": 0}, CALL)
    assert [receipt.octets for receipt in page.receipts] == [b"<slip/>", b"<slip/>"]
    assert (page.cursor, page.more) == ("", False)
