"""Page with instructions for checking an evidence file with independent tools. Our tests run its commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import Final

from adapters.crypto.keys import names
from adapters.evidence import jws_script
from adapters.evidence.inclusion_script import SCRIPT
from gateway.audit.evidence_recipe import NOT_PROVEN, NOT_PROVEN_TITLE
from gateway.evidence.evidence_file import Index, notice_name, paper_name, record_name
from gateway.evidence.timeline import Element, Timeline
from gateway.runtime.bilingual import Words
from gateway.trust.trust_policy import (
    BY_CONNECTION,
    ELEMENT_OF_ANSWER,
    ELEMENT_OF_SIGNED,
    STATUS_OF_ANSWER,
    UNSEEN_SEAL,
)

SCRIPT_NAME: Final = "check_proofs.py"
_JWS_SCRIPT_NAME: Final = "split_jws.py"

_PROPERTIES: Final = f"--id-attr:Id {names.XADES}:SignedProperties"
_XMLSEC: Final = "xmlsec1 --verify --enabled-key-data x509"
_UNTRUSTED: Final = "UNTRUSTED=$(printf -- ' --untrusted-pem %s' certificates/*.pem)"
_OK: Final = Words(
    en="Each command ends with 0 and says OK, or it does not.",
    fa="هر فرمان یا با OK و کد صفر پایان می‌یابد، یا سند پذیرفته نیست.",
)

_HEAD: Final = Words(
    en="HOW TO CHECK THIS EVIDENCE FILE WITHOUT THE GATEWAY",
    fa="راستی‌آزمایی این پرونده ادله بدون نیاز به درگاه",
)
_INTRO: Final = Words(
    en="This file is an ASiC-E container (ETSI EN 319 162-1): a ZIP file with a XAdES signature (ETSI EN 319 132-1) "
    "over all that is in it. The tools below are general ones that know nothing of the municipality: unzip, xmlsec1, "
    "openssl, Python. Put what you trust into a folder, each file from its owner and not from whoever handed you this "
    "one, and compare fingerprints by another way: openssl x509 -in FILE -noout -fingerprint -sha256",
    fa="این فایل یک ظرف ASiC-E است (ETSI EN 319 162-1): فایلی ZIP با یک امضای XAdES (ETSI EN 319 132-1) "
    "بر همه محتوای آن. ابزارهای زیر عمومی‌اند و شهرداری را نمی‌شناسند: unzip، xmlsec1، openssl و Python. "
    "آنچه را به آن اعتماد دارید در پوشه‌ای بگذارید؛ هر فایل را از صاحب آن بگیرید، نه از کسی که این پرونده را "
    "به شما داده است، و اثر انگشت آن‌ها را از راهی دیگر مقایسه کنید: "
    "openssl x509 -in FILE -noout -fingerprint -sha256",
)
_TRUST: Final = (
    ("municipality-root.pem", Words(en="the municipality's root certificate", fa="گواهی ریشه شهرداری")),
    ("judiciary-root.pem", Words(en="the judiciary's root certificate", fa="گواهی ریشه قوه قضاییه")),
    ("time-root.pem", Words(en="the time authority's root certificate", fa="گواهی ریشه مرجع مهر زمانی")),
    ("archive-signing.pem", Words(en="the certificate that signs evidence files", fa="گواهی امضاکننده پرونده ادله")),
    (
        "archive.vkey",
        Words(en="the key of the archive's checkpoints, one line", fa="کلید نقطه‌های وارسی بایگانی، یک سطر"),
    ),
)


def _persian(said: Words) -> str:
    return said.fa


def _english(said: Words) -> str:
    return said.en


def verify_page(language: str, timelines: Sequence[Timeline], index: Index, places: Mapping[str, int]) -> bytes:
    """Return VERIFY.….txt for this container."""
    say = _persian if language == "fa" else _english
    lines = [say(_HEAD), "", *_wrapped(say(_INTRO)), ""]
    lines += [f"  {name:24}{say(what)}" for name, what in _TRUST]
    lines += ["", say(_OK), ""]
    for number, (title, commands) in enumerate(_steps(timelines, index, places), start=1):
        lines += [*_wrapped(f"{number}. {say(title)}"), "", "```sh", commands, "```", ""]
    lines += [say(NOT_PROVEN_TITLE), ""]
    for limit in NOT_PROVEN:
        lines += _wrapped(f"- {say(limit)}")
    return ("\n".join(lines) + "\n").encode()


def commands_of(page: bytes) -> list[str]:
    """Return the commands of each step of a page, unchanged."""
    return [block.partition("```\n")[0] for block in page.decode().split("```sh\n")[1:]]


def _steps(timelines: Sequence[Timeline], index: Index, places: Mapping[str, int]) -> Iterator[tuple[Words, str]]:
    yield (
        Words(
            en="Unpack it, and go there. TRUST is your folder.",
            fa="آن را باز کنید و به پوشه آن بروید. TRUST پوشه شماست.",
        ),
        'unzip -q -o "$FILE" -d "$FOLDER"\ncd "$FOLDER"\nSIGNATURE=META-INF/signatures001.xml\n' + _UNTRUSTED,
    )
    yield (
        Words(
            en="The signature over every file, by the archive's certificate. References (ok/all) must be one more than "
            "there are files outside META-INF, without mimetype.",
            fa="امضا بر همه فایل‌ها با گواهی بایگانی. شمار References باید یکی بیش از شمار فایل‌های بیرون از META-INF "
            "(بدون mimetype) باشد.",
        ),
        'openssl x509 -in "$TRUST/archive-signing.pem" -outform DER | base64 -w0 | grep -qFf - $SIGNATURE\n'
        f'{_XMLSEC} --trusted-pem "$TRUST/municipality-root.pem" $UNTRUSTED \\\n'
        f'  --verification-gmt-time "{_gmt(index.made_at)}" \\\n  {_PROPERTIES} $SIGNATURE',
    )
    yield (
        Words(
            en="When that signature was there, by a time authority.", fa="زمان وجود آن امضا، به گواهی مرجع مهر زمانی."
        ),
        "grep -o '<ds:SignatureValue>.*</ds:SignatureValue>' $SIGNATURE | tr -d '\\n' \\\n"
        f"  | sed 's|<ds:SignatureValue>|<ds:SignatureValue xmlns:ds=\"{names.DS}\">|' > signature-value\n"
        "sed 's|.*<xades:EncapsulatedTimeStamp>||; s|</xades:EncapsulatedTimeStamp>.*||' $SIGNATURE \\\n"
        "  | base64 -d > signature.tst\n"
        'openssl ts -verify -data signature-value -in signature.tst -token_in -CAfile "$TRUST/time-root.pem"',
    )
    yield (
        Words(
            en=f"Records and their proofs: save the following as {SCRIPT_NAME} and run it.",
            fa=f"اسناد و دلیل وجود آن‌ها در درخت: متن زیر را با نام {SCRIPT_NAME} ذخیره و اجرا کنید.",
        ),
        f"cat > {SCRIPT_NAME} <<'END'\n{SCRIPT}END\npython3 {SCRIPT_NAME} \"$FILE\"",
    )
    yield (
        Words(en="The checkpoint, by the archive's key.", fa="نقطه وارسی، با کلید بایگانی."),
        "sed -n '1,/^$/p' checkpoint.note | sed '$d' > text\n"
        "sed -n 's/^— [^ ]* //p' checkpoint.note | head -n 1 | base64 -d | tail -c 64 > signature\n"
        "(printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'\n"
        ' cut -d+ -f3- "$TRUST/archive.vkey" | base64 -d | tail -c 32) > key.der\n'
        "openssl pkeyutl -verify -pubin -inkey key.der -keyform DER -rawin -in text -sigfile signature",
    )
    yield (
        Words(
            en="When the checkpoint was there, by a time authority.",
            fa="زمان وجود نقطه وارسی، به گواهی مرجع مهر زمانی.",
        ),
        'openssl ts -verify -data text -in checkpoint.tst -token_in -CAfile "$TRUST/time-root.pem"',
    )
    for told in timelines:
        yield from _of_notice(told, index, places)
    yield from _of_messages(timelines, index, places)


def _of_notice(told: Timeline, index: Index, places: Mapping[str, int]) -> Iterator[tuple[Words, str]]:
    seal, reference = notice_name(told.reference), told.reference
    digest = "$(sha256sum < $SEAL | cut -c 1-64)"
    known = {record.index: record.file for record in index.records}
    learned = {known[places[each.record]]: each for each in told.elements if each.record is not None}
    if seal in learned:
        yield (
            Words(
                en=f"The notice {reference}, sealed by the issuing body. Its paper stands in it, in base64, and is "
                "the same as paper.pdf.",
                fa=f"ابلاغیه {reference} با مهر مرجع صادرکننده. متن برگه به صورت base64 در آن است و همان "
                "paper.pdf است.",
            ),
            f"SEAL={seal}\n"
            + _document("$SEAL", "municipality", names.NOTICE + ":Notice", learned[seal].occurred_at)
            + f"\nsed 's|.*<n:Content>||; s|</n:Content>.*||' $SEAL | base64 -d > {reference}.pdf"
            f"\ncmp {reference}.pdf {paper_name(reference)}",
        )
    else:
        # It was deleted; its record still has its digest.
        header = record_name(next(place for id, place in places.items() if id.startswith(f"seal:{reference}")))
        digest = f'$(sed \'s/.*"payload_digest":"sha256://; s/".*//\' {header})'
    for file, each in learned.items():
        if file is not None and file.startswith(f"notices/{reference}/receipt-"):
            yield _of_receipt(file, record_name(places[str(each.record)]), each, digest, reference)


def _of_receipt(file: str, header: str, told: Element, digest: str, reference: str) -> tuple[Words, str]:
    """Return the step for a receipt, whose record is ``header``.

    It may be of the judiciary's own format, in which its document element has the name, or have no signature.
    """
    if told.detail in _CARRIED:
        time = told.occurred_at[:19]
        commands = (
            f'RECEIPT={file}\ngrep -qi "{reference}" $RECEIPT\n'
            f"""CARRIER=$(sed 's/.*"carried_by":"//; s/".*//' {header})\n"""
            r'grep -lF "\"id\":\"$CARRIER\"" records/*.json'
        )
        return Words(en=_OF_ANSWER.en.format(time=time), fa=_OF_ANSWER.fa.format(time=time)), commands
    title, named, time = _OF_SEAL, digest, told.occurred_at[:19]
    if told.detail == UNSEEN_SEAL:
        title, named = _OF_REFERENCE, reference
    words = Words(en=title.en.format(time=time), fa=title.fa.format(time=time))
    if file.endswith(".jws"):
        return words, _jws_receipt(file, named, told.learned_at)
    commands = (
        f"RECEIPT={file}\n{_ROOT}\n"
        + _document("$RECEIPT", "judiciary", '"$ROOT"', told.learned_at)
        + f'\ngrep -qi "{named}" $RECEIPT'
    )
    return words, commands


def _jws_receipt(file: str, named: str, time: str) -> str:
    """Return the commands for a receipt that is a JWS; its header need not name the certificate."""
    return (
        f"cat > split_receipt.py <<'END'\n{jws_script.SPLIT}END\npython3 split_receipt.py {file}\n"
        "for CERTIFICATE in certificates/*.pem; do\n"
        "  openssl x509 -in $CERTIFICATE -noout -pubkey > key.pem\n"
        "  if openssl dgst -sha256 -verify key.pem $(cat options) -signature signature signed; then break; fi\n"
        "done\n"
        "openssl dgst -sha256 -verify key.pem $(cat options) -signature signature signed\n"
        "cat certificates/*.pem > all.pem\n"
        f'openssl verify -attime $(date -u -d "{_gmt(time)}" +%s) \\\n'
        '  -CAfile "$TRUST/judiciary-root.pem" -untrusted all.pem $CERTIFICATE\n'
        f'grep -qi "{named}" said.json'
    )


_ROOT: Final = (
    "ROOT=$(python3 -c 'import sys, xml.etree.ElementTree as x; print(x.parse(sys.argv[1]).getroot().tag)' \\\n"
    "  $RECEIPT | tr -d '{' | tr '}' ':')"
)
_CARRIED: Final = frozenset({BY_CONNECTION, ELEMENT_OF_SIGNED, ELEMENT_OF_ANSWER, STATUS_OF_ANSWER})
_OF_ANSWER: Final = Words(
    en="What an answer of the judiciary says of it ({time}Z). This file has no signature of its own: the answer that "
    "carried it is the evidence, and the command shows its record. If nobody signed that answer either, only the "
    "gateway says that the judiciary sent it.",
    fa="آنچه پاسخ قوه قضاییه درباره آن می‌گوید ({time}Z). این فایل خود امضا ندارد: پاسخی که آن را آورده سند است و "
    "فرمان زیر رکورد آن را نشان می‌دهد. اگر آن پاسخ هم امضا نداشته باشد، تنها درگاه می‌گوید که قوه قضاییه آن را "
    "فرستاده است.",
)
_OF_SEAL: Final = Words(
    en="What the judiciary signed of it ({time}Z): of this very seal.",
    fa="رسید قوه قضاییه ({time}Z) درباره همین برگه مهرشده.",
)
_OF_REFERENCE: Final = Words(
    en="What the judiciary signed of it ({time}Z): of this reference. It never saw the seal, and names none.",
    fa="رسید قوه قضاییه ({time}Z) درباره همین شناسه. قوه قضاییه مهر را ندیده است و آن را نام نمی‌برد.",
)


def _of_messages(timelines: Sequence[Timeline], index: Index, places: Mapping[str, int]) -> Iterator[tuple[Words, str]]:
    """Return the steps for messages that openssl verifies: a JWS is no XML."""
    found = {places[each.record]: each for told in timelines for each in told.elements if each.record is not None}
    messages = [(record.file, found[record.index]) for record in index.records if _is_jws_message(record.file or "")]
    for number, (file, each) in enumerate(messages):
        side = "municipality" if (each.record or "").startswith("sent:") else "judiciary"
        script = f"cat > {_JWS_SCRIPT_NAME} <<'END'\n{jws_script.SCRIPT}END\n" if number == 0 else ""
        yield (
            Words(
                en=f"A message of the {side} ({each.learned_at[:19]}Z), a JWS; said.json is what it says.",
                fa=f"پیام {_SIDES[side]} ({each.learned_at[:19]}Z) به شکل JWS؛ متن آن در said.json است.",
            ),
            f"{script}SIGNER=$(python3 {_JWS_SCRIPT_NAME} {file})\n"
            "for CERTIFICATE in certificates/*.pem; do\n"
            "  FOUND=$(openssl x509 -in $CERTIFICATE -outform DER | sha256sum | cut -c 1-64)\n"
            "  if test $FOUND = $SIGNER; then break; fi\n"
            "done\n"
            "cat certificates/*.pem > all.pem\n"
            f'openssl verify -attime $(date -u -d "{_gmt(each.learned_at)}" +%s) \\\n'
            f'  -CAfile "$TRUST/{side}-root.pem" -untrusted all.pem $CERTIFICATE\n'
            "openssl x509 -in $CERTIFICATE -noout -pubkey > key.pem\n"
            "openssl dgst -sha256 -verify key.pem $(cat options) -signature signature signed",
        )


def _is_jws_message(file: str) -> bool:
    return file.startswith("messages/") and file.endswith(".jws")


_SIDES: Final = {"municipality": "شهرداری", "judiciary": "قوه قضاییه"}


def _document(file: str, side: str, root: str, time: str) -> str:
    return (
        f'{_XMLSEC} --trusted-pem "$TRUST/{side}-root.pem" $UNTRUSTED \\\n'
        f'  --verification-gmt-time "{_gmt(time)}" \\\n  --id-attr:Id {root} {_PROPERTIES} \\\n  {file}'
    )


def _gmt(time: str) -> str:
    return time[:19].replace("T", " ")


def _wrapped(text: str) -> list[str]:
    return wrap(text, 100, break_long_words=False, break_on_hyphens=False)
