"""Every file of `attacks` is refused with its own code, by its own check, and by no other."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
import xmlsec
from lxml import etree

from adapters.crypto.keys.names import DS, WSSE
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.trust.trust_policy import Rejection
from tests.unit.crypto.forge import believed_under

from .attacks import ATTACKS, FOLDER, NOW, Attack, Judge, octets_of, table
from .make_attacks import DOCUMENTS, GOOD, MESSAGES, TOKENS, write
from .relaxed import RELAXED

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
README = (FOLDER / "README.md").read_text(encoding="utf-8")
each_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


def accepted(judge: Judge, attack: Attack) -> bool:
    try:
        return bool(judge.accept(attack.profile, attack.octets, attack.now))
    except GatewayError:
        return False


def believed_by_xmlsec(octets: bytes) -> bool:
    """Return True if xmlsec, with its defaults, takes the key in the file's own certificate for the signer's."""
    try:
        root = etree.fromstring(octets)
    except etree.XMLSyntaxError:
        return False
    certificate = next(root.iter(f"{{{WSSE}}}BinarySecurityToken", f"{{{DS}}}X509Certificate"), None)
    if certificate is None or next(root.iter(f"{{{DS}}}SignatureValue"), None) is None:
        return False
    der = base64.b64decode(certificate.text or "")
    if "hmac" in next(root.iter(f"{{{DS}}}SignatureMethod")).attrib["Algorithm"]:
        return believed_under(xmlsec.Key.from_binary_data(xmlsec.constants.KeyDataHmac, der), octets)
    return believed_under(xmlsec.Key.from_memory(der, xmlsec.constants.KeyDataFormatCertDer), octets)


@pytest.mark.parametrize("name", GOOD)
def test_a_good_file_is_accepted(judge: Judge, name: str) -> None:
    assert judge.accept(name.partition("-")[0], octets_of(name), NOW)
    assert believed_by_xmlsec(octets_of(name))


@pytest.mark.parametrize("name", ["notice-good", "receipt-good"])
def test_a_document_may_come_again(judge: Judge, name: str) -> None:
    for _ in range(2):
        assert judge.accept(name.partition("-")[0], octets_of(name), NOW)


@each_attack
def test_an_attack_is_refused_with_its_own_code(judge: Judge, attack: Attack) -> None:
    if attack.after:
        judge.accept(attack.profile, octets_of(attack.after), attack.now)
    with pytest.raises(Rejection) as refusal:
        judge.accept(attack.profile, attack.octets, attack.now)
    assert refusal.value.code == attack.code


@pytest.mark.parametrize("attack", [pytest.param(a, id=a.name) for a in ATTACKS.values() if not a.never])
def test_its_own_check_is_all_that_stands_against_it(judge: Judge, attack: Attack) -> None:
    if attack.after:
        judge.accept(attack.profile, octets_of(attack.after), attack.now)
    for kept in attack.checks if len(attack.checks) > 1 else ():
        with pytest.MonkeyPatch.context() as patch:
            for name in set(attack.checks) - {kept}:
                RELAXED[name](patch)
            assert not accepted(judge, attack), f"{kept} alone refuses nothing"
    with pytest.MonkeyPatch.context() as patch:
        for name in attack.checks:
            RELAXED[name](patch)
        assert judge.accept(attack.profile, attack.octets, attack.now)


@each_attack
@pytest.mark.usefixtures("among_files")
def test_a_lax_library_believes_it(attack: Attack) -> None:
    assert believed_by_xmlsec(attack.octets) == attack.xmlsec


@pytest.mark.parametrize("name", RELAXED)
def test_a_good_file_is_accepted_without_a_check(judge: Judge, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    RELAXED[name](monkeypatch)
    for good in GOOD:
        assert judge.accept(good.partition("-")[0], octets_of(good), NOW)


# Nothing is forgotten.


def test_manifest_folder_and_generator_name_the_same_files() -> None:
    assert set(ATTACKS) == set(MESSAGES) | set(TOKENS) | set(DOCUMENTS)
    assert {file.stem for file in FOLDER.glob("*.xml")} == {*ATTACKS, *GOOD, "outside"}


def test_the_generator_makes_these_files(tmp_path: Path) -> None:
    """But for keys, and what is computed with them."""
    write(tmp_path)
    base64_text = re.compile(rb">(?:!|\xc2\xa0)?[A-Za-z0-9+/=\n]{20,}<")
    for file in tmp_path.glob("*.xml"):
        kept = (FOLDER / file.name).read_bytes()
        assert base64_text.sub(b"><", file.read_bytes()) == base64_text.sub(b"><", kept), file.name


def test_every_check_has_an_attack() -> None:
    assert {name for attack in ATTACKS.values() for name in attack.checks} == set(RELAXED)


def test_what_no_lax_verifier_could_accept_says_why() -> None:
    assert all(bool(attack.never) != bool(attack.checks) for attack in ATTACKS.values())


def test_every_row_has_an_attack_or_says_where_it_is_tested() -> None:
    rows = {attack.row for attack in ATTACKS.values()} - {0}
    elsewhere = {int(row) for row in re.findall(r"^\| (\d+) \|.*\| `tests/", README, re.MULTILINE)}
    assert rows | elsewhere == set(range(1, 19))
    assert not rows & elsewhere


def test_every_code_has_an_attack_or_says_where_it_is_tested() -> None:
    elsewhere = dict(re.findall(r"^\| `(verify\.[a-z-]+)` \| `(tests/[\w/.]+::\w+)` \|$", README, re.MULTILINE))
    asserted = {attack.code for attack in ATTACKS.values()}
    assert asserted | elsewhere.keys() == {code for code in CATALOGUE if code.startswith("verify.")}
    assert not asserted & elsewhere.keys()
    for code, place in elsewhere.items():
        path, _, test = place.partition("::")
        text = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {test}(" in text, place
        assert code in text, place


def test_the_readme_shows_the_manifest() -> None:
    assert table() in README, "run: python -m tests.vectors.attacks"


def test_no_key_is_kept() -> None:
    assert not [file for file in FOLDER.rglob("*") if file.is_file() and b"PRIVATE KEY" in file.read_bytes()]
