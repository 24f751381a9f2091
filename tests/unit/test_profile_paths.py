"""Paths of a profile to codes and ids: each leads to a value that some answer of the contract may have."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

import pytest

from adapters.judiciary.trial.file_bound import contract_of_files, stand_ins
from adapters.settings import load_profile
from adapters.shipped.resources import PROFILES
from gateway.runtime.errors import GatewayError

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
CONTRACTS: Final = Path(__file__).parents[1] / "contracts"

WRONG: Final = {
    "a container's code in SOAP": ("soap_login_tickets", 'code = "Error.Code"', 'code = "Error.Kode"'),
    "a container's text in SOAP": ("soap_login_tickets", 'text = "Error.Text"', 'text = "Error"'),
    "a step to any member": ("soap_basic_status", 'code = "*.ErrorCode"', 'code = "*.Nothing"'),
    "an echo": ("soap_signed_bodies", 'echo = "Result.CallId"', 'echo = "Result.CallNo"'),
    "a fault in SOAP": ("soap_login_tickets", 'fault = "faultcode"', 'fault = "nonsense"'),
    "a part of a fault's code": ("soap_login_tickets", 'fault = "faultcode"', 'fault = "faultcode.Value"'),
    "a container's code in REST": ("rest_oauth2", 'code = "problem.code"', 'code = "problem.cod"'),
    "a header in REST": ("rest_oauth2", 'echo = "header.x-request-id"', 'echo = "header.x-answer-id"'),
}


def own(tmp_path: Path, profile: Path) -> Path:
    return Path(shutil.copytree(profile, tmp_path / "own"))


@pytest.mark.parametrize("name", sorted(path.parent.parent.name for path in EXAMPLES.glob("*/profile/profile.toml")))
def test_the_paths_of_every_example_lead_to_a_value(name: str) -> None:
    folder = EXAMPLES / name / "profile"
    assert contract_of_files(load_profile(str(folder), Path()), stand_ins(folder))


@pytest.mark.parametrize("name", ["eblagh-1", "eblagh-rest-1", "eblagh-rpc-1"])
def test_the_paths_of_every_shipped_profile_lead_to_a_value(name: str) -> None:
    assert contract_of_files(load_profile(name, Path()), stand_ins(PROFILES / name))


@pytest.mark.parametrize("mistake", WRONG)
def test_a_path_that_leads_nowhere_is_refused_with_its_line(tmp_path: Path, mistake: str) -> None:
    name, right, wrong = WRONG[mistake]
    folder = own(tmp_path, EXAMPLES / name / "profile")
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(right) == 1
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    with pytest.raises(GatewayError) as refused:
        contract_of_files(load_profile(str(folder), Path()), stand_ins(folder))
    path = wrong.split('"')[1]
    line = next(n for n, told in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if f'"{path}"' in told)
    assert (refused.value.code, refused.value.detail) == ("profile.path", path)
    assert refused.value.where.startswith(f"{file}, line {line}, ")


def test_a_fault_in_json_leads_to_a_value_that_the_document_describes(tmp_path: Path) -> None:
    folder = own(tmp_path, PROFILES / "eblagh-rest-1")
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('fault = "fault.code"', 'fault = "fault.kode"'), encoding="utf-8")
    with pytest.raises(GatewayError, match=r"profile\.path"):
        contract_of_files(load_profile(str(folder), Path()), {})


def test_messages_that_are_no_file_of_a_rest_profile_are_refused(tmp_path: Path) -> None:
    folder = own(tmp_path, EXAMPLES / "rest_oauth2" / "profile")
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8")
    line = text.splitlines().index('messages = "openapi.json"') + 1
    file.write_text(text.replace('messages = "openapi.json"', 'messages = "no-such-file.json"'), encoding="utf-8")
    with pytest.raises(GatewayError) as refused:
        load_profile(str(folder), Path())
    assert (refused.value.code, refused.value.where) == ("profile.bundle", f"{file}, line {line}")


def test_a_format_is_a_number(tmp_path: Path) -> None:
    folder = own(tmp_path, PROFILES / "eblagh-1")
    file = folder / "profile.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count("\nformat = 1") == 1
    file.write_text(text.replace("\nformat = 1", "\nformat = true"), encoding="utf-8")
    with pytest.raises(GatewayError, match="format: one of these is wanted: 1"):
        load_profile(str(folder), Path())
