"""A profile uses no file that its digest does not cover, whichever way it names it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.settings import load_profile
from adapters.settings.config_folder import status_of
from adapters.shipped.resources import PROFILES
from gateway.runtime.errors import GatewayError
from tests.contracts.barid.server import PROFILE as BARID

RPC = PROFILES / "eblagh-rpc-1"
"""Bound by files, with a WSDL and two XSDs."""

NAMED = {
    "service": 'service = "service.wsdl"',
    "messages": 'messages = "messages.xsd"',
    "a request": 'request = "sabt.toml"',
    "an answer": 'answer = "natije.toml"',
    "the receipts' schema": 'schema = "rasid.xsd"',
    "the receipts' mapping": 'mapping = "rasid.toml"',
}
"""Every key of `profile.toml` that names a file."""


def copied(profile: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(profile, tmp_path / "mine"))


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize("key", NAMED)
@pytest.mark.parametrize("hidden", [".{}", ".sub/{}", "sub/.sub/{}"])
def test_a_profile_that_names_a_file_which_its_bundle_leaves_out_is_refused(
    key: str, hidden: str, tmp_path: Path
) -> None:
    folder = copied(RPC, tmp_path)
    name = NAMED[key].split('"')[1]
    other = hidden.format(name)
    (folder / other).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder / name, folder / other)
    replace(folder / "profile.toml", NAMED[key], NAMED[key].replace(name, other))
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(folder), Path())
    assert refusal.value.code == "config.value"
    assert "profile.toml, line " in refusal.value.where
    assert "digest" in refusal.value.detail


def test_a_file_that_is_there_but_under_another_name_in_the_bundle_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(RPC, tmp_path)
    replace(folder / "profile.toml", NAMED["a request"], 'request = "Sabt.toml"')
    # A file system that knows no capitals.
    monkeypatch.setattr(
        "adapters.settings.profile.status_of", lambda path: status_of(path.with_name(path.name.lower()))
    )
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(folder), Path())
    assert (refusal.value.code, refusal.value.detail) == (
        "profile.bundle",
        "operations.submit.request = Sabt.toml: no file of the bundle",
    )


def test_a_path_that_begins_at_the_folder_itself_is_the_same_name(tmp_path: Path) -> None:
    folder = copied(RPC, tmp_path)
    replace(folder / "profile.toml", NAMED["a request"], 'request = "./sabt.toml"')
    mapped_contract(load_profile(str(folder), Path()))


@pytest.mark.parametrize("location", [".types.xsd", "%2Etypes.xsd", ".sub/types.xsd", "sub/../.types.xsd"])
def test_a_schema_that_imports_a_file_which_the_bundle_leaves_out_is_refused(location: str, tmp_path: Path) -> None:
    folder = copied(RPC, tmp_path)
    (folder / "sub").mkdir()
    (folder / ".sub").mkdir()
    for name in (".types.xsd", ".sub/types.xsd"):
        (folder / name).write_text('<schema xmlns="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t"/>')
    schema = '<schema xmlns="http://www.w3.org/2001/XMLSchema"><import namespace="urn:t" schemaLocation="{}"/></schema>'
    (folder / "messages.xsd").write_text(schema.format(location))
    with pytest.raises(GatewayError) as refusal:
        load_schema(folder / "messages.xsd")
    assert refusal.value.code == "courier.contract"


def test_a_wsdl_that_imports_a_file_which_the_bundle_leaves_out_is_refused(tmp_path: Path) -> None:
    folder = copied(RPC, tmp_path)
    (folder / "messages.xsd").rename(folder / ".messages.xsd")
    replace(folder / "service.wsdl", "messages.xsd", ".messages.xsd")
    with pytest.raises(GatewayError) as refusal:
        Binding(folder / "service.wsdl", None, [])
    assert refusal.value.code == "courier.contract"
    assert "leaves such files out" in refusal.value.detail


def test_a_mapping_is_not_compiled_against_a_schema_which_the_bundle_leaves_out(tmp_path: Path) -> None:
    folder = copied(RPC, tmp_path)
    (folder / "rasid.xsd").rename(folder / ".rasid.xsd")
    (folder / "rasid.xsd").write_text(
        '<schema xmlns="http://www.w3.org/2001/XMLSchema"><include schemaLocation=".rasid.xsd"/></schema>'
    )
    with pytest.raises(GatewayError) as refusal:
        mapped_contract(load_profile(str(folder), Path()))
    assert refusal.value.code == "mapping.contract"
    assert "the profile leaves it out" in refusal.value.detail


def test_a_json_document_that_refers_to_a_file_which_the_bundle_leaves_out_is_refused(tmp_path: Path) -> None:
    folder = copied(BARID, tmp_path)
    shutil.copy(folder / "parts.json", folder / ".parts.json")
    replace(folder / "openapi.json", '"parts.json#/$defs/Letters"', '".parts.json#/$defs/Letters"')
    with pytest.raises(GatewayError) as refusal:
        mapped_rest_contract(load_profile(str(folder), Path()))
    assert refusal.value.code == "courier.contract"
    assert "digest leaves it out" in refusal.value.detail
