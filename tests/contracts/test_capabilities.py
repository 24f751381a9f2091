"""A profile's capabilities limit its contract: fields that may read the seal, and the question that proves the path."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.settings import JudiciaryProfile, load_profile
from gateway.judiciary.capabilities import ReceiptWay
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import CATALOGUE, GatewayError

from .barid.server import PROFILE as BARID
from .binding import bind, edited, sealed
from .mizan.server import M, Mizan
from .mizan.shapes import PaperMizan, lay

CALL = new_call(datetime(2026, 2, 3, 8, 30, tzinfo=UTC))


def mizan(folder: Path) -> Path:
    lay(folder, Mizan)
    return folder


def paper_mizan(folder: Path) -> Path:
    lay(folder, PaperMizan)
    return folder


def barid(folder: Path) -> Path:
    return Path(shutil.copytree(BARID, folder))


def barid_without_seal(folder: Path) -> Path:
    shutil.copytree(BARID, folder)
    edited(folder, "profile.toml", 'seal = "inside"', 'seal = "none"')
    return replaced(folder, "seal.octets", "document.octets")


def barid_without_inquiry(folder: Path) -> Path:
    shutil.copytree(BARID, folder)
    file = folder / "profile.toml"
    before, _, after = file.read_text(encoding="utf-8").partition("[operations.inquire]")
    file.write_text(before + after[after.index("[operations.receipts]") :], encoding="utf-8")
    return edited(folder, "profile.toml", 'inquiry = "by-reference"', 'inquiry = "none"')


def replaced(folder: Path, old: str, new: str) -> Path:
    """Replace every occurrence in the mapping of notices; return the folder."""
    file = folder / "submit.toml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def read(folder: Path) -> tuple[JudiciaryProfile, MappedContract[Any]]:
    profile = load_profile(str(folder), Path())
    return profile, bind(profile)


NUMBER, OF_SEAL = 'from = "notices[0].paper_number"', 'from = "notices[0].seal.content_id"'
ELSEWHERE: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "a seal, and none travels": (
        paper_mizan, 'from = "notices[0].document.octets"', 'from = "notices[0].seal.octets"'),
    "an attachment, and no seal travels": (paper_mizan, NUMBER, OF_SEAL),
    "an attachment, and the seal travels inside": (mizan, NUMBER, OF_SEAL),
    "a seal in JSON, and none travels": (
        barid_without_seal, 'from = "document.octets"', 'from = "seal.octets"'),
    "a seal in JSON, which has no elements": (barid, 'from = "seal.octets"', 'from = "seal.element"'),
}  # fmt: skip


@pytest.mark.parametrize("case", ELSEWHERE)
def test_a_field_that_reads_what_travels_elsewhere_is_a_mistake_with_its_line(tmp_path: Path, case: str) -> None:
    make, old, new = ELSEWHERE[case]
    folder = make(tmp_path / "mine")
    read(folder)
    replaced(folder, old, new)
    with pytest.raises(MappingMistaken) as refusal:
        read(folder)
    # No transform takes an element, either.
    codes = {found.code for found in refusal.value.mistakes}
    assert codes - {"mapping.transform-type"} == {"mapping.seal-place"}
    first = refusal.value.mistakes[0]
    assert (folder / "submit.toml").read_text(encoding="utf-8").splitlines()[first.line - 1] == new
    assert "inside" in CATALOGUE[first.code].remedy


def test_an_expression_finds_no_seal_either(tmp_path: Path, pki: Path) -> None:
    """An expression's fields are not known before it runs: it is given nothing that a message may not carry."""
    expression = 'expression = "notices[0].seal.octets"'
    _, contract = read(replaced(paper_mizan(tmp_path / "mine"), 'from = "notices[0].document.octets"', expression))
    with pytest.raises(GatewayError) as refusal:
        contract.submission([sealed(pki, "9990000001")], CALL)
    assert refusal.value.code == "mapped.field-missing"


def is_page_of_mizan(question: etree._Element) -> bool:
    return bool(question.tag == f"{M}NextSlips")


def is_page_of_barid(question: dict[str, Any]) -> bool:
    return question == {"count": 1}


MUTE: dict[str, tuple[Callable[[Path], Path], list[str], Callable[[Any], bool]]] = {
    "mizan": (paper_mizan, ["RegisterLetter", "NextSlips", "SlipsKept"], is_page_of_mizan),
    "barid": (barid_without_inquiry, ["sendLetters", "nextSlips", "keepSlips"], is_page_of_barid),
}


@pytest.mark.parametrize("name", MUTE)
def test_without_an_inquiry_a_page_of_receipts_proves_the_path_or_nothing_does(tmp_path: Path, name: str) -> None:
    make, operations, is_page = MUTE[name]
    profile, contract = read(make(tmp_path / "mine"))
    assert profile.can_be_tried
    assert list(contract.operations) == operations
    assert is_page(contract.account("NATURAL", "9990000000", CALL))
    pushed = profile.file.capabilities.model_copy(update={"receipts": ReceiptWay.CALLBACK})
    deaf = replace(profile, file=profile.file.model_copy(update={"capabilities": pushed}))
    assert not deaf.can_be_tried
    assert bind(deaf).account("NATURAL", "9990000000", CALL) is None
