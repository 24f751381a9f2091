"""Codes that are URIs: a problem document of RFC 9457 names its problem by ``type``, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.settings import load_profile
from gateway.runtime.errors import GatewayError

from .rest_example import bound, changed, problem, read, wire_to

BUSY = ('busy = ["busy", "closed", "internal"]', 'busy = ["{uri}"]')


def by_type(tmp_path: Path, uri: str) -> Path:
    old, new = BUSY
    return changed(
        tmp_path, "profile.toml", ('code = "problem.code"', 'code = "problem.type"'), (old, new.format(uri=uri))
    )


@pytest.mark.parametrize(
    "uri",
    [
        "https://ravan.invalid/x",
        "https://ravan.invalid:8443/problems/v2/rate-limited?lang=fa#main",
        "urn:problem-type:busy",
        "/problems/busy",
        "about:blank",
    ],
)
def test_the_type_of_a_problem_is_a_code(tmp_path: Path, uri: str) -> None:
    profile = load_profile(str(by_type(tmp_path, uri)), Path())
    assert profile.codes.busy == {uri}


def test_a_problem_is_told_by_its_type(tmp_path: Path) -> None:
    profile, contract = bound(by_type(tmp_path, "https://ravan.invalid/x"))
    made, _ = wire_to()
    fault = contract.fault("SubmitNotices", read(made, problem(429, "busy")))
    assert fault is not None
    assert fault.code in profile.codes.busy


@pytest.mark.parametrize("wrong", ["", "two words", "https://ravan.invalid/" + "x" * 300])
def test_a_code_of_another_form_is_told_in_words(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(GatewayError) as refusal:
        load_profile(str(by_type(tmp_path, wrong)), Path())
    assert refusal.value.code == "config.value"
    assert "codes.busy" in refusal.value.detail
    assert "a code has 1 to 200 characters" in refusal.value.detail
    assert "^" not in refusal.value.detail, "an administrator reads no regular expression"
