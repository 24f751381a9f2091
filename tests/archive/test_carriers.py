"""Messages that carried receipts are found with a bound on work and memory, however many receipts name them."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from adapters.verifier.archive import carriers
from adapters.verifier.archive.auditor import segments
from adapters.verifier.archive.carriers import ArchivedCarriers
from adapters.verifier.archive.segment_reader import ZipSegment
from gateway.audit.audit import CannotTell
from gateway.notice.envelope import Frame
from gateway.record.evidence_record import EvidenceKind
from gateway.store.stored import Payload

from .recorder import Recorder, plain
from .spoiled import Content, change, first_of


def answers(recorder: Recorder, *numbers: int) -> None:
    for number in numbers:
        payload = plain(f"answer {number}".encode())
        recorder.record(f"answer:{number}", EvidenceKind.MESSAGE_RECEIVED, payload, operation="FetchReceipts")


def test_segments_beside_are_opened_once_for_all_receipts(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    for first in (1, 3, 5):
        answers(recorder, first, first + 1)
        recorder.archive()
    paths, opened = segments(recorder.folder), list[str]()

    class Counted(ZipSegment):
        def manifest(self):  # type: ignore[no-untyped-def]
            opened.append(self.name)
            return super().manifest()

    monkeypatch.setattr(carriers, "ZipSegment", Counted)
    with ZipSegment(paths[1]) as own:
        own.manifest()
        with closing(ArchivedCarriers(own, paths[1])) as found:
            for number in (1, 2, 3, 4, 5, 6, 1, 5):
                assert found.find(f"answer:{number}")[1] == f"answer {number}".encode()
            for _ in range(3):
                with pytest.raises(CannotTell, match="is not here"):
                    found.find("answer:7")
    assert sorted(opened) == [paths[0].name, paths[2].name]


def test_a_message_beyond_every_size_is_not_put_together(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = plain(bytes(1024 * 1024))
    frame = Frame(pieces=(b"<a>", b"</a>"), seals=(seal.digest,))
    octets = frame.fill(lambda _: seal.octets)
    recorder.record("act:1", EvidenceKind.PERSON_ACT, seal)
    framed = Payload(digest=plain(octets).digest, octets=frame.dump(), framed=True)
    recorder.record("answer:1", EvidenceKind.MESSAGE_RECEIVED, framed, operation="FetchReceipts")
    recorder.archive()
    [path] = segments(recorder.folder)
    assert found_in(path) == octets

    def edit(content: Content) -> None:
        content[first_of(content, "frames/")] = json.dumps(
            {"pieces": [""] * 201, "seals": [seal.digest] * 200}
        ).encode()

    change(path, edit)
    monkeypatch.setattr(Frame, "fill", lambda *_: pytest.fail("200 MB in memory"))
    with pytest.raises(CannotTell, match="would have 209715200 octets"):
        found_in(path)


def found_in(path: Path) -> bytes:
    with ZipSegment(path) as own:
        own.manifest()
        with closing(ArchivedCarriers(own, path)) as found:
            return found.find("answer:1")[1]
