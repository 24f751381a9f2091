"""Messages that are signed, but not where it matters: wrapping, duplicate ids, missing coverage.

The signature is valid, and xmlsec believes them: our check is all that stands there.
"""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.crypto.keys import names

from .conftest import SIGNED_AT
from .edits import WSA, add, all_of, aside, drop
from .forge import Edit, believed_by_xmlsec, edited, find
from .refusals import refused, resign
from .samples import JudiciaryService, signed_message


def test_the_forger_changes_nothing_but_what_it_is_told(judiciary: JudiciaryService, wire: bytes) -> None:
    assert judiciary.messages.examine(resign(judiciary, wire, lambda root: None))


# Wrapping: the signature stays valid, the Body that would be read is another one.


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (all_of(add("soap:Header", "{urn:x}Wrapper"), aside("soap:Header/{urn:x}Wrapper")), "verify.shape"),
        (aside("soap:Header"), "verify.shape"),
        (aside(".//wsse:Security"), "verify.shape"),
        (aside("."), "verify.shape"),
        (aside("soap:Body/*"), "verify.reference"),
    ],
    ids=["a wrapper", "Header", "Security", "Envelope", "the forged Body"],
)
def test_a_body_moved_aside(judiciary: JudiciaryService, wire: bytes, edit: Edit, code: str) -> None:
    octets = edited(wire, edit)
    assert believed_by_xmlsec(octets, judiciary.transport)
    assert refused(judiciary, octets).code == code


@pytest.mark.parametrize("kind", ["ID", "id", names.WSU_ID, "{http://www.w3.org/XML/1998/namespace}id", "{urn:x}Id"])
def test_an_id_that_stands_there_twice(judiciary: JudiciaryService, wire: bytes, kind: str) -> None:
    octets = edited(wire, lambda root: find(root, "soap:Body/*").set(kind, "M-Timestamp"))
    assert refused(judiciary, octets).code == "verify.duplicate-id"


# Coverage.


@pytest.mark.parametrize("part", ["Body", "To", "Action", "MessageID", "BinarySecurityToken", "Timestamp"])
def test_a_part_that_is_not_signed(judiciary: JudiciaryService, wire: bytes, part: str) -> None:
    octets = resign(judiciary, wire, drop(f".//ds:Reference[@URI='#M-{part}']"))
    refusal = refused(judiciary, octets)
    assert refusal.code == "verify.coverage"
    assert part in refusal.detail


def test_only_the_timestamp_is_signed(judiciary: JudiciaryService, wire: bytes) -> None:
    others = ("Body", "To", "Action", "MessageID", "BinarySecurityToken")
    octets = resign(judiciary, wire, all_of(*(drop(f".//ds:Reference[@URI='#M-{name}']") for name in others)))
    assert refused(judiciary, octets).code == "verify.coverage"


def test_a_relates_to_that_is_not_signed(judiciary: JudiciaryService) -> None:
    answer = signed_message(judiciary.transport, SIGNED_AT, relates_to="urn:uuid:7").wire
    octets = resign(judiciary, answer, drop(".//ds:Reference[@URI='#M-RelatesTo']"))
    assert refused(judiciary, octets).code == "verify.coverage"


def test_a_relates_to_that_was_put_in(judiciary: JudiciaryService, wire: bytes) -> None:
    assert refused(judiciary, edited(wire, add("soap:Header", f"{WSA}RelatesTo"))).code == "verify.coverage"


@pytest.mark.parametrize("part", ["Body", "Timestamp", "To", "Action", "MessageID", "BinarySecurityToken"])
def test_a_part_without_an_id(judiciary: JudiciaryService, wire: bytes, part: str) -> None:
    def edit(root: etree._Element) -> None:
        drop(f".//ds:Reference[@URI='#M-{part}']")(root)
        find(root, f".//*[@wsu:Id='M-{part}']").attrib.pop(names.WSU_ID)
        if part == "BinarySecurityToken":
            find(root, ".//wsse:Reference").attrib.pop("URI")

    code = "verify.shape" if part == "BinarySecurityToken" else "verify.coverage"
    assert refused(judiciary, resign(judiciary, wire, edit)).code == code
