"""Evidence files whose manifest, signature or time-stamp somebody has changed."""

from __future__ import annotations

import re
from pathlib import Path

from gateway.audit.evidence_recipe import EvidenceCheck as C
from gateway.evidence.evidence_file import MANIFEST, SIGNATURES

from .defect import defect
from .forge import Entries, change, contents, forge, sign
from .notice_recorder import NoticeRecorder


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
