"""The life of a session's token, as a login's answer states it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.judiciary.call_context import new_call
from adapters.judiciary.mapped.contract import LONGEST_SESSION, MappedContract, MappedOperation
from adapters.judiciary.mapped.json_form import JsonForm
from adapters.judiciary.operations import LOGIN
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.runtime.errors import GatewayError

NOW = datetime(2026, 2, 3, tzinfo=UTC)
MAPPING = b"""[mapping]
language = 1
name = "session"
kind = "answer-to-session"
[[field]]
target = "token"
from = "token"
required = true
[[field]]
target = "lifetime_seconds"
from = "expires_in"
"""


def end(life: Any) -> datetime | None:
    program = compile_mapping(MAPPING, "session.toml")
    contract: MappedContract[Any] = MappedContract(
        form=JsonForm(bound={}, fault_code=("error",)),
        bound={LOGIN: MappedOperation(request=program, answer=program)},
        receipt=None,
    )
    token, ends_at = contract.session({"token": "x", "expires_in": life}, new_call(NOW))
    assert token == "x"
    return ends_at


@pytest.mark.parametrize("life", [1, 3600, int(LONGEST_SESSION.total_seconds())])
def test_a_life_is_counted_from_the_request_on(life: int) -> None:
    assert end(life) == NOW + timedelta(seconds=life)


@pytest.mark.parametrize("life", [int(LONGEST_SESSION.total_seconds()) + 1, 999_999_999_999, 2**63 - 1, 10**30])
def test_a_token_without_an_end_is_renewed_after_the_longest_life(life: int) -> None:
    assert end(life) == NOW + LONGEST_SESSION


@pytest.mark.parametrize("life", [0, -1, -3600, -(10**30)])
def test_a_life_that_is_over_at_once_is_refused(life: int) -> None:
    with pytest.raises(GatewayError) as refusal:
        end(life)
    assert (refusal.value.code, refusal.value.where) == ("mapped.field-invalid", "lifetime_seconds")


def test_an_answer_may_leave_the_life_to_the_profile() -> None:
    assert end(None) is None
