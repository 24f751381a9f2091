"""What a message may tell of a seal, by where the profile says that it travels."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.mapped_contract import mapped_contract
from adapters.settings import load_profile
from gateway.judiciary.capabilities import ReceiptWay
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import CATALOGUE, GatewayError

from .server import M, Mizan
from .shapes import PaperMizan, lay
from .test_courier import pki, sealed

__all__ = ["pki"]

CALL = new_call(datetime(2026, 2, 3, 8, 30, tzinfo=UTC))
SEAL = 'from = "notices[0].seal.octets"'


def edited(tmp_path: Path, shape: type[Mizan], old: str, new: str) -> Path:
    folder = tmp_path / "mine"
    lay(folder, shape)
    text = (folder / "submit.toml").read_text(encoding="utf-8")
    assert old in text
    (folder / "submit.toml").write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("shape", "old", "new"),
    [
        (PaperMizan, 'from = "notices[0].document.octets"', SEAL),
        (PaperMizan, 'from = "notices[0].paper_number"', 'from = "notices[0].seal.content_id"'),
        (Mizan, 'from = "notices[0].paper_number"', 'from = "notices[0].seal.content_id"'),
    ],
)
def test_a_field_that_reads_what_travels_elsewhere_is_a_mistake_with_its_line(
    tmp_path: Path, shape: type[Mizan], old: str, new: str
) -> None:
    folder = edited(tmp_path, shape, old, new)
    with pytest.raises(MappingMistaken) as refusal:
        mapped_contract(load_profile(str(folder), Path()))
    assert {found.code for found in refusal.value.mistakes} == {"mapping.seal-place"}
    first = refusal.value.mistakes[0]
    lines = (folder / "submit.toml").read_text(encoding="utf-8").splitlines()
    assert lines[first.line - 1] == new
    assert "inside" in CATALOGUE[first.code].remedy


def test_an_expression_finds_no_seal_either(tmp_path: Path, pki: Path) -> None:
    """What an expression reads is not known before it runs: it is given nothing that may not be told."""
    expression = 'expression = "notices[0].seal.octets"'
    folder = edited(tmp_path, PaperMizan, 'from = "notices[0].document.octets"', expression)
    contract = mapped_contract(load_profile(str(folder), Path()))
    with pytest.raises(GatewayError) as refusal:
        contract.submission([sealed(pki, "9990000001")], CALL)
    assert refusal.value.code == "mapped.field-missing"


def test_without_an_inquiry_a_page_of_receipts_proves_the_path_or_nothing_does(tmp_path: Path) -> None:
    lay(tmp_path / "mine", PaperMizan)
    profile = load_profile(str(tmp_path / "mine"), Path())
    assert profile.can_be_tried
    question = mapped_contract(profile).account("NATURAL", "9990000000", CALL)
    assert question is not None
    assert question.tag == f"{M}NextSlips"
    pushed = profile.file.capabilities.model_copy(update={"receipts": ReceiptWay.CALLBACK})
    deaf = replace(profile, file=profile.file.model_copy(update={"capabilities": pushed}))
    assert not deaf.can_be_tried
    assert mapped_contract(deaf).account("NATURAL", "9990000000", CALL) is None
