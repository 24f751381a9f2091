"""Documents and profiles of a REST contract that cannot be bound are reported with their place."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.settings import load_profile
from gateway.runtime.errors import GatewayError
from tests.contracts.binding import edited

from .server import PROFILE

CALL = new_call(datetime(2026, 2, 3, 8, 30, tzinfo=UTC))


def changed(tmp_path: Path, file: str, old: str, new: str) -> Path:
    return edited(shutil.copytree(PROFILE, tmp_path / "mine"), file, old, new)


def bind(folder: Path) -> None:
    mapped_rest_contract(load_profile(str(folder), Path()))


DOCUMENTS = {
    "of another version": ("openapi.json", '"openapi": "3.1.0"', '"openapi": "3.0.3"', "OpenAPI 3.1 is wanted"),
    "that is no JSON": ("openapi.json", '"openapi": "3.1.0",', '"openapi": "3.1.0"', "it is no JSON"),
    "without an operation": (
        "openapi.json", '"operationId": "findLetters"', '"operationId": "find"', "0 operations findLetters"),
    "with an operation twice": (
        "openapi.json", '"operationId": "nextSlips"', '"operationId": "findLetters"', "2 operations findLetters"),
    "whose path has a place for something": ("openapi.json", '"/v2/slips"', '"/v2/{slips}"', "no plain one"),
    "that takes another form": (
        "openapi.json", '"application/jose": { "schema": { "$ref": "#/components/schemas/Search" }',
        '"application/json": { "schema": { "$ref": "#/components/schemas/Search" }', "findLetters takes no"),
    "that does not say what is said": (
        "profile.toml", 'request_schema = "Kept"', "", "keepSlips: its request is not described"),
    "that has no schema of that name": ("profile.toml", '"Kept"', '"Keep"', "no schema Keep"),
    "that calls what is said otherwise": (
        "profile.toml", 'body = "content"', 'body = "said"', "there is no said in it"),
    "that leads to a file that is not there": (
        "openapi.json", '"$ref": "parts.json#/$defs/Letters"', '"$ref": "part.json#/$defs/Letters"', "no such file"),
    "that leads out of its folder": (
        "openapi.json", '"$ref": "parts.json#/$defs/Letters"', '"$ref": "../parts.json"', "outside"),
    "that leads into the network": (
        "openapi.json", '"$ref": "parts.json#/$defs/Letters"', '"$ref": "http://127.0.0.1:1/parts.json"', "outside"),
    "that leads to nothing": ("parts.json", '"items": { "$ref": "#/$defs/Fate" }', '"items": { "$ref": "#/$defs/F" }',
                              "nothing at #/$defs/F"),
    "that leads round": ("parts.json", '"Line": { "type"', '"Line": { "$ref": "#/$defs/Line", "type"', "lead round"),
    "with a type that is none": ("parts.json", '"Line": { "type": "string"', '"Line": { "type": "text"', "no JSON Sch"),
    "with a pattern that is none": ("parts.json", '"pattern": "^EB-[A-Z2-7]{32}$"', '"pattern": "["', "pattern"),
    "with a text in place of an object": (
        "openapi.json", '"$ref": "parts.json#/$defs/Letters"', '"$ref": "parts.json#/$defs/Line"', "must be an object"),
    "whose answers have a place for the code of faults": (
        "profile.toml", 'fault = "error.no"', 'fault = "letters"', "the answer to sendLetters has it, too"),
}  # fmt: skip


@pytest.mark.parametrize("document", list(DOCUMENTS))
def test_a_document_that_cannot_be_bound_is_told_with_its_place(tmp_path: Path, document: str) -> None:
    file, old, new, reported = DOCUMENTS[document]
    with pytest.raises(GatewayError) as refusal:
        bind(changed(tmp_path, file, old, new))
    assert refusal.value.code == "courier.contract"
    assert reported in refusal.value.detail
    assert ".json" in refusal.value.where


def test_a_file_that_leads_out_of_the_folder_by_a_link_is_not_read(tmp_path: Path) -> None:
    folder = changed(tmp_path, "profile.toml", "format = 1", "format = 1 ")
    (folder / "parts.json").rename(tmp_path / "parts.json")
    (folder / "parts.json").symlink_to(tmp_path / "parts.json")
    with pytest.raises(GatewayError) as refusal:
        bind(folder)
    assert refusal.value.code == "profile.bundle", "a profile has no links in it"


KEYS: dict[str, tuple[str, str, str]] = {
    "a registered name for a claim": ('op = "act"', 'op = "jti"', "config.value"),
    "one name for two claims": ('op = "act"', 'op = "content"', "config.value"),
    "a claim that is none of ours": ('op = "act"', 'op = "act", jti = "id"', "config.unknown-key"),
    "a type with blanks": ('typ = "barid+jws"', 'typ = "barid jws"', "config.value"),
    "switches of XML": ("[limits]", "[security.answers]\nprefix_lists = true\n\n[limits]", "profile.unsupported"),
    "statuses beside the tables": ("[codes]", '[codes.statuses]\nTAKEN = "accepted"\n[codes]', "config.value"),
    "no way to ask, and how to ask": ('inquiry = "by-reference"', 'inquiry = "none"', "config.value"),
    "a user name beside the signature": (
        "[security.jws]",
        "[security]\nusername_token = true\n[security.jws]",
        "profile.unsupported",
    ),
    "names of a JWS under SOAP": ('protocol = "rest-mapped"', 'protocol = "soap-mapped"', "profile.unsupported"),
    "mappings under our own names": ('protocol = "rest-mapped"', 'protocol = "rest-jws"', "config.value"),
}


@pytest.mark.parametrize("key", list(KEYS))
def test_what_a_profile_cannot_say_is_refused_with_its_line(tmp_path: Path, key: str) -> None:
    old, new, code = KEYS[key]
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(changed(tmp_path, "profile.toml", old, new)), Path())
    assert refusal.value.code == code
    assert "profile.toml, line" in refusal.value.where


def test_schemas_lead_to_schemas_of_other_files_and_back(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(PROFILE, folder)
    parts: dict[str, Any] = json.loads((folder / "parts.json").read_text(encoding="utf-8"))
    parts["$defs"]["Line"] = {"$ref": "openapi.json#/components/schemas/Text~1of%20a%20line"}
    (folder / "parts.json").write_text(json.dumps(parts), encoding="utf-8")
    document: dict[str, Any] = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    document["components"]["schemas"]["Text/of a line"] = {"type": "string", "pattern": "^[a-c]+$"}
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    contract = mapped_rest_contract(load_profile(str(folder), Path()))
    assert contract.confirmation(["abc"], CALL) == {"numbers": ["abc"]}
    with pytest.raises(GatewayError) as refusal:
        contract.confirmation(["a\nb"], CALL)
    assert (refusal.value.code, refusal.value.where) == ("mapped.message", "keepSlips.numbers.0")
