"""Echo of a contract: a stand-in for its service in this process, made of the contract's files alone.

It reads a request as octets, judges it by the schema, and answers with a sample that the schema allows. It knows no
profile and no mapping. Signatures, WS-Addressing and TLS are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from lxml import etree

from adapters.contracts.json_folder import JsonFolder
from adapters.contracts.openapi import OpenApi
from adapters.contracts.rest_document import RestAnswer, RestDocument
from adapters.contracts.xml_tree import local_name
from adapters.crypto.schema.strict_json import JsonLimits, dump, parse_file
from adapters.crypto.schema.strict_json import parse as parse_json
from adapters.crypto.xml.strict_xml import MESSAGE_LIMITS, conforms, parse
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.plain_rest.http_form import HttpForm
from adapters.judiciary.plain_rest.http_message import RestRequest, RestResponse, read_request, written_request
from adapters.judiciary.trial.sample_json import JsonSample
from adapters.judiciary.trial.sample_xml import xml_sample
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.operations import OperationSection
from gateway.runtime.errors import GatewayError

_ADDRESS = "https://echo.invalid"
_HEAD = re.compile(rb"HTTP (?P<status>[1-5][0-9]{2})[^\n]*\n(?P<headers>(?:[^\n]+\n)*)(?:\n|$)")
_LIMITS = JsonLimits(max_bytes=64 * 1024 * 1024, max_depth=64, max_tokens=1_000_000)


class Echo(Protocol):
    """Stand-in for a service. Contents are those of the contract's form; operations are given by our own names."""

    def received(self, operation: str, request: Any) -> None:
        """Judge a request as it is written. Raises `Rejection` with the place that does not fit."""
        ...

    def answer(self, section: OperationSection, operation: str, given: Mapping[str, str]) -> Any:
        """Return a sample answer; ``given`` are texts by an element's name.

        Raises `GatewayError` ``profile.sample``.
        """
        ...

    def read(self, section: OperationSection, file: Path) -> Any:
        """Return the answer in a file. Raises `GatewayError`, or `Rejection` for one that is no XML or JSON."""
        ...


class XmlEcho:
    """Echo of an XML contract."""

    def __init__(self, profile: JudiciaryProfile, form: XmlForm) -> None:
        self._messages, self._form = profile.messages, form
        container = profile.file.codes.container
        self._failed = container.code.split(".")[0] if container is not None and container.only_if_failed else None

    def received(self, operation: str, request: etree._Element) -> None:  # noqa: ARG002 - an `Echo`
        element = parse(etree.tostring(request), MESSAGE_LIMITS)
        conforms(self._form.schema, element)

    def answer(self, section: OperationSection, operation: str, given: Mapping[str, str]) -> etree._Element:  # noqa: ARG002 - an `Echo`
        tag = self._form.binding.answer_tag(section.name)
        sample = xml_sample(self._messages, self._form.schema, tag, given)
        for child in list(sample):
            if local_name(child) == self._failed:  # the sample's call succeeded
                sample.remove(child)
        return sample

    def read(self, section: OperationSection, file: Path) -> etree._Element:  # noqa: ARG002 - an `Echo`
        root = parse(file.read_bytes(), MESSAGE_LIMITS)
        body = root.find("{*}Body")
        return root if body is None or not len(body) else body[0]


class HttpEcho:
    """Echo of a plain REST contract. A sample is the first described answer of 2xx."""

    def __init__(self, profile: JudiciaryProfile, form: HttpForm) -> None:
        self._document, self._form = RestDocument(profile.service), form

    def received(self, operation: str, request: RestRequest) -> None:
        there = read_request(written_request(request, _ADDRESS), _ADDRESS)
        bound = self._form.bound[operation]
        if there.body and bound.body is not None:
            bound.body.assert_fits(parse_json(bytes(there.body), _LIMITS))

    def answer(self, section: OperationSection, operation: str, given: Mapping[str, str]) -> RestResponse:  # noqa: ARG002 - an `Echo`
        sample = JsonSample(self._document.folder, given)
        status, described = self._usual(section)
        headers = {name.lower(): given.get(name, "1") for name in described.headers}
        for media, place in described.bodies.items():
            told = {**headers, "content-type": media}
            return RestResponse(status=status, headers=told, body=sample.of(place), has_body=True)
        return RestResponse(status=status, headers=headers)

    def read(self, section: OperationSection, file: Path) -> RestResponse:
        """Return the answer in a file: a body alone, or below ``HTTP 202``, header lines and an empty line."""
        status, described = self._usual(section)
        headers = {"content-type": next(iter(described.bodies), "application/json")}
        octets = file.read_bytes().replace(b"\r\n", b"\n")
        if (found := _HEAD.match(octets)) is not None:
            status, octets = int(found["status"]), octets[found.end() :]
            pairs = (line.partition(":") for line in found["headers"].decode("latin-1").splitlines())
            headers = {name.strip().lower(): text.strip() for name, _, text in pairs}
        has_body = bool(octets.strip())
        body = parse_json(octets, _LIMITS) if has_body else None
        return RestResponse(status=status, headers=headers, body=body, has_body=has_body)

    def _usual(self, section: OperationSection) -> tuple[int, RestAnswer]:
        """Return the status of the first described answer of 2xx, and its description."""
        answers = self._document.operation(section.name).answers
        first = next((status for status in answers if status.startswith("2")), next(iter(answers)))
        return int(first) if first.isdigit() else 200, answers[first]


class JsonEcho:
    """Echo of a contract in signed JSON."""

    def __init__(self, profile: JudiciaryProfile, form: JsonForm) -> None:
        body = profile.file.security.jws.form.body
        self._document, self._form = OpenApi(profile.service, profile.messages, body), form
        self._folder: JsonFolder = self._document.folder

    def received(self, operation: str, request: Mapping[str, Any]) -> None:
        self._form.bound[operation].request.assert_fits(parse_json(dump(request), _LIMITS))

    def answer(self, section: OperationSection, operation: str, given: Mapping[str, str]) -> Any:  # noqa: ARG002 - an `Echo`
        described = self._document.operation(section.name, section.request_schema, section.answer_schema)
        sample, made = JsonSample(self._folder, given), dict[str, Any]()
        for place in described.answer:
            made |= sample.of(place)
        return made

    def read(self, section: OperationSection, file: Path) -> Any:  # noqa: ARG002 - an `Echo`
        return parse_file(file, file.name)


def echo_of(profile: JudiciaryProfile, contract: MappedContract[Any]) -> Echo:
    """Return the echo of a profile's contract."""
    match contract.form:
        case XmlForm() as form:
            return XmlEcho(profile, form)
        case HttpForm() as form:
            return HttpEcho(profile, form)
        case JsonForm() as form:
            return JsonEcho(profile, form)
        case _:
            raise GatewayError("profile.unsupported", where=str(profile.folder), detail="no echo of this form")
