"""Our own contract by other mapping files: those of a configuration read what its own files read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.contracts.message import message_of
from adapters.contracts.xml_tree import tree_of
from adapters.crypto.keys.names import JUDICIARY
from adapters.judiciary.call_context import call_about, new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.settings import load_profile, profile_in
from adapters.shipped.resources import CONFIG, PROFILES
from gateway.judiciary.courier import Accepted, Rejected, SealSlice, Unknown
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of
from gateway.mapping.program.program import Program
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError

PROFILE = PROFILES / "eblagh-1"
UNCLEAR = "courier.incomplete-answer"
REFERENCES = ["EB-A", "EB-B", "EB-C"]
ABOUT = call_about(datetime(2026, 2, 3, tzinfo=UTC), REFERENCES)


def program(name: str, element: str) -> Program:
    path: Path = CONFIG / "mappings" / f"{name}.toml"
    return compile_mapping(path.read_bytes(), path.name, contract=message_of(PROFILE / "messages-1.xsd", element))


OUTCOME = program("eblagh-1-outcome", "SubmitNoticesResponse")
STANDING = program("eblagh-1-standing", "InquireStatusResponse")

texts = st.sampled_from(["EB-A", "EB-B", "EB-C", "EB-D", ""])
result = st.fixed_dictionaries(
    {"Status": st.sampled_from(["ACCEPTED", "REJECTED", "NO_ACCOUNT", "DEFERRED", "NOT_KNOWN", "FILED"])},
    optional={
        "Reference": texts,
        "TrackingNumber": st.sampled_from(["", "T-1"]),
        "Code": st.sampled_from(["", "E-7"]),
        "Text": st.sampled_from(["", "متن", "x" * 3000]),
        "RetryAfterSeconds": st.sampled_from(["0", " 60 ", "+5", "99999999"]),
    },
)


def answer(operation: str, results: list[dict[str, str]]) -> etree._Element:
    root = etree.Element(f"{{{JUDICIARY}}}{operation}Response")
    for reported in results:
        element = etree.SubElement(root, f"{{{JUDICIARY}}}Result")
        for name in ("Reference", "TrackingNumber", "Status", "Code", "Text", "RetryAfterSeconds"):
            if name in reported:
                etree.SubElement(element, f"{{{JUDICIARY}}}{name}").text = reported[name]
    return root


@given(st.lists(result, max_size=4))
def test_an_answer_is_read_as_the_courier_reads_it(results: list[dict[str, str]]) -> None:
    submitted, inquired = answer("SubmitNotices", results), answer("InquireStatus", results)
    ours = outcomes_of(OUTCOME.run(tree_of(submitted) or {}), REFERENCES)
    theirs = shipped().outcomes(submitted, ABOUT)
    assert {key: _comparable(each) for key, each in ours.items()} == {
        key: _comparable(each) for key, each in theirs.items()
    }
    standings = standings_of(STANDING.run(tree_of(inquired) or {}), REFERENCES)
    asked = shipped().standings(inquired, ABOUT)
    assert {key: _comparable(each) for key, each in standings.items()} == {
        key: _comparable(each) for key, each in asked.items()
    }


@cache
def shipped() -> MappedContract[etree._Element]:
    """Return our contract, bound by the files of its folder, with the words for clerks as the judiciary gives them."""
    return replace(mapped_contract(load_profile("eblagh-1", Path())), codes=USUAL_CODES)


def _comparable(outcome: object) -> object:
    """A mapping cuts a long text, and names an unknown status as unknown: that is all in which they may differ."""
    match outcome:
        case Rejected(code=code, text=text):
            return Rejected(code=code, text=text[:2000])
        case Unknown(code=code):
            return Unknown(code=code)
        case _:
            return outcome


SEALS = [
    SealSlice(reference=each, octets=octets, digest=sha256(octets))
    for each in ("EB-A", "EB-B")
    for octets in [f'<n:Notice xmlns:n="urn:eblagh:notice:1">{each}</n:Notice>'.encode()]
]
CALL = new_call(datetime(2026, 2, 3, tzinfo=UTC))


def test_a_message_without_one_of_its_seals_is_not_sent(tmp_path: Path) -> None:
    folder = shutil.copytree(PROFILE, tmp_path / "mine")
    submit = folder / "submit.toml"
    text = submit.read_text(encoding="utf-8").replace('from = "seal.element"', 'from = "$.notices[0].seal.element"')
    submit.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        mapped_contract(profile_in(folder, "mine")).submission(SEALS, CALL)
    assert (refusal.value.code, refusal.value.where) == ("mapped.message", "seal.element")


@pytest.mark.parametrize(("target", "source"), [("SealedNotice.#xml", "seal.octets"), ("Reference", "seal.element")])
def test_the_seal_is_an_element_where_the_schema_leaves_room_for_one(tmp_path: Path, target: str, source: str) -> None:
    folder = shutil.copytree(PROFILE, tmp_path / "mine")
    submit = folder / "submit.toml"
    field = f'[[repeat.field]]\ntarget = "{target}"\nfrom = "{source}"\nrequired = true\n'
    head, *_ = submit.read_text(encoding="utf-8").partition("[[repeat.field]]")
    submit.write_text(head + field, encoding="utf-8")
    with pytest.raises(MappingMistaken) as refusal:
        mapped_contract(profile_in(folder, "mine"))
    assert "mapping.target-type" in {mistake.code for mistake in refusal.value.mistakes}


def test_an_answer_that_cannot_be_read_leaves_every_notice_in_doubt() -> None:
    unread = OUTCOME.run(
        {"Result": [{"Reference": "EB-A", "Status": "ACCEPTED", "TrackingNumber": "7"}, {"Reference": "EB-B"}]}
    )
    assert outcomes_of(unread, REFERENCES) == dict.fromkeys(
        REFERENCES, Unknown(code="mapped.field-missing", detail="Status")
    )


def test_two_results_for_one_notice_are_none() -> None:
    reported = {"Reference": "EB-A", "Status": "ACCEPTED", "TrackingNumber": "7"}
    found = outcomes_of(OUTCOME.run({"Result": [reported, reported, reported | {"Reference": "EB-B"}]}), REFERENCES)
    assert isinstance(found["EB-A"], Unknown)
    assert found["EB-B"] == Accepted(tracking_number="7")
    assert isinstance(found["EB-C"], Unknown)


@pytest.mark.parametrize(
    ("xml", "tree"),
    [
        ("<a/>", None),
        ("<a>x</a>", "x"),
        ('<a n="1">x</a>', {"@n": "1", "#text": "x"}),
        ("<a><b/><b>1</b><b>2</b><c><d>3</d></c></a>", {"b": [None, "1", "2"], "c": {"d": "3"}}),
        ('<a xmlns="urn:x"><b><b/></b></a>', {"b": {"b": None}}),
    ],
)
def test_xml_is_read_by_its_names(xml: str, tree: object) -> None:
    assert tree_of(etree.fromstring(xml)) == tree
