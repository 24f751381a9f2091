"""Evidence files that somebody has changed, each named after what was done to it: each is found, under its own check.

Where only the archive's own signing key could make the change fit, it was made with it: then another check finds it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner
from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_recipe import EvidenceCheck as C
from gateway.evidence.evidence_file import MANIFEST, NOTE, SIGNATURES, TIMELINE, TOKEN, dump
from gateway.merkle.checkpoint import Checkpoint, SignedNote
from gateway.runtime.verdict import Verdict
from tests.archive.recorder import ORIGIN, Authority, reference

from .forge import Entries, change, contents, forge, sign, write
from .notice_recorder import NoticeRecorder, paper

Defect = Callable[[Path, NoticeRecorder], None]
DEFECTS: dict[str, tuple[Defect, set[C], set[C]]] = {}
"""By name: what is done, the checks that fail, and those that cannot be made beside what never can here."""

ALWAYS = {C.MESSAGES, C.REVOCATION}
"""Messages carried others' notices, and nobody has revocation lists."""
NOT_OPENED = set(C) - {C.CONTAINER} - ALWAYS


def defect(*failed: C, unjudged: set[C] = frozenset()) -> Callable[[Defect], Defect]:  # type: ignore[assignment]
    def add(done: Defect) -> Defect:
        DEFECTS[done.__name__] = done, set(failed), set(unjudged)
        return done

    return add


def named(found: Entries, pattern: str) -> list[str]:
    return [name for name in found if re.fullmatch(pattern, name)]


def receipts(found: Entries) -> list[str]:
    return named(found, r"notices/.*/receipt-.*")


def headers(found: Entries) -> list[str]:
    return named(found, r"records/[0-9]*\.json")


def proofs(found: Entries) -> list[str]:
    return named(found, r".*\.proof\.json")


def edit_json(found: Entries, name: str, edit: Callable[[dict], None]) -> None:
    reported = json.loads(found[name])
    edit(reported)
    found[name] = dump(reported)


# The container.


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def no_zip(path: Path, recorder: NoticeRecorder) -> None:
    path.write_bytes(b"nothing")


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def cut_off(path: Path, recorder: NoticeRecorder) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def mimetype_not_first(path: Path, recorder: NoticeRecorder) -> None:
    found = contents(path)
    kind = found.pop("mimetype")
    write(path, [*found.items(), ("mimetype", kind)])


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def mimetype_packed(path: Path, recorder: NoticeRecorder) -> None:
    found = contents(path)
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for name, octets in found.items():
            file.writestr(name, octets)


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def another_mimetype(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update(mimetype=b"application/vnd.etsi.asic-s+zip"))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def path_traversal(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({"notices/../../../etc/cron.d/x": b"more"}))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def a_file_that_does_not_belong_here(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({"notes.txt": b"more"}))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def two_entries_of_one_name(path: Path, recorder: NoticeRecorder) -> None:
    found = list(contents(path).items())
    with pytest.warns(UserWarning, match="Duplicate name"):
        write(path, [*found, found[-1]])


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def zip_bomb(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({f"revocation/{'0' * 64}.crl": bytes(40 * 1024 * 1024)}))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def larger_than_it_says(path: Path, recorder: NoticeRecorder) -> None:
    octets = bytearray(path.read_bytes())
    at = octets.rfind(b"PK\x01\x02") + 24
    octets[at : at + 4] = (int.from_bytes(octets[at : at + 4], "little") - 1).to_bytes(4, "little")
    path.write_bytes(bytes(octets))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def something_in_front(path: Path, recorder: NoticeRecorder) -> None:
    path.write_bytes(b"#!/bin/sh\n" + path.read_bytes())


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def something_behind(path: Path, recorder: NoticeRecorder) -> None:
    with path.open("ab") as file:
        file.write(b"more")


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def an_entry_that_the_directory_does_not_name(path: Path, recorder: NoticeRecorder) -> None:
    """Some tools read entries one behind another, others by the directory."""
    with ZipFile(path, "a") as file:
        file.writestr("hidden.txt", b"another paper")
        file.filelist.pop()
        del file.NameToInfo["hidden.txt"]


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def an_entry_with_two_names(path: Path, recorder: NoticeRecorder) -> None:
    """One in front of its octets, and another in the directory."""
    octets = path.read_bytes()
    path.write_bytes(octets.replace(b"timeline.fa.html", b"timeline.en.html", 1))


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def a_comment(path: Path, recorder: NoticeRecorder) -> None:
    with ZipFile(path, "a") as file:
        file.comment = b"more"


@defect(C.CONTAINER, unjudged=NOT_OPENED)
def no_signature(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.pop(SIGNATURES))


# Manifest and signature: no key is needed to try these.


@defect(C.SIGNATURE)
def file_changed(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({"timeline.fa.html": found["timeline.fa.html"] + b" "}))


@defect(C.MANIFEST, C.SIGNATURE)
def file_added_unlisted(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({f"revocation/{'0' * 64}.crl": b"more"}))


@defect(C.SIGNATURE)
def file_added_and_listed(path: Path, recorder: NoticeRecorder) -> None:
    name = f"revocation/{'0' * 64}.crl"
    entry = (
        b'<manifest:file-entry manifest:full-path="%s" manifest:media-type="application/pkix-crl">'
        b"</manifest:file-entry>"
    )

    def edit(found: Entries) -> None:
        found[name] = b"more"
        found[MANIFEST] = found[MANIFEST].replace(
            b"</manifest:manifest>", entry % name.encode() + b"</manifest:manifest>"
        )

    change(path, edit)


@defect(C.MANIFEST, C.SIGNATURE)
def file_removed(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.pop("certificates/municipality-seal-article-77.pem"))


