"""The service's socket for persons' acts: messages that others write are still read, and replies have their form."""

from __future__ import annotations

import io

import pytest

from adapters.acts.act_message import REPLY, REQUEST, Request, facts_of, read_frame
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.runtime.errors import GatewayError
from tests.golden.keeping import golden_octets
from tests.golden.octets import OCTETS, mistaken, request


def reply(name: str) -> bytes:
    return read_frame(io.BytesIO(golden_octets(f"acts/{name}")).read, REPLY, "act.reply")


@pytest.mark.parametrize("name", [name for name in OCTETS if name.startswith("acts/")])
def test_a_message_is_written_as_it_always_was(name: str) -> None:
    assert OCTETS[name]() == golden_octets(name)


def test_a_golden_request_is_read() -> None:
    octets = read_frame(io.BytesIO(golden_octets("acts/request")).read, REQUEST, "act.request")
    assert Request.of(octets) == request()


def test_golden_replies_are_read() -> None:
    assert facts_of(reply("reply")) == {"account": "1000 clerk", "held": 1}
    with pytest.raises(GatewayError) as refused:
        facts_of(reply("error"))
    assert (refused.value.code, refused.value.where, refused.value.detail) == ("act.request", "queue.hold", "یک دلیل")
    with pytest.raises(MappingMistaken) as found:
        facts_of(reply("mistakes"))
    assert (found.value.file, found.value.mistakes) == (mistaken().file, mistaken().mistakes)
