"""Trust in answers and the form of requests, as a profile states them: what fits together, and what is lost."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.crypto.xml.partner_profile import KeyName
from adapters.settings import JudiciaryProfile, load_profile
from adapters.settings.profile_sections.codes import CodesSection
from adapters.settings.profile_sections.trust import RequestsSection, Trust, TrustSection
from adapters.shipped.resources import ROOT
from gateway.runtime.errors import GatewayError


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"relation": "echo", "echo": "Result.CallId"},
        {"answers": "connection", "relation": "connection"},
        {"answers": "connection", "relation": "echo", "echo": "Id"},
        {"key_names": ["issuer-serial", "token"]},
        {"unread_headers": ["{urn:bus:1}Trace", "{urn:bus:1}Hop"]},
    ],
)
def test_these_fit(keys: dict[str, Any]) -> None:
    assert TrustSection.model_validate(keys)


@pytest.mark.parametrize(
    "keys",
    [
        {"relation": "echo"},
        {"echo": "Result.CallId"},
        {"relation": "connection"},  # one that was signed once could be shown again
        {"answers": "connection"},
        {"answers": "connection", "relation": "relates-to"},
        {"key_names": []},
        {"key_names": ["guess"]},
        {"answers": "none"},
        {"relation": "echo", "echo": "Result..CallId"},
        {"unread_headers": ["Trace"]},
        {"unread_headers": ["{http://www.w3.org/2005/08/addressing}RelatesTo"]},
        {"unread_headers": ["{urn:bus:1}Trace"], "relation": "echo", "echo": "Id"},  # there no header is read
    ],
)
def test_these_do_not(keys: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        TrustSection.model_validate(keys)


def test_what_is_left_out_is_as_strict_as_before() -> None:
    section = TrustSection()
    assert (section.answers, section.key_names) == (Trust.SIGNED, [KeyName.TOKEN])
    assert RequestsSection() == RequestsSection(signed=True, addressing=True, timestamp=True, body_alone=False)


@pytest.mark.parametrize("part", ["addressing", "timestamp", "body_alone"])
def test_an_unsigned_request_has_no_part_that_is_about_signatures(part: str) -> None:
    bare = {"signed": False, "addressing": False, "timestamp": False}
    assert RequestsSection.model_validate(bare)
    with pytest.raises(ValidationError):
        RequestsSection.model_validate({**bare, part: True})


def test_a_code_is_not_good_and_a_fault() -> None:
    codes: dict[str, Any] = {"not_acted_on": [], "busy": ["-6"], "container": {"code": "*.Code", "good": ["0"]}}
    assert CodesSection.model_validate(codes).told == {"-6"}
    codes["container"]["good"] = ["0", "-6"]
    with pytest.raises(ValidationError, match="-6 is good"):
        CodesSection.model_validate(codes)


def profile_with(tmp_path: Path, *changes: tuple[str, str]) -> JudiciaryProfile:
    """Load a copy of an example's profile with these texts replaced."""
    folder = tmp_path / "neda"
    shutil.copytree(ROOT / "examples/soap_signed_bodies/profile", folder)
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file.write_text(text, encoding="utf-8")
    return load_profile(f"{folder}/", tmp_path)


def test_what_a_weaker_contract_gives_up_is_told(tmp_path: Path) -> None:
    assert {"lost.time", "lost.lifetime", "lost.receipts-days"} <= set(profile_with(tmp_path).losses)
    assert "lost.signature" not in load_profile("eblagh-1", tmp_path).losses
    assert "lost.lifetime" not in load_profile("eblagh-1", tmp_path).losses


def test_an_answer_relates_to_nothing_where_requests_have_no_id(tmp_path: Path) -> None:
    changes = ('relation = "echo" ', 'relation = "relates-to" '), ('echo = "Result.CallId"', "")
    with pytest.raises(GatewayError) as refusal:
        profile_with(tmp_path, *changes)
    assert "requests.addressing" in refusal.value.detail


def unsigned(tmp_path: Path, *changes: tuple[str, str]) -> GatewayError:
    """Return the refusal of a profile without signatures that has these texts replaced."""
    folder = tmp_path / "basic"
    shutil.copytree(ROOT / "examples/soap_basic_status/profile", folder)
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        load_profile(f"{folder}/", tmp_path)
    return refusal.value


@pytest.mark.parametrize(
    ("before", "after", "detail"),
    [
        ("[security]", "[security]\nusername_token = true",
         "security.username_token = true: it goes with requests.signed = true alone"),
        ('seal = "none"', 'seal = "attachment"',
         "capabilities.seal = attachment: it goes with requests.signed = true alone"),
        ("[operations.submit]", '[operations.confirm]\nname = "A"\nrequest = "submit.toml"\nanswer = "b.toml"\n\n'
         "[operations.submit]", "operations.confirm.answer = b.toml: nothing of a confirmation's answer is read"),
    ],
)  # fmt: skip
def test_the_refusal_says_what_to_write(tmp_path: Path, before: str, after: str, detail: str) -> None:
    refusal = unsigned(tmp_path, (before, after))
    assert (refusal.code, refusal.detail) == ("profile.unsupported", detail)