@defect(C.MANIFEST)
def manifest_entry_twice(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        [entry] = re.findall(
            rb'<manifest:file-entry [^>]*"evidence\.json"[^>]*></manifest:file-entry>', found[MANIFEST]
        )
        found[MANIFEST] = found[MANIFEST].replace(entry, entry * 2)

    change(path, edit)


@defect(C.MANIFEST)
def manifest_lies_about_a_type(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({MANIFEST: found[MANIFEST].replace(b"text/html", b"text/plain")}))


@defect(C.MANIFEST)
def manifest_with_a_doctype(path: Path, recorder: NoticeRecorder) -> None:
    change(path, lambda found: found.update({MANIFEST: b"<!DOCTYPE x>" + found[MANIFEST]}))


@defect(C.SIGNATURE, unjudged={C.SIGNED_AT})
def signature_changed(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        value = re.search(rb"<ds:SignatureValue>(.)", found[SIGNATURES])
        assert value
        other = b"A" if value[1] != b"A" else b"B"
        at = value.start(1)
        found[SIGNATURES] = found[SIGNATURES][:at] + other + found[SIGNATURES][at + 1 :]

    change(path, edit)


@defect(C.SIGNATURE, unjudged={C.SIGNED_AT})
def signing_time_changed(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        found[SIGNATURES] = re.sub(rb"(<xades:SigningTime>)\d{4}", rb"\g<1>2020", found[SIGNATURES])

    change(path, edit)


@defect(C.SIGNATURE, unjudged={C.SIGNED_AT})
def signature_by_another_certificate_of_ours(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: None, recorder.signer("seal-article-100"))


@defect(C.SIGNATURE, unjudged={C.SIGNED_AT})
def signature_by_a_stranger(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: None, recorder.judiciary_signer("transport"))


@defect(C.SIGNATURE, unjudged={C.SIGNED_AT})
def certificate_put_in_another_ones_place(path: Path, recorder: NoticeRecorder) -> None:
    """A stranger signs, and names the archive's certificate beside it."""
    archive = re.search(rb"<ds:X509Certificate>[^<]*</ds:X509Certificate>", contents(path)[SIGNATURES])
    assert archive
    forge(path, recorder, lambda found: None, recorder.judiciary_signer("transport"))

    def edit(found: Entries) -> None:
        found[SIGNATURES] = re.sub(
            rb"<ds:X509Certificate>[^<]*</ds:X509Certificate>", archive[0], found[SIGNATURES], count=1
        )

    change(path, edit)


@defect(C.SIGNATURE)
def signature_over_less(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        names = [name for name in found if name not in {"mimetype", MANIFEST, SIGNATURES, "VERIFY.fa.txt"}]
        found[SIGNATURES] = sign(found, names, recorder)

    change(path, edit)


@defect(C.SIGNED_AT)
def time_stamp_of_another_signature(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        names = [name for name in found if name not in {"mimetype", MANIFEST, SIGNATURES}]
        stamp = rb"<xades:EncapsulatedTimeStamp>[^<]*</xades:EncapsulatedTimeStamp>"
        other = re.search(stamp, sign({**found, "evidence.json": b"{}"}, names, recorder))
        assert other
        found[SIGNATURES] = re.sub(stamp, other[0], found[SIGNATURES])

    change(path, edit)


@defect(unjudged={C.SIGNED_AT})
def time_stamp_of_the_signature_removed(path: Path, recorder: NoticeRecorder) -> None:
    def edit(found: Entries) -> None:
        found[SIGNATURES] = re.sub(rb"<xades:UnsignedProperties>.*</xades:UnsignedProperties>", b"", found[SIGNATURES])

    change(path, edit)


# What only whoever has the archive's signing key can try.


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


@defect(C.CONTAINER, unjudged={*NOT_OPENED} - {C.MANIFEST, C.SIGNATURE, C.SIGNED_AT})
def index_in_another_form(path: Path, recorder: NoticeRecorder) -> None:
    forge(path, recorder, lambda found: found.update({"evidence.json": found["evidence.json"].replace(b"\n", b"\r\n")}))


@pytest.mark.parametrize("name", DEFECTS)
def test_it_is_found_under_its_own_check(name: str, exported: Path, recorder: NoticeRecorder, tmp_path: Path) -> None:
    done, failed, unjudged = DEFECTS[name]
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    done(path, recorder)
    audit = verify_file(path, recorder.trust)
    found = {verdict: {c for c, v in audit.verdicts.items() if v is verdict} for verdict in Verdict}
    reported = [f"{each.check} {each.verdict} {each.subject} {each.reason}" for each in audit.findings]
    assert found[Verdict.FAILED] == failed, reported
    assert found[Verdict.INDETERMINATE] == unjudged | ALWAYS, reported
    assert audit.verdict is (Verdict.FAILED if failed else Verdict.INDETERMINATE)


def test_a_file_of_before_without_paper_pdf_still_verifies(
    exported: Path, recorder: NoticeRecorder, tmp_path: Path
) -> None:
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    forge(path, recorder, lambda found: found.pop(paper_of(found)))
    before, after = verify_file(exported, recorder.trust), verify_file(path, recorder.trust)
    assert after.verdicts == before.verdicts
    assert (before.papers, after.papers) == ({reference(1)}, set())


def test_forging_nothing_is_no_defect(exported: Path, recorder: NoticeRecorder, tmp_path: Path) -> None:
    path = Path(shutil.copy(exported, tmp_path / "notice.asice"))
    forge(path, recorder, lambda found: None)
    assert Verdict.FAILED not in verify_file(path, recorder.trust).verdicts.values()
