"""The published contracts hold for whatever comes: no answer is a 500 of ours, or one that the contract does not name.

Requests by REST come from schemathesis and the OpenAPI document: those that it allows, and those that it forbids.
Messages by SOAP are random, spoilt, or signed with random content. The examples are the same in each run.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from adapters.crypto.keys.names import PUSH, SOAP
from adapters.shipped.resources import PUSH as CONTRACT

from .senders import TOKEN, RestSender, SoapSender, fetch_results, push_rows, soap_row
from .test_fuzz import spoilt

BOUNDED = settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
DOCUMENT = schemathesis.openapi.from_dict(json.loads((CONTRACT / "openapi.json").read_bytes()))
OPERATIONS = {name: DOCUMENT.find_operation_by_id(name) for name in ("pushRows", "fetchResults", "contract")}


@pytest.mark.long
@pytest.mark.parametrize("name", ["pushRows", "fetchResults"])
def test_what_the_document_allows_is_taken(portal: RestSender, name: str) -> None:
    @BOUNDED
    @given(case=OPERATIONS[name].as_strategy(path_parameters={"source": portal.source}))
    def asked(case: schemathesis.Case) -> None:
        answer = case.call(base_url=portal.base, session=portal.session, headers={"Authorization": f"Bearer {TOKEN}"})
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code != 200:
            # JSON Schema takes 1.0 for an integer. The reader does not, and docs/connect/push.md says so.
            problem = answer.json()
            told = (answer.status_code, problem["where"].rpartition(".")[2], problem["detail"])
            assert told == (400, "version", "int_type")

    asked()


@pytest.mark.long
@pytest.mark.parametrize("name", ["pushRows", "fetchResults"])
def test_what_the_document_forbids_has_an_answer_of_the_document(portal: RestSender, name: str) -> None:
    @BOUNDED
    @given(case=OPERATIONS[name].as_strategy(GenerationMode.NEGATIVE, path_parameters={"source": portal.source}))
    def asked(case: schemathesis.Case) -> None:
        answer = case.call(base_url=portal.base, session=portal.session, headers={"Authorization": f"Bearer {TOKEN}"})
        case.validate_response(answer, checks=CHECKS)

    asked()


@pytest.mark.parametrize("token", ["", f"Bearer {TOKEN}"], ids=["no-token", "token-of-another-source"])
def test_a_request_without_a_token_of_its_source_has_the_answer_of_the_document(portal: RestSender, token: str) -> None:
    @BOUNDED
    @given(case=OPERATIONS["pushRows"].as_strategy())
    def asked(case: schemathesis.Case) -> None:
        answer = case.call(base_url=portal.base, session=portal.session, headers={"Authorization": token})
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code == 401

    asked()


def test_the_document_is_served_as_it_says(portal: RestSender) -> None:
    case = OPERATIONS["contract"].Case()
    case.call_and_validate(base_url=portal.base, session=portal.session, checks=CHECKS)


NAMES = st.sampled_from(["PushRows", "FetchResults", "Row", "Key", "Version", "Field", "Name", "Value", "After", "X"])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"))
NUMBERS = st.integers(-(10**20), 10**20).map(str)


def _element(name: str, text: str, children: list[etree._Element]) -> etree._Element:
    made = etree.Element(f"{{{PUSH}}}{name}")
    made.text = text
    made.extend(children)
    return made


BODIES = st.recursive(
    st.builds(_element, NAMES, TEXTS | NUMBERS, st.just([])),
    lambda inner: st.builds(_element, NAMES, TEXTS | NUMBERS, st.lists(inner, max_size=4)),
    max_leaves=12,
)


@BOUNDED
@given(body=BODIES | st.builds(lambda after: fetch_results(after), st.integers(-5, 10**20)))
def test_a_signed_message_with_any_content_is_answered_by_a_signed_answer(
    registry: SoapSender, body: etree._Element
) -> None:
    reply = registry.call(body)
    assert reply.status in (200, 500)
    assert (reply.status == 200) == (reply.code is None)
    assert reply.code is None or reply.code.startswith(("verify.", "push."))


ENVELOPE = f'<e:Envelope xmlns:e="{SOAP}">%s</e:Envelope>'.encode()


@BOUNDED
@given(data=st.data())
def test_any_octets_are_answered_by_a_signed_fault(registry: SoapSender, data: st.DataObject) -> None:
    good = registry.message(push_rows([soap_row("1")]))
    octets = data.draw(
        spoilt(good) | st.binary(max_size=200) | st.binary(max_size=100).map(lambda inner: ENVELOPE % inner)
    )
    reply = registry.send(octets)
    if octets != good:
        assert (reply.status, (reply.code or "").partition(".")[0]) == (500, "verify")


@BOUNDED
@given(
    path=st.sampled_from(["/soap/registry", "/soap/nobody", "/soap/", "/soap/registry/more"]),
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "OPTIONS"]),
    kind=st.sampled_from(["text/xml", "text/xml; charset=utf-16", "multipart/related", "application/json", ""]),
    octets=st.binary(max_size=50),
)
def test_whatever_is_no_message_is_refused_by_http(base: str, path: str, method: str, kind: str, octets: bytes) -> None:
    headers: dict[str, Any] = {"Content-Type": kind} if kind else {}
    answer = requests.request(method, base + path, data=octets, headers=headers)
    is_message = (path, method, kind) == ("/soap/registry", "POST", "text/xml")
    assert answer.status_code in ({500} if is_message else {404, 405, 415})
    assert is_message == answer.headers["Content-Type"].startswith("text/xml")
