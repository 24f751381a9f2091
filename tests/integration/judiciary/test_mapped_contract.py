"""Our own contract by mapping files: they write what the courier writes, and read what it reads."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adapters.contracts.message import message_of
from adapters.contracts.xml_tree import parts_of, tree_of
from adapters.crypto.xml.strict_xml import canonical, conforms, load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.operations import OPERATIONS
from adapters.judiciary.published import soap_contract
from adapters.shipped.resources import CONFIG, PROFILES
from gateway.judiciary.courier import Accepted, Rejected, Unknown
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable, ContractResult, outcome_of, standing_of
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.outcomes import outcomes_of, standings_of
from gateway.mapping.program.program import Program, nested

PROFILE = PROFILES / "eblagh-1"
UNCLEAR = "courier.incomplete-answer"
REFERENCES = ["EB-A", "EB-B", "EB-C"]


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
    root = etree.Element(f"{{{soap_contract.NAMESPACE}}}{operation}Response")
    for reported in results:
        element = etree.SubElement(root, f"{{{soap_contract.NAMESPACE}}}Result")
        for name in ("Reference", "TrackingNumber", "Status", "Code", "Text", "RetryAfterSeconds"):
            if name in reported:
                etree.SubElement(element, f"{{{soap_contract.NAMESPACE}}}{name}").text = reported[name]
    return root


@given(st.lists(result, max_size=4))
def test_an_answer_is_read_as_the_courier_reads_it(results: list[dict[str, str]]) -> None:
    submitted, inquired = answer("SubmitNotices", results), answer("InquireStatus", results)
    ours = outcomes_of(OUTCOME.run(tree_of(submitted) or {}), REFERENCES)
    theirs = read(submitted, outcome_of)
    assert {key: _comparable(each) for key, each in ours.items()} == {
        key: _comparable(each) for key, each in theirs.items()
    }
    standings = standings_of(STANDING.run(tree_of(inquired) or {}), REFERENCES)
    asked = read(inquired, standing_of)
    assert {key: _comparable(each) for key, each in standings.items()} == {
        key: _comparable(each) for key, each in asked.items()
    }


def read(answer: etree._Element, of: Callable[[ContractResult, CodeTable], object]) -> dict[str, object]:
    """Read an answer as the courier does: a reference without one result of its own is unknown."""
    results = soap_contract.read_results(answer)
    return {
        key: of(reported[0], USUAL_CODES) if len(reported := results.get(key, [])) == 1 else Unknown(code=UNCLEAR)
        for key in REFERENCES
    }


def read_by_courier(
    answer: etree._Element, meaning: Callable[[ContractResult, CodeTable], object]
) -> dict[str, object]:
    results = soap_contract.read_results(answer)
    found = {reference: results.get(reference, []) for reference in REFERENCES}
    return {
        reference: meaning(reported[0], USUAL_CODES)
        if len(reported) == 1
        else Unknown(code="courier.incomplete-answer")
        for reference, reported in found.items()
    }


def _comparable(outcome: object) -> object:
    """A mapping cuts a long text, and names an unknown status as unknown: that is all in which they may differ."""
    match outcome:
        case Rejected(code=code, text=text):
            return Rejected(code=code, text=text[:2000])
        case Unknown(code=code):
            return Unknown(code=code)
        case _:
            return outcome


def test_an_inquiry_is_written_as_the_courier_writes_it() -> None:
    binding = Binding(PROFILE / "service.wsdl", soap_contract.NAMESPACE, OPERATIONS)
    made = program("eblagh-1-inquiry", "InquireStatus").run({"notices": [{"reference": each} for each in REFERENCES]})
    assert not made.problems
    mapped = binding.request("InquireStatus", **parts_of(nested(made.values)))
    conforms(load_schema(PROFILE / "messages-1.xsd"), mapped)
    assert canonical(mapped) == canonical(binding.request("InquireStatus", **soap_contract.status_parts(REFERENCES)))


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
