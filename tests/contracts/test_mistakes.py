"""Mistakes of a mapping against its contract are reported before anything is sent: file, line and remedy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.settings import load_profile
from gateway.mapping.compiler.mistake import MappingMistaken

from .barid.server import PROFILE as BARID
from .binding import bind, edited
from .mizan.server import PROFILE as MIZAN

pytestmark = pytest.mark.long

MISTAKES_OF_MIZAN = {
    "a target that the contract does not have": (
        "submit.toml", 'target = "About"', 'target = "Subject"', "mapping.target-unknown"),
    "a target that the contract cannot do without": (
        "submit.toml", 'target = "Head.LetterNo"', 'target = "Head.Urgent"', "mapping.target-unmapped"),
    "a date where a text is wanted": (
        "submit.toml", 'do = ["jalali-text"]', "do = []", "mapping.target-type"),
    "a word that the contract's list does not have": (
        "submit.toml", 'FOREIGN = "3"', 'FOREIGN = "4"', "mapping.target-choice"),
    "a word of ours without an entry": (
        "submit.toml", 'FOREIGN = "3"\n', "", "mapping.table-incomplete"),
    "a constant that is too long": (
        "submit.toml", 'from = "notices[0].subject"\nrequired = true', f'value = "{"x" * 301}"',
        "mapping.target-length"),
    "an element that the answer does not have": (
        "outcome.toml", 'from = "Ticket"', 'from = "Tickets"', "mapping.source-unknown"),
    "an element that the receipt does not have": (
        "receipt.toml", 'from = "When"', 'from = "Moment"', "mapping.source-unknown"),
    "a mapping of another kind": (
        "page.toml", 'kind = "answer-to-page"', 'kind = "answer-to-outcome"', "mapping.kind-other"),
}  # fmt: skip

MISTAKES_OF_BARID = {
    "a target that the contract does not have": (
        "submit.toml", 'target = "about"', 'target = "subject"', "mapping.target-unknown"),
    "a target that the contract cannot do without": (
        "submit.toml", 'target = "no"', 'target = "urgent"', "mapping.target-unmapped"),
    "one that stands in another part of the same schema": (
        "submit.toml", 'target = "ourRef"', 'target = "marks.ref"', "mapping.target-unmapped"),
    "a target that may be left empty where the contract wants it": (
        "submit.toml", 'target = "about"\nfrom = "subject"\nrequired = true', 'target = "about"\nfrom = "subject"',
        "mapping.target-optional"),
    "a date where a text is wanted": (
        "submit.toml", 'do = [{ name = "jalali-text", form = "yyyy-mm-dd" }]', "do = []", "mapping.target-type"),
    "octets in a JSON text": (
        "submit.toml", 'from = "seal.octets"\ndo = ["base64-encode"]', 'from = "seal.octets"', "mapping.target-type"),
    "octets where anything may stand": (
        "submit.toml", 'target = "marks.office"\nfrom = "body.code"',
        'target = "marks.office"\nfrom = "document.octets"', "mapping.target-type"),
    "a day where anything may stand": (
        "submit.toml", 'target = "marks.office"\nfrom = "body.code"', 'target = "marks.office"\nfrom = "issued_on"',
        "mapping.target-type"),
    "a text where a number is wanted": (
        "submit.toml", 'target = "file.size"\nfrom = "document.size"', 'target = "file.size"\nfrom = "subject"',
        "mapping.target-type"),
    "a number that the contract's list does not have": (
        "submit.toml", "FOREIGN = 3", "FOREIGN = 4", "mapping.target-choice"),
    "a word of ours without an entry": (
        "submit.toml", "FOREIGN = 3\n", "", "mapping.table-incomplete"),
    "a constant that is too long": (
        "submit.toml", 'from = "subject"\nrequired = true', f'value = "{"x" * 301}"', "mapping.target-length"),
    "one value where the contract has a list of groups": (
        "submit.toml", '[[repeat]]\ntarget = "letters"\nfrom = "notices"\nrequired = true',
        '[[field]]\ntarget = "letters"\nfrom = "notices[0].subject"\n[[repeat]]\ntarget = "letters"\nfrom = "notices"',
        "mapping.target-repeated"),
    "a list where the contract has one value": (
        "submit.toml", 'target = "about"\nfrom = "subject"', 'target = "about"\nfrom = "$.notices[*].subject"',
        "mapping.target-type"),
    "a group where the contract has one value": (
        "submit.toml", 'target = "to.code"', 'target = "to"', "mapping.target-group"),
    "a list that is read as one value": (
        "page.toml", 'from = "upTo"', 'from = "slips"', "mapping.transform-type"),
    "a member that the answer does not have": (
        "outcome.toml", 'from = "trackingCode"', 'from = "tracking_code"', "mapping.source-unknown"),
    "a member of a group that the answer does not have": (
        "standing.toml", 'from = "why.no"', 'from = "why.number"', "mapping.source-unknown"),
    "a state of the answer's list without an entry": (
        "parts.json", '"state": { "$ref": "#/$defs/Line" }', '"state": { "enum": ["TAKEN", "LOST"] }',
        "mapping.table-incomplete"),
    "an element that the receipt does not have": (
        "receipt.toml", 'from = "Head.@no"', 'from = "Head.@number"', "mapping.source-unknown"),
    "a mapping of another kind": (
        "page.toml", 'kind = "answer-to-page"', 'kind = "answer-to-outcome"', "mapping.kind-other"),
}  # fmt: skip

MISTAKES = {f"mizan: {name}": (MIZAN, *mistake) for name, mistake in MISTAKES_OF_MIZAN.items()}
MISTAKES |= {f"barid: {name}": (BARID, *mistake) for name, mistake in MISTAKES_OF_BARID.items()}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mapping_that_does_not_fit_the_contract_is_told_with_its_line(tmp_path: Path, mistake: str) -> None:
    profile, file, old, new, code = MISTAKES[mistake]
    folder = edited(shutil.copytree(profile, tmp_path / "mine"), file, old, new)
    with pytest.raises(MappingMistaken) as refusal:
        bind(load_profile(str(folder), Path()))
    assert code in {found.code for found in refusal.value.mistakes}
    assert f"{'outcome.toml' if file == 'parts.json' else file}, line " in refusal.value.where
    assert all(found.entry.remedy for found in refusal.value.mistakes)
