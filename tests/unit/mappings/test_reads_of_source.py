"""Parts of a source that a mapping reads: all that it needs, and no more of a sealed notice than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.crypto.xml.strict_xml import canonical
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.sealed_notice import ALL_PARTS, SealedParts, parts_read, sealed_tree
from adapters.judiciary.plain_rest.plain_contract import plain_rest_contract
from adapters.settings import JudiciaryProfile, ProtocolName, profile_in
from adapters.shipped.resources import PROFILES, ROOT
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Operation, SealSlice
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.notice.notice import sha256

_CASES = ROOT / "tests" / "contracts"
_SHELL = '[mapping]\nlanguage = 1\nname = "x"\nkind = "notice-to-message"\n'
_SEALED = """<n:Notice xmlns:n="urn:eblagh:notice:1" Id="N"><n:Reference>EB-A</n:Reference><n:IssuingBody>
<n:Code>c</n:Code><n:Title>t</n:Title><n:District>d</n:District></n:IssuingBody><n:Case><n:Number>1</n:Number>
</n:Case><n:Paper><n:Number>7</n:Number><n:Kind>ruling</n:Kind><n:Subject>s</n:Subject><n:IssuedOn>2026-02-03</n:IssuedOn>
<n:Revision>1</n:Revision></n:Paper><n:Recipient><n:Kind>NATURAL</n:Kind><n:Identifier>9990000000</n:Identifier>
<n:Name>a</n:Name></n:Recipient><n:Document><n:Name>r.pdf</n:Name><n:MediaType>application/pdf</n:MediaType>
<n:Size>4</n:Size><n:Digest>sha256:00</n:Digest><n:Content>JVBERg==</n:Content></n:Document></n:Notice>"""
OCTETS = canonical(etree.fromstring(_SEALED))
SEAL = SealSlice(reference="EB-A", octets=OCTETS, digest=sha256(OCTETS))


REFERENCE = 'from = "notices[0].reference"'


def reads(fields: str) -> SealedParts:
    program = compile_mapping((_SHELL + fields).encode(), "x.toml")
    return parts_read(program.reads)


def field(source: str, target: str = "a") -> str:
    return f'[[field]]\ntarget = "{target}"\n{source}\n'


def each(source: str, inner: str) -> str:
    return f'[[repeat]]\ntarget = "l"\n{source}\n[[repeat.field]]\ntarget = "a"\n{inner}\n'


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        (field('from = "notices[0].seal.octets"'), SealedParts(fields=False, papers=False, octets=True)),
        (field('expression = "notices[0].seal"'), ALL_PARTS),
        (field('from = "$.notices[*].reference"'), SealedParts(fields=False, papers=False, octets=False)),
        (field('from = "$call.id"'), SealedParts(fields=False, papers=False, octets=False)),
        (field('from = "notices[0].seal.sealed_at"'), SealedParts(fields=True, papers=False, octets=False)),
        (field('from = "notices[0].document.name"'), SealedParts(fields=True, papers=False, octets=False)),
        (field('from = "notices[0].document.octets"'), SealedParts(fields=True, papers=True, octets=False)),
        (
            field(REFERENCE + '\nwhen = { from = "notices[0].kind", present = true }'),
            SealedParts(papers=False, octets=False),
        ),
        (field('from = "notices[0].documents[*].octets"'), SealedParts(fields=True, papers=True, octets=False)),
        (each('from = "notices[0].documents"', 'from = "title"'), SealedParts(fields=True, papers=False, octets=False)),
        (field('expression = "notices[0].reference"'), ALL_PARTS),
        (field('expression = "length(@)"'), ALL_PARTS),
        (each('from = "notices"', 'from = "reference"'), SealedParts(fields=False, papers=False, octets=False)),
        (each('from = "notices"', 'expression = "document"'), SealedParts(octets=False)),
        (each('from = "notices"', 'expression = "keys(@)"'), ALL_PARTS),
        (each('expression = "notices[]"', 'from = "reference"'), ALL_PARTS),
        (each('from = "notices[0].document"', 'from = "octets"'), SealedParts(octets=False)),
    ],
)  # fmt: skip
def test_no_more_of_a_sealed_notice_is_read_than_its_mapping_needs(fields: str, parts: SealedParts) -> None:
    assert reads(fields) == parts


BIND: dict[ProtocolName, Callable[[JudiciaryProfile, Mapping[str, str]], MappedContract[Any]]] = {
    ProtocolName.SOAP: mapped_contract,
    ProtocolName.MAPPED: mapped_contract,
    ProtocolName.REST: mapped_rest_contract,
    ProtocolName.REST_MAPPED: mapped_rest_contract,
    ProtocolName.PLAIN_REST: plain_rest_contract,
}
VALUES = dict.fromkeys(("organisation", "province", "city", "unit"), "1")
FOLDERS = [
    *(PROFILES / name for name in ("eblagh-1", "eblagh-rest-1", "eblagh-rpc-1")),
    *(_CASES / name / "profile" for name in ("mizan", "barid")),
    *(ROOT / "examples").glob("*/profile"),
]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda each: each.parent.name if each.name == "profile" else each.name)
def test_a_message_of_those_parts_is_the_message_of_all(folder: Path) -> None:
    profile = profile_in(folder, "x")
    program = BIND[profile.file.protocol](profile, VALUES).bound[Operation.SUBMIT.value].request
    place = profile.capabilities.seal
    some, whole = (
        program.run({"notices": [sealed_tree(SEAL, place, parts)]}) for parts in (parts_read(program.reads), ALL_PARTS)
    )
    assert some == whole
    assert some.values or some.problems


def test_all_parts_of_a_sealed_notice_are_read_in_one_pass() -> None:
    tree = sealed_tree(SEAL, SealPlace.INSIDE)
    assert tree["document"]["octets"] == b"%PDF"
    assert tree["recipient"]["name"] == "a"
    assert tree["predecessor"] is None
