"""A contract is read from its own folder: whatever a WSDL or XSD imports from elsewhere is neither fetched nor read."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from lxml import etree

from adapters.crypto.keys.names import JUDICIARY
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.binding import Binding
from adapters.judiciary.operations import OPERATIONS
from adapters.shipped.resources import PROFILES
from gateway.runtime.errors import GatewayError

OUTSIDE = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:outside"/>'
ELSEWHERE = (
    "http://127.0.0.1:9/x.xsd",
    "https://eblagh.invalid/x.xsd",
    "file://{folder}/outside.xsd",
    "{folder}/outside.xsd",
    "../outside.xsd",
    "%2e%2e/outside.xsd",
    "linked.xsd",
)
"""References out of the profile; ``{folder}`` holds the profile's folder and `outside.xsd`."""


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """A copy of our contract, and beside its folder a schema that nobody may read."""
    (tmp_path / "outside.xsd").write_text(OUTSIDE)
    folder = Path(shutil.copytree(PROFILES / "eblagh-1", tmp_path / "profile"))
    (folder / "linked.xsd").symlink_to(tmp_path / "outside.xsd")
    return folder


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tried = []

    def refuse(*args: object, **_: object) -> NoReturn:
        tried.append(args)
        raise OSError("no network here")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    yield
    assert not tried


def importing(file: Path, location: str, namespace: str = "urn:outside") -> Path:
    """Let the file's (first) schema import ``location``."""
    head, tag, rest = file.read_text(encoding="utf-8").partition("<xs:schema")
    attributes, _, content = rest.partition(">")
    line = f'<xs:import namespace="{namespace}" schemaLocation="{location}"/>'
    file.write_text(f"{head}{tag}{attributes}>{line}{content}", encoding="utf-8")
    return file


def refused(load: object, *args: object) -> GatewayError:
    with pytest.raises(GatewayError) as error:
        load(*args)  # type: ignore[operator]
    assert error.value.code == "courier.contract"
    return error.value


def test_our_contract_is_bound(profile: Path) -> None:
    assert Binding(profile / "service.wsdl", JUDICIARY, OPERATIONS)


@pytest.mark.parametrize("location", ELSEWHERE)
@pytest.mark.parametrize("name", ["service.wsdl", "messages-1.xsd"])
def test_a_contract_that_imports_from_elsewhere(profile: Path, name: str, location: str) -> None:
    importing(profile / name, location.format(folder=profile.parent))
    refused(Binding, profile / "service.wsdl", JUDICIARY, OPERATIONS)


@pytest.mark.parametrize("location", [*ELSEWHERE, "nowhere.xsd", "service.wsdl"])
def test_a_schema_that_imports_from_elsewhere(profile: Path, location: str) -> None:
    file = importing(profile / "messages-1.xsd", location.format(folder=profile.parent))
    assert f"/{Path(location).name}'" in refused(load_schema, file).detail


@pytest.mark.parametrize("location", ELSEWHERE)
def test_a_schema_that_imports_from_elsewhere_after_a_file_was_not_there(profile: Path, location: str) -> None:
    file = importing(profile / "messages-1.xsd", location.format(folder=profile.parent))
    with pytest.raises(OSError, match="not-there"):
        etree.parse(profile / "not-there.xml")
    assert f"/{Path(location).name}'" in refused(load_schema, file).detail


def test_a_schema_that_imports_one_that_imports_from_elsewhere(profile: Path) -> None:
    (profile / "inner.xsd").write_text(OUTSIDE.replace("urn:outside", "urn:inner").replace("/>", "></xs:schema>"))
    importing(profile / "inner.xsd", "../outside.xsd")
    file = importing(profile / "messages-1.xsd", "inner.xsd", "urn:inner")
    assert "outside.xsd'" in refused(load_schema, file).detail


def test_a_schema_may_be_given_a_wider_folder_and_keeps_to_that(profile: Path) -> None:
    file = importing(profile / "messages-1.xsd", "../outside.xsd")
    assert load_schema(file, profile.parent)
    assert "'" in refused(load_schema, file, profile).detail


def test_a_contract_with_a_doctype(profile: Path) -> None:
    wsdl = profile / "service.wsdl"
    text = wsdl.read_text(encoding="utf-8")
    declaration, _, rest = text.partition("?>")
    wsdl.write_text(f'{declaration}?><!DOCTYPE d [<!ENTITY a "b">]>{rest}', encoding="utf-8")
    refused(Binding, wsdl, JUDICIARY, OPERATIONS)
