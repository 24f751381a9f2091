"""Messages in evidence files: in JSON as in XML, and never with anything of another person."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.evidence.verify_page import commands_of
from adapters.storage.sql_store import SqlStore
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import AT_ONCE, reference
from tests.databases import sqlite_file
from tests.stranger import needs_xmlsec1

from .forge import contents, forge
from .notice_recorder import NoticeRecorder, subject
from .test_strangers import Stranger

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def recorder(pki: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NoticeRecorder]:
    """Two notices in one JWS, a third alone, a fourth whose answer speaks of the third; then receipts, together."""
    folder = tmp_path_factory.mktemp("json-town")
    with sqlite_file(folder) as url, closing(SqlStore.open(url)) as store:
        recorder = NoticeRecorder(pki, store, folder / "archive", now=datetime.now(UTC))
        recorder.send_json([recorder.admit(1), recorder.admit(2)], "urn:uuid:0000-many")
        recorder.send_json([recorder.admit(3)], "urn:uuid:0000-one")
        recorder.send_json([recorder.admit(4)], "urn:uuid:0000-other", spoken_of=[reference(3)])
        recorder.fetch([1, 2], "urn:uuid:0000-receipts")
        recorder.archive(AT_ONCE)
        yield recorder


def decoded(octets: bytes) -> bytes:
    """Decode all base64 in a message, and in that, and in that."""
    found = octets
    for _ in range(3):
        parts = re.findall(rb"[A-Za-z0-9+/_-]{16,}", found)
        found += b"\n".join(base64.urlsafe_b64decode(part[: len(part) // 4 * 4].replace(b"+", b"-").replace(b"/", b"_"))
                            for part in parts)  # fmt: skip
    return found


def reported(path: Path) -> list[str | None]:
    return [each["withheld"] for each in json.loads(contents(path)["evidence.json"])["records"]]


def test_a_batch_in_json_is_there_by_digest_only(recorder: NoticeRecorder, tmp_path: Path) -> None:
    recorder.export(tmp_path / "one.asice", 1)
    found = contents(tmp_path / "one.asice")
    assert not [name for name in found if name.startswith("messages/")]
    assert reported(tmp_path / "one.asice").count("OTHERS") == 3, "the batch, its answer, and the answer with receipts"
    for name, octets in found.items():
        assert reference(2).encode() not in decoded(octets), name
        assert subject(2).encode() not in decoded(octets), name


def test_a_message_in_json_of_this_notice_alone_goes_in_and_verifies(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "three.asice"
    recorder.export(path, 3)
    assert len([name for name in contents(path) if re.fullmatch(r"messages/\d+\.jws", name)]) == 2
    audit = verify_file(path, recorder.trust)
    assert audit.verdicts[EvidenceCheck.MESSAGES] is Verdict.PASSED
    assert audit.passed[EvidenceCheck.MESSAGES] == 2
    assert audit.verdicts[EvidenceCheck.RECORDS] is Verdict.PASSED


def test_a_message_in_json_that_was_changed_is_refused(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "changed.asice"
    recorder.export(path, 3)

    def edit(found: dict[str, bytes]) -> None:
        name = next(name for name in found if name.endswith(".jws"))
        header, payload, signature = found[name].split(b".")
        other = base64.urlsafe_b64encode(decoded(payload)[:9] + b"x" * 90)
        found[name] = b".".join([header, other, signature])

    forge(path, recorder, edit)
    verdicts = verify_file(path, recorder.trust).verdicts
    assert verdicts[EvidenceCheck.MESSAGES] is Verdict.FAILED
    assert verdicts[EvidenceCheck.PAYLOADS] is Verdict.FAILED


def test_what_an_answer_in_json_says_of_another_notice_keeps_it_out(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "four.asice"
    recorder.export(path, 4)
    assert len([name for name in contents(path) if name.endswith(".jws")]) == 1, "what was sent is of this one alone"
    assert reported(path).count("OTHERS") == 1
    assert all(reference(3).encode() not in decoded(octets) for octets in contents(path).values())


def test_an_answer_with_receipts_of_several_is_there_by_digest_until_all_are_asked_for(
    recorder: NoticeRecorder, tmp_path: Path
) -> None:
    recorder.export(tmp_path / "one.asice", 1)
    recorder.export(tmp_path / "case.asice", case="1404-100-1")
    alone, case = contents(tmp_path / "one.asice"), contents(tmp_path / "case.asice")
    assert not [name for name in alone if name.startswith("messages/")]
    assert len([name for name in case if re.fullmatch(r"messages/\d+\.xml", name)]) == 1
    audit = verify_file(tmp_path / "case.asice", recorder.trust)
    assert audit.verdicts[EvidenceCheck.MESSAGES] is Verdict.PASSED
    assert audit.passed[EvidenceCheck.MESSAGES] == 3, "the batch and its answer, too"


@needs_xmlsec1
def test_a_stranger_checks_a_message_in_json_with_openssl(recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = tmp_path / "three.asice"
    recorder.export(path, 3)
    english, persian = (commands_of(contents(path)[f"VERIFY.{language}.txt"]) for language in ("en", "fa"))
    assert english == persian
    unpack, *messages = english[0], *[step for step in english if "split_jws.py" in step]
    assert len(messages) == 2
    stranger = Stranger(recorder, path, tmp_path / "unpacked")
    assert stranger.run(english) == 0
    assert json.loads((tmp_path / "unpacked" / "said.json").read_bytes())["op"] == "SubmitNoticesResponse"
    swap = "\nsed -i 's/\\(.*\\)\\.\\(.\\)\\(.\\)\\(.*\\)$/\\1.\\3\\2\\4/' messages/*.jws\n"
    assert stranger.run([unpack, messages[0]], change=swap) == 2
