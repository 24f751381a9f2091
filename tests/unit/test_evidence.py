"""The evidence record's form is final: these tests may gain lines, and never change one."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record, states

pytestmark = pytest.mark.long

SCHEMA = json.loads((Path(__file__).parents[2] / "schemas/evidence/record-1.schema.json").read_text(encoding="utf-8"))
MOMENT = datetime(2026, 2, 3, 8, 30, 15, 120, tzinfo=UTC)


def record(**changes: object) -> EvidenceRecord:
    facts = {
        "id": "seal:EB-" + "A" * 32,
        "kind": EvidenceKind.SEALED_NOTICE,
        "notice": "EB-" + "A" * 32,
        "origin": "cases/article-100",
        "destination": "judiciary",
        "event_time": MOMENT,
        "recorded_at": MOMENT,
        "payload_digest": "sha256:" + "0" * 64,
        "context": {"mapping": "builtin-1"},
    }
    return evidence_record(**(facts | changes))  # type: ignore[arg-type]


def test_the_header_is_one_line_of_sorted_ascii_json() -> None:
    header = record().header
    salt = json.loads(header)["salt"]
    assert header == (
        b'{"context":{"mapping":"builtin-1"},"destination":"judiciary","event_time":"2026-02-03T08:30:15.000120Z",'
        b'"id":"seal:EB-' + b"A" * 32 + b'","kind":"SEALED_NOTICE","notice":"EB-' + b"A" * 32 + b'",'
        b'"origin":"cases/article-100","payload_digest":"sha256:' + b"0" * 64 + b'",'
        b'"recorded_at":"2026-02-03T08:30:15.000120Z","salt":"' + salt.encode() + b'","v":1}'
    )


def test_the_leaf_hash_is_that_of_rfc_9162() -> None:
    one = record()
    assert one.leaf_hash == hashlib.sha256(b"\x00" + one.header).digest()


def test_two_records_of_the_same_facts_have_different_hashes() -> None:
    assert record().leaf_hash != record().leaf_hash


def test_the_schema_names_the_same_keys_and_kinds() -> None:
    header = json.loads(record().header)
    assert set(SCHEMA["required"]) == set(SCHEMA["properties"]) == set(header)
    assert set(SCHEMA["properties"]["kind"]["enum"]) == {kind.value for kind in EvidenceKind}
    assert len(header["salt"]) == 64


@given(st.dictionaries(st.text(), st.text(), max_size=4))
def test_any_context_stays_one_ascii_line(context: dict[str, str]) -> None:
    header = record(context=context).header
    assert header.isascii()
    assert b"\n" not in header
    assert json.loads(header)["context"] == context


@given(st.text(), st.none() | st.text(), st.dictionaries(st.text(), st.text(), max_size=4))
def test_the_header_is_that_of_json_with_sorted_keys(text: str, notice: str | None, context: dict[str, str]) -> None:
    texts = dict.fromkeys(("id", "origin", "destination", "payload_digest"), text)
    header = record(**texts, notice=notice, context=context).header
    said = json.loads(header)
    assert said | texts | {"notice": notice, "context": context} == said
    assert header == json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


_KEYS = ("event_time", "id", "notice", "origin", "payload_digest", "recorded_at")
_LOOKALIKES = st.sampled_from(["", '"', "\\", ",", "x", *(f'","{key}":"x","' for key in _KEYS)])
_TEXTS = st.lists(_LOOKALIKES, max_size=4).map("".join)


@given(
    st.fixed_dictionaries(dict.fromkeys(("id", "notice", "origin", "destination", "payload_digest"), _TEXTS)),
    st.dictionaries(_TEXTS | st.sampled_from(_KEYS), _TEXTS, max_size=3),
    _TEXTS,
    st.sampled_from(["notice", "payload_digest", "event_time"]),
)
def test_a_header_states_its_own_facts_alone(
    texts: dict[str, str], context: dict[str, str], other: str, changed: str
) -> None:
    header = record(**texts, context=context).header
    said = json.loads(header)
    facts = {name: said[name] for name in ("notice", "payload_digest", "event_time")}
    assert states(header, **facts)
    assert states(header, **(facts | {changed: other})) == (said[changed] == other)
