"""Evidence files: their own members are read, written in the same way, and may have the names that they always had."""

from __future__ import annotations

import pytest

from adapters.crypto.xml.asic import read_manifest
from gateway.evidence.evidence_file import InclusionProof, Index, is_entry
from tests.golden import signed
from tests.golden.keeping import golden_octets
from tests.golden.octets import OCTETS, inclusion_proof, index


@pytest.mark.parametrize("name", [name for name in OCTETS if name.startswith("evidence-file/")])
def test_a_member_is_written_as_it_always_was(name: str) -> None:
    assert OCTETS[name]() == golden_octets(name)


def test_golden_members_are_read() -> None:
    assert Index.of(golden_octets("evidence-file/evidence.json")) == index()
    assert InclusionProof.of(golden_octets("evidence-file/proof.json")) == inclusion_proof()
    listed = read_manifest(golden_octets("evidence-file/manifest.xml"))
    assert listed == {"evidence.json": "application/json", "a.pem": "text/plain"}


@pytest.mark.parametrize("keys", signed.KEYS)
def test_names_in_a_golden_evidence_file_are_still_those_of_one(keys: str) -> None:
    beginning = "notice.asice: "
    names = [name.removeprefix(beginning) for name in signed.members(signed.FOLDER / keys) if beginning in name]
    assert names[:3] == ["mimetype", "META-INF/manifest.xml", "META-INF/signatures001.xml"]
    assert len(names) > 30
    assert all(map(is_entry, names))
