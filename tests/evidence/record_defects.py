"""Evidence files whose records, receipts or other contents somebody has changed who has the archive's signing key."""

from __future__ import annotations

import json
import re
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner
from gateway.audit.evidence_recipe import EvidenceCheck as C
from gateway.evidence.evidence_file import NOTE, TIMELINE, TOKEN
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from tests.archive.recorder import ORIGIN, Authority, reference

from .defect import DEFECTS, NOT_OPENED, defect, edit_json, headers, named, proofs, receipts
from .forge import Entries, change, contents, forge
from .notice_recorder import NoticeRecorder, paper


@defect(C.RECORDS, C.INCLUSION)
def record_written_in_another_form(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        name = headers(found)[0]
        found[name] = found[name].replace(b'":"', b'": "', 1)

    # A record that is none cannot be about anything: the seal, and what stands on it, are without one.
    forge(path, recorder, edit)


DEFECTS["record_written_in_another_form"][1].update({C.RECEIPTS, C.TIMELINE})
DEFECTS["record_written_in_another_form"][2].update({C.SEAL})


@defect(C.INCLUSION)
def record_changed(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        name = headers(found)[0]
        found[name] = re.sub(rb'"salt":"....', b'"salt":"0000', found[name])

    forge(path, recorder, edit)


@defect(C.INCLUSION)
def proof_of_another_record(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        first, second = proofs(found)[:2]
        path_of_second = json.loads(found[second])["path"]
        edit_json(found, first, lambda reported: reported.update(path=path_of_second))

    forge(path, recorder, edit)


@defect(C.INCLUSION)
def proof_of_another_place(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        first, second = proofs(found)[:2]
        found[first] = found[second]

    forge(path, recorder, edit)


@defect(C.INCLUSION)
def proof_cut_off(path: Path, recorder: NoticeRecorder) -> None:
    forge(
        path,
        recorder,
        lambda f: edit_json(f, proofs(f)[0], lambda reported: reported.update(path=reported["path"][:-1])),
    )


@defect(C.INCLUSION)
def proof_missing(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: found.pop(proofs(found)[0]))


@defect(C.PAYLOADS, C.RECEIPTS)
def receipt_of_another_notice(path: Path, recorder: NoticeRecorder) -> None:
    other = path.with_name("other.asice")
    recorder.export(other, 2)
    theirs = contents(other)

    def edit(found: Entries) -> None:
        found[receipts(found)[0]] = theirs[receipts(theirs)[0]]

    forge(path, recorder, edit)


@defect(C.RECORDS, C.RECEIPTS, C.TIMELINE)
def receipt_of_another_notice_with_its_record_and_proof(path: Path, recorder: NoticeRecorder) -> None:
    other = path.with_name("other.asice")
    recorder.export(other, 2)
    theirs = contents(other)
    receipt = receipts(theirs)[0]
    place = int(receipt[-16:-4])

    def edit(found: Entries) -> None:
        mine = f"notices/{reference(1)}/receipt-{place:012d}.xml"
        found[mine] = theirs[receipt]
        for name in (f"records/{place:012d}.json", f"records/{place:012d}.proof.json"):
            found[name] = theirs[name]

        def index(reported: dict) -> None:
            reported["records"].append({"index": place, "file": mine, "withheld": None})
            reported["records"].sort(key=lambda each: each["index"])

        edit_json(found, "evidence.json", index)

    forge(path, recorder, edit)


@defect(C.PAYLOADS, C.RECEIPTS)
def receipt_changed(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        name = receipts(found)[0]
        found[name] = found[name].replace(b">ContentConsignment<", b">ContentHandover<")

    forge(path, recorder, edit)


@defect(C.RECORDS, C.TIMELINE)
def receipt_left_out_of_the_index(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        name = receipts(found)[0]
        edit_json(
            found,
            "evidence.json",
            lambda reported: reported.update(records=[each for each in reported["records"] if each["file"] != name]),
        )

    forge(path, recorder, edit)


@defect(C.RECORDS)
def receipt_withheld(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        name = receipts(found)[0]
        del found[name]

        def index(reported: dict) -> None:
            for each in reported["records"]:
                if each["file"] == name:
                    each.update(file=None, withheld="OTHERS")

        edit_json(found, "evidence.json", index)

    forge(path, recorder, edit)


@defect(C.PAYLOADS, C.SEAL)
def notice_changed(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        [name] = named(found, r"notices/.*/notice\.xml")
        found[name] = found[name].replace(b"<n:Number>7<", b"<n:Number>8<")

    forge(path, recorder, edit)


def paper_of(found: Entries) -> str:
    [name] = named(found, r"notices/.*/paper\.pdf")
    return name


@defect(C.PAYLOADS)
def paper_that_differs_from_the_sealed_one(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        found[paper_of(found)] += b"%"

    forge(path, recorder, edit)


@defect(C.RECORDS)
def paper_of_no_notice_of_the_file(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: found.update({f"notices/{reference(2)}/paper.pdf": paper(2)}))


@defect(C.SIGNATURE)
def paper_changed_by_a_stranger(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        found[paper_of(found)] = paper(2)

    change(path, edit)


DEFECTS["paper_changed_by_a_stranger"][1].add(C.PAYLOADS)


@defect(C.RECORDS)
def mapping_of_another_name(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        edit_json(
            found, "evidence.json", lambda reported: reported["notices"][0].update(mapping_digest=f"sha256:{'0' * 64}")
        )

    forge(path, recorder, edit)


@defect(C.CHECKPOINT, unjudged={C.INCLUSION, C.TIME})
def checkpoint_signed_by_another_key(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        reported = Checkpoint.of(SignedNote.of(found[NOTE]).text)
        found[NOTE] = NoteSigner(name=ORIGIN, key=Ed25519PrivateKey.generate()).sign(reported.size, reported.root)

    forge(path, recorder, edit)


@defect(C.INCLUSION, C.TIME)
def checkpoint_of_another_tree(path: Path, recorder: NoticeRecorder) -> None:
    """By whoever has the key of checkpoints, too."""

    def edit(found: Entries) -> None:
        reported = Checkpoint.of(SignedNote.of(found[NOTE]).text)
        found[NOTE] = recorder.notes.sign(reported.size, b"\x07" * 32)

    forge(path, recorder, edit)


@defect(C.CHECKPOINT, unjudged={C.INCLUSION, C.TIME})
def checkpoint_of_another_size(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        reported = Checkpoint.of(SignedNote.of(found[NOTE]).text)
        found[NOTE] = recorder.notes.sign(reported.size + 1, reported.root)

    forge(path, recorder, edit)


@defect(C.TIME)
def token_for_another_digest(path: Path, recorder: NoticeRecorder) -> None:
    forge(
        path, recorder, lambda found: found.update({TOKEN: Authority(recorder.pki, recorder.clock).stamp(b"\x07" * 32)})
    )


@defect(unjudged={C.TIME})
def token_missing(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: found.pop(TOKEN))


@defect(C.TIMELINE)
def timeline_tells_another_date(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        edit_json(found, TIMELINE, lambda reported: reported["notices"][0]["service"].update(date="1400-01-01"))

    forge(path, recorder, edit)


@defect(C.TIMELINE)
def timeline_tells_another_time(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        edit_json(
            found,
            TIMELINE,
            lambda reported: reported["notices"][0]["elements"][-1].update(learned_at="2020-01-01T00:00:00.000000Z"),
        )

    forge(path, recorder, edit)


@defect(C.TIMELINE)
def timeline_tells_of_a_viewing_that_nothing_proves(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        event = {"event": "ContentHandover", "state": "VIEWED", "record": None, "detail": None}
        times = dict.fromkeys(("occurred_at", "learned_at"), "2026-01-01T00:00:00.000000Z")
        edit_json(found, TIMELINE, lambda reported: reported["notices"][0]["elements"].append(event | times))

    forge(path, recorder, edit)


@defect(C.RECORDS, C.INCLUSION, C.TIMELINE)
def receipt_of_a_day_that_no_calendar_has(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        for name in headers(found):
            if b'"kind":"RECEIPT"' in found[name]:
                found[name] = re.sub(
                    rb'"event_time":"[^"]*"', b'"event_time":"0001-01-01T00:00:00.000000Z"', found[name]
                )

    forge(path, recorder, edit)


DEFECTS["receipt_of_a_day_that_no_calendar_has"][2].update({C.RECEIPTS})


@defect(C.CONTAINER, unjudged={*NOT_OPENED} - {C.MANIFEST, C.SIGNATURE, C.SIGNED_AT})
def made_on_a_day_that_no_calendar_has(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        edit_json(found, "evidence.json", lambda reported: reported.update(made_at="9999-12-31T23:59:59.999999Z"))

    forge(path, recorder, edit)


@defect(unjudged={C.TIMELINE})
def timeline_hides_a_viewing(path: Path, recorder: NoticeRecorder) -> None:
    """The receipt of it is here, genuine and believed, and the timeline names it as a receipt of nothing."""

    def edit(reported: dict) -> None:
        [notice] = reported["notices"]
        [viewing] = [each for each in notice["elements"] if each["event"] == "ContentHandover"]
        viewing.update(event="Receipt", state=None)
        notice["service"]["effect"] = "LEGAL"

    forge(path, recorder, lambda found: edit_json(found, TIMELINE, edit))


@defect(C.CONTAINER, unjudged={*NOT_OPENED} - {C.MANIFEST, C.SIGNATURE, C.SIGNED_AT})
def index_in_another_form(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: found.update({"evidence.json": found["evidence.json"].replace(b"\n", b"\r\n")}))
