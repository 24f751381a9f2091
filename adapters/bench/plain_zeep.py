"""Baseline: zeep alone, with its own signing and verification, against a canned answer."""

from __future__ import annotations

import base64
import os
import tempfile
import time
import uuid
from pathlib import Path

import requests
import xmlsec
import zeep
from lxml import etree
from zeep.transports import Transport
from zeep.wsse.signature import BinarySignature, sign_envelope

from adapters.crypto.keys.names import JUDICIARY
from adapters.sandbox.verbs.development_keys import generate_development_keys
from adapters.shipped.resources import PROFILES

_SHA256 = xmlsec.constants.TransformSha256
_RSA_SHA256 = xmlsec.constants.TransformRsaSha256


def plain_zeep(document_bytes: int, notices_a_call: int, notices: int) -> float:
    """Return CPU milliseconds per notice of zeep's way to build, sign, serialise, verify and read."""
    with tempfile.TemporaryDirectory() as name:
        generate_development_keys(Path(name) / "pki")
        pair = [str(Path(name) / "pki/municipality" / f"transport.{part}.pem") for part in ("key", "crt")]
        transport = _Canned(_answer(notices_a_call, *pair))
        client = zeep.Client(
            str(PROFILES / "eblagh-1" / "service.wsdl"),
            transport=transport,
            wsse=BinarySignature(pair[0], pair[1], signature_method=_RSA_SHA256, digest_method=_SHA256),
        )
        content = base64.b64encode(os.urandom(document_bytes)).decode()
        submissions = [_submission(content) for _ in range(notices_a_call)]
        client.service.SubmitNotices(Submission=submissions)
        began, calls = time.process_time(), max(1, notices // notices_a_call)
        for _ in range(calls):
            client.service.SubmitNotices(Submission=submissions)
        return (time.process_time() - began) * 1000 / (calls * notices_a_call)


class _Canned(Transport):
    """Transport that answers each request with the same octets, without a network."""

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self._answer = answer

    def post(self, address: str, message: bytes, headers: dict[str, str]) -> requests.Response:  # noqa: ARG002
        response = requests.Response()
        response.status_code, response._content = 200, self._answer
        response.headers["Content-Type"] = "text/xml; charset=utf-8"
        return response


def _submission(content: str) -> dict[str, object]:
    notice = etree.Element("{urn:eblagh:notice:1}Notice", nsmap={"n": "urn:eblagh:notice:1"})
    etree.SubElement(notice, "{urn:eblagh:notice:1}Content").text = content
    return {"Reference": f"EB-{uuid.uuid4()}", "SealedNotice": {"_value_1": notice}}


def _answer(results: int, key: str, certificate: str) -> bytes:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    envelope = etree.Element(f"{{{soap}}}Envelope", nsmap={"s": soap, "j": JUDICIARY})
    etree.SubElement(envelope, f"{{{soap}}}Header")
    response = etree.SubElement(etree.SubElement(envelope, f"{{{soap}}}Body"), f"{{{JUDICIARY}}}SubmitNoticesResponse")
    for number in range(results):
        result = etree.SubElement(response, f"{{{JUDICIARY}}}Result")
        for name, text in (("Reference", f"EB-{number}"), ("TrackingNumber", f"T-{number}"), ("Status", "ACCEPTED")):
            etree.SubElement(result, f"{{{JUDICIARY}}}{name}").text = text
    sign_envelope(envelope, key, certificate, signature_method=_RSA_SHA256, digest_method=_SHA256)
    octets: bytes = etree.tostring(envelope)
    return octets
