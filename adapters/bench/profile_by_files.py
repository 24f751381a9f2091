"""Our own contracts bound by mapping files: the same services and messages, so that code and files can be compared."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from adapters.sandbox.verbs.demo_folder import DemoProfile
from adapters.shipped.resources import PROFILES, RECEIPT_SCHEMA, SCHEMAS

_FILES: Final = Path(__file__).parent / "by_files"

_BINDING: Final = """
[operations.submit]
name = "SubmitNotices"
request = "submit.toml"
answer = "outcome.toml"

[operations.inquire]
name = "InquireStatus"
request = "inquiry.toml"
answer = "standing.toml"

[operations.receipts]
name = "FetchReceipts"
request = "page-request.toml"
answer = "page.toml"

[operations.confirm]
name = "ConfirmReceipts"
request = "confirmation.toml"

[receipt]
root = "{urn:eblagh:receipt:1}Receipt"
schema = "receipt-1.xsd"
mapping = "receipt.toml"

"""

_FAULTS: Final = {DemoProfile.SOAP: "detail.ServiceFault.Code"}
_PROTOCOLS: Final = {DemoProfile.SOAP: ("soap-wss", "soap-mapped")}

CONTRACTS: Final = tuple(_FAULTS)
"""Contracts that can be bound by files."""


def profile_by_files(contract: DemoProfile, folder: Path) -> Path:
    """Write a profile's folder that binds ``contract`` by files; return it."""
    shutil.copytree(PROFILES / contract, folder)
    for file in (_FILES / contract).iterdir():
        shutil.copy(file, folder)
    for file in (SCHEMAS / "seal").glob("*.xsd"):
        shutil.copy(file, folder)
    # A profile's files import none outside of its folder.
    schema = RECEIPT_SCHEMA.read_text(encoding="utf-8")
    (folder / RECEIPT_SCHEMA.name).write_text(schema.replace("../seal/", ""), encoding="utf-8")
    path = folder / "profile.toml"
    path.write_text(_bound(path.read_text(encoding="utf-8"), contract), encoding="utf-8")
    return folder


def _bound(profile: str, contract: DemoProfile) -> str:
    """Return a profile's text with mapping files in the place of its statuses, which stand in their tables."""
    code, files = _PROTOCOLS[contract]
    head, _, rest = profile.replace(f'"{code}"', f'"{files}"').partition("[codes.statuses]")
    codes = rest.partition("[codes]")[2]
    return f'{head}{_BINDING}[codes]\nfault = "{_FAULTS[contract]}"{codes}'
