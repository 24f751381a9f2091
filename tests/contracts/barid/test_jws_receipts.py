"""The service of Barid with receipts that are JWS in the place of XML documents, by files alone."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from adapters.crypto.keys.partner import Partner
from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.receipts.jws_receipt_judge import JwsReceiptJudge
from adapters.judiciary.mapped.receipts.receipt_binding import mapped_receipt_judge
from adapters.settings import load_profile
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError

PROFILE = Path(__file__).parent / "profile"
SLIP = {
    "type": "object",
    "properties": {"jti": {"type": "string"}, "our": {"type": "string"}, "code": {"type": "string"},
                   "file": {"type": "string"}, "what": {"type": "string"}, "at": {"type": "integer"}},
    "required": ["jti", "our", "code", "file", "what", "at"],
}  # fmt: skip
NAMES = {"Head.@no": "jti", "Head.OurRef": "our", "Head.TrackingCode": "code", "FileHash": "file", "What": "what",
         "At": "at"}  # fmt: skip
SECTION = """form = "jws"
schema = "slip.json"
mapping = "receipt.toml"
jws = { typ = "barid-slip+jwt", payload = "Slip" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "mine"
    shutil.copytree(PROFILE, made)
    (made / "slip.json").write_text(json.dumps({"$defs": {"Slip": SLIP}}), encoding="utf-8")
    text = (made / "receipt.toml").read_text(encoding="utf-8")
    for old, new in NAMES.items():
        text = text.replace(f'from = "{old}"', f'from = "{new}"')
    (made / "receipt.toml").write_text(text.replace('do = ["epoch-time"]', 'do = ["epoch-time"]'), encoding="utf-8")
    replace(made / "page.toml", "base64-decode", "utf-8")
    xml = 'root = "{urn:barid:slip:2}Rasid"\nschema = "slip.xsd"\nmapping = "receipt.toml"\n'
    replace(made / "profile.toml", xml, SECTION)
    return made


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_the_files_bind_it(folder: Path) -> None:
    profile = load_profile(str(folder), Path())
    contract = mapped_rest_contract(profile)
    nobody = Partner(name="barid", members=MappingProxyType({}))
    judge = mapped_receipt_judge(profile, contract.receipt, nobody, frozenset(), timedelta(minutes=1))
    assert isinstance(judge, JwsReceiptJudge)
    answer = {"slips": [{"paper": "eyJh.eyJi.c2ln"}], "upTo": 7, "rest": 0}
    page = contract.receipts(answer, new_call(system_clock()))
    assert [each.octets for each in page.receipts] == [b"eyJh.eyJi.c2ln"]
    assert not page.receipts[0].unsigned


@pytest.mark.parametrize(
    ("old", "new", "reported"),
    [
        ('jws = { typ = "barid-slip+jwt", payload = "Slip" }\n', "", 'form = "jws" needs jws'),
        ('form = "jws"\n', 'form = "jws"\nroot = "{urn:x}Slip"\n', 'form = "jws" has no root'),
        ('form = "jws"\n', "", 'form = "document" needs root'),
    ],
)
def test_what_the_form_lacks_is_told(folder: Path, old: str, new: str, reported: str) -> None:
    replace(folder / "profile.toml", old, new)
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(folder), Path())
    assert reported in refusal.value.detail


def test_a_payload_that_the_schema_does_not_describe_is_told(folder: Path) -> None:
    replace(folder / "profile.toml", 'payload = "Slip"', 'payload = "Slips"')
    with pytest.raises(GatewayError, match="no schema Slips; there are Slip"):
        mapped_rest_contract(load_profile(str(folder), Path()))
