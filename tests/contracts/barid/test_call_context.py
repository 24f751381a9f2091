"""One call has one id: in the message's claims, in its body, and on record. Its values come from the configuration."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.judiciary.answer_judge import ConnectionAnswers
from adapters.judiciary.call_context import call_about, new_call
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.message_courier import MessageCourier
from adapters.judiciary.transmission import CourierSettings
from adapters.judiciary.wire import SignedRequest
from adapters.settings import load_profile
from gateway.judiciary.courier import Accepted, Unknown
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.notice.envelope import Frame
from gateway.runtime.timekeeping import Timekeeper

from .server import PROFILE

REFERENCE = "EB-" + "B" * 32
NOW = datetime(2026, 2, 2, 21, 0, tzinfo=UTC)
CALL_FIELDS = """
[[field]]
target = "call"
from = "$call.id"
required = true

[[field]]
target = "day"
from = "$call.today"
do = ["jalali-text"]

[[field]]
target = "office"
from = "$config.office"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Barid's profile, whose inquiries have a call id, a day and an office code."""
    mine = tmp_path / "barid"
    shutil.copytree(PROFILE, mine)
    document: dict[str, Any] = json.loads((mine / "openapi.json").read_text(encoding="utf-8"))
    reported = document["components"]["schemas"]["Search"]["properties"]
    reported |= {name: {"type": "string"} for name in ("call", "day", "office")}
    (mine / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    with (mine / "inquiry.toml").open("a", encoding="utf-8") as file:
        file.write(CALL_FIELDS)
    return mine


class Recorded:
    """A wire that keeps what it is given to sign."""

    def __init__(self) -> None:
        self.signed: list[tuple[str, Any]] = []

    def sign(self, _operation: str, message_id: str, content: Any, *_: Any) -> SignedRequest:
        self.signed.append((message_id, content))
        return SignedRequest(wire=b"{}", frame=Frame(pieces=(b"{}",), seals=()))


def test_the_id_in_the_body_is_that_of_the_message_and_no_other_calls(folder: Path) -> None:
    contract = mapped_rest_contract(load_profile(str(folder), Path()), {"office": "۳۱"})
    wire, keeper = Recorded(), Timekeeper(lambda: NOW, lambda: 0.0, timedelta(0))
    courier: MessageCourier[Any] = MessageCourier(
        CourierSettings(destination="judiciary", endpoint="http://h"),
        wire,  # type: ignore[arg-type]
        contract,
        ConnectionAnswers(wire=wire, timekeeper=keeper),  # type: ignore[arg-type]
        clock=lambda: NOW,
        timekeeper=keeper,
    )
    messages = [courier.prepare_inquiry([REFERENCE], NOW) for _ in range(2)]
    assert [message.id for message in messages] == [signed_as for signed_as, _ in wire.signed]
    bodies = [body for _, body in wire.signed]
    assert [f"urn:uuid:{body['call']}" for body in bodies] == [message.id for message in messages]
    assert bodies[0]["call"] != bodies[1]["call"]
    assert (bodies[0]["day"], bodies[0]["office"]) == ("1404/11/14", "۳۱")


def test_a_value_that_is_not_configured_is_refused_with_file_line_and_key(folder: Path) -> None:
    with pytest.raises(MappingMistaken) as refusal:
        mapped_rest_contract(load_profile(str(folder), Path()), {"ofice": "31"})
    line = (folder / "inquiry.toml").read_text(encoding="utf-8").splitlines().index('from = "$config.office"') + 1
    assert refusal.value.code == "mapping.config-missing"
    assert refusal.value.where == f"{folder / 'inquiry.toml'}, line {line}"
    assert "did you mean ofice?" in refusal.value.detail
    assert 'office = "…" under [judiciary.values]' in refusal.value.detail


def test_only_a_service_of_one_notice_a_call_may_leave_the_reference_to_its_request(folder: Path) -> None:
    file = folder / "outcome.toml"
    text = file.read_text(encoding="utf-8")
    unnamed = text.replace('[[repeat.field]]\ntarget = "reference"\nfrom = "ourRef"\nrequired = true\n', "")
    file.write_text(unnamed, encoding="utf-8")
    with pytest.raises(MappingMistaken) as refusal:
        mapped_rest_contract(load_profile(str(folder), Path()), {"office": "31"})
    assert [(each.code, each.found.en) for each in refusal.value.mistakes] == [("mapping.target-unmapped", "reference")]
    profile = folder / "profile.toml"
    single = profile.read_text(encoding="utf-8").replace("batches = true", "batches = false")
    profile.write_text(single, encoding="utf-8")
    contract = mapped_rest_contract(load_profile(str(folder), Path()), {"office": "31"})
    answer = {"letters": [{"state": "TAKEN", "trackingCode": "BR-1"}]}
    assert contract.outcomes(answer, call_about(NOW, [REFERENCE])) == {REFERENCE: Accepted(tracking_number="BR-1")}
    none = Unknown(code="courier.incomplete-answer", detail="0 results")
    assert contract.outcomes(answer, call_about(NOW, [REFERENCE, "EB-C"]))[REFERENCE] == none


def test_an_id_is_a_random_uuid_without_its_prefix() -> None:
    call = new_call(NOW)
    assert call.id == f"urn:uuid:{call.uuid}"
    assert call.only is None
