"""An OpenAPI document says where operations are and what is said in them; ours is read as a stranger's would be."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.contracts.json_folder import JsonFolder
from adapters.contracts.json_schema import either, schema_of, tree_of_schema
from adapters.contracts.openapi import OpenApi
from adapters.contracts.openapi_30 import as_json_schema
from adapters.contracts.rest_document import RestDocument
from adapters.judiciary.operations import OPERATIONS
from adapters.shipped.resources import PROFILES, ROOT
from gateway.mapping.model.schema import Group, Leaf, find
from gateway.mapping.model.values import Type
from gateway.runtime.errors import GatewayError

OURS = PROFILES / "eblagh-rest-1" / "openapi.json"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_our_own_document_describes_what_is_said_in_each_operation(operation: str) -> None:
    document = OpenApi(OURS, OURS, "body")
    found = document.operation(operation, None, None)
    assert found.path.startswith("/")
    named = schema_of(OURS.parent / "messages-1.schema.json", operation)
    request = tree_of_schema(document.folder, *found.request)
    assert isinstance(request, Group)
    assert request.members == named.members
    answer = tree_of_schema(document.folder, *found.answer)
    assert isinstance(answer, Group)
    assert answer.members == schema_of(OURS.parent / "messages-1.schema.json", f"{operation}Response").members
    assert [find(_group(document, fault), ("fault", "code")) is not None for fault in found.faults] == [True, True]


def _group(document: OpenApi, places: Any) -> Group:
    made = tree_of_schema(document.folder, *places)
    assert isinstance(made, Group)
    return made


def written(tmp_path: Path, **schemas: Any) -> Path:
    path = tmp_path / "contract.json"
    path.write_text(json.dumps({"$defs": schemas}), encoding="utf-8")
    return path


def test_what_several_schemas_say_of_one_member_is_put_together(tmp_path: Path) -> None:
    base = {"properties": {"head": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}}
    more = {"properties": {"head": {"properties": {"b": {"type": "integer"}}}}, "required": ["head"]}
    made = schema_of(written(tmp_path, Whole={"allOf": [base, more]}), "Whole")
    head = made.members["head"]
    assert isinstance(head, Group)
    assert head.required
    assert head.members == {"a": Leaf(required=True, in_pieces=True), "b": Leaf(type=Type.INTEGER, in_pieces=True)}
    assert find(made, ("head", "c")) is None


def test_what_leads_nowhere_may_be_anything_that_json_holds(tmp_path: Path) -> None:
    made = schema_of(written(tmp_path, Whole={"properties": {"a": {"$ref": "../other.json"}}}), "Whole")
    found = find(made, ("a", "b"))
    assert isinstance(found, Leaf)
    assert (found.type, Type.OCTETS in found.never) == (Type.ANY, True)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (tmp_path / "secret.json").write_text("{}", encoding="utf-8")
    (inner / "contract.json").symlink_to(tmp_path / "secret.json")
    with pytest.raises(GatewayError) as refusal:
        JsonFolder(inner).open(inner / "contract.json")
    assert (refusal.value.code, refusal.value.detail) == ("courier.contract", "outside the profile's folder")


@pytest.mark.parametrize("reference", ["//[", "http://[x", "#/$defs/" + "9" * 5_000, "#/$defs/\\ud800", "missing.json"])
@pytest.mark.parametrize("member", ["a", "description", "default"])
def test_a_reference_to_nowhere_is_told_before_anything_is_said(tmp_path: Path, reference: str, member: str) -> None:
    path = written(tmp_path, Whole={"properties": {member: {"$ref": reference}}})
    folder = JsonFolder(tmp_path)
    place = folder.below(folder.open(path), "$defs", "Whole")
    assert place is not None
    with pytest.raises(GatewayError) as refusal:
        folder.reached(place)
    assert refusal.value.code == "courier.contract"


def test_half_a_surrogate_pair_is_no_text_of_a_contract(tmp_path: Path) -> None:
    path = tmp_path / "contract.json"
    path.write_bytes(b'{"$defs": {"\\ud800": {}}}')
    with pytest.raises(GatewayError) as refusal:
        JsonFolder(tmp_path).open(path)
    assert (refusal.value.code, refusal.value.detail) == (
        "courier.contract",
        "it is no JSON: half a surrogate pair",
    )


def test_schemas_of_openapi_3_0_are_read_as_those_of_3_1() -> None:
    old = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "nullable": True, "enum": ["x"], "example": "x"},
            "b": {"type": "integer", "minimum": 1, "exclusiveMinimum": True, "maximum": 9, "exclusiveMaximum": False},
            "c": {"$ref": "#/x", "description": "nothing beside a reference counts"},
            "nullable": {"type": "boolean"},
        },
    }
    made = as_json_schema(old)["properties"]
    assert made["a"]["type"] == ["string", "null"]
    assert made["a"]["enum"] == ["x", None]
    assert (made["b"]["exclusiveMinimum"], made["b"].get("minimum"), made["b"]["maximum"]) == (1, None, 9)
    assert made["c"] == {"$ref": "#/x"}
    assert made["nullable"] == {"type": "boolean"}


def test_two_bodies_of_one_place_are_read_as_either() -> None:
    document = RestDocument(ROOT / "examples" / "rest_oauth2" / "profile" / "openapi.json")
    call = document.operation("sendLetter")
    good, bad = (next(iter(call.answers[status].bodies.values())) for status in ("202", "422"))
    assert good is not None
    assert bad is not None
    both = either([tree_of_schema(document.folder, good), tree_of_schema(document.folder, bad)])
    assert isinstance(both, Group)
    assert not both.members["number"].required
    status = both.members["status"]
    assert not isinstance(status, Group)
    assert status.type is Type.ANY
