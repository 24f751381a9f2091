"""Numbers in an answer that no double holds: the answer is refused, and no error leaves the courier untyped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from referencing import Registry, Resource

from adapters.crypto.schema.message_schema import SchemaJudge
from adapters.judiciary.message_courier import MessageCourier
from gateway.judiciary.courier import NotBelieved, Unknown
from gateway.trust.trust_policy import Rejection

from .rest_example import NOW, REFERENCE, answer, changed, courier_to

HUGE = ["1e999", "-1e999", "1" + "0" * 400, "9" * 5_000]


def told(tmp_path: Path, body: str) -> MessageCourier[Any]:
    """Return a courier whose next answer is this body; its contract has a fee of hundredths."""
    folder = changed(
        tmp_path, "profile.toml", ('relation = "echo"', 'relation = "connection"'), ('echo = "header.x-request-id"', "")
    )
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    fee = {"type": "number", "multipleOf": 0.01}
    document["components"]["schemas"]["Standing"]["properties"]["fee"] = fee
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    return courier_to(replace(answer(200, []), body=body.encode()), profile=folder)[0]


@pytest.mark.parametrize("number", HUGE)
def test_an_inquiry_whose_answer_has_such_a_number_leaves_doubt(number: str, tmp_path: Path) -> None:
    courier = told(tmp_path, f'[{{"fee": {number}}}]')
    found = courier.inquire(courier.prepare_inquiry([REFERENCE], NOW))
    assert found.by_reference == {REFERENCE: Unknown(code="verify.json")}
    assert found.refused is not None


@pytest.mark.parametrize("number", HUGE)
def test_a_page_of_receipts_with_such_a_number_is_not_believed(number: str, tmp_path: Path) -> None:
    with pytest.raises(NotBelieved) as refusal:
        told(tmp_path, f'{{"receipts": [], "next": "12345678", "total": {number}}}').fetch_receipts("", 10)
    assert refusal.value.code == "verify.json"


@pytest.mark.parametrize("value", [float("inf"), 10**400], ids=["infinity", "400 digits"])
def test_a_number_with_which_nobody_can_compute_breaks_its_schema(value: object) -> None:
    registry: Registry[Any] = Registry()
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "properties": {"fee": {"multipleOf": 0.01}}}
    registry = registry.with_resource("urn:a", Resource.from_contents(schema))
    with pytest.raises(Rejection) as refusal:
        SchemaJudge("answer", ["urn:a"], registry).assert_fits({"fee": value})
    assert (refusal.value.code, refusal.value.where) == ("verify.schema", "answer")
