"""A partner's profile: what each switch lets in, and that it lets in nothing else."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.certificate import Certificate
from adapters.crypto.keys.keys import RsaSigner
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.xml.partner_profile import ALL_PARTS, STRICT, PartnerProfile
from adapters.crypto.xml.signature import encode
from adapters.crypto.xml.strict_xml import canonical
from gateway.trust.trust_policy import Facts, Rejection

from .certificates import issue, rsa_key, write
from .conftest import SIGNED_AT
from .edits import BODY_REFERENCE, DS, EC, SOAP, WSA, add, all_of, drop, put, say
from .forge import Edit, edited, find, resigned
from .refusals import refused, resign
from .samples import JudiciaryService, signed_message
from .test_mutations import MUTATIONS, accepted_only_unchanged, moves, octet_edits, rearranged, replaced

PREFIX_LISTS = PartnerProfile(prefix_lists=True)
ENVELOPED = PartnerProfile(enveloped_transform=True)
PLAIN_IDS = PartnerProfile(id_attributes=frozenset({names.WSU_ID, "Id"}))
UNSIGNED_TOKEN = PartnerProfile(signed_parts=ALL_PARTS - {"BinarySecurityToken"})
REPLY_TO = PartnerProfile(unread_headers=frozenset({"ReplyTo"}))
RSA_PSS = PartnerProfile(signature_algorithms=frozenset({names.RSA_SHA256, names.RSA_PSS_SHA256}))
ALL_ON = PartnerProfile(
    signature_algorithms=RSA_PSS.signature_algorithms,
    signed_parts=UNSIGNED_TOKEN.signed_parts,
    id_attributes=PLAIN_IDS.id_attributes,
    prefix_lists=True,
    enveloped_transform=True,
    unread_headers=frozenset({"From", "ReplyTo", "FaultTo"}),
)
BODY_TRANSFORM = f"{BODY_REFERENCE}//ds:Transform"
LIST = f"{EC}InclusiveNamespaces"


def examined(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile) -> Facts:
    return MessageVerifier(judiciary.partner, profile=profile).examine(octets)


def refusal(judiciary: JudiciaryService, octets: bytes, profile: PartnerProfile) -> str:
    with pytest.raises(Rejection) as error:
        examined(judiciary, octets, profile)
    return error.value.code


def transforms(*algorithms: str) -> Edit:
    """The Body's reference with these transforms."""

    def edit(root: etree._Element) -> None:
        holder = find(root, f"{BODY_REFERENCE}/ds:Transforms")
        holder.clear()
        for algorithm in algorithms:
            etree.SubElement(holder, f"{DS}Transform", Algorithm=algorithm)

    return edit


def plain_id(part: str, *, beside: bool = False) -> Edit:
    """The id of a part as ``Id``, in the place of ``wsu:Id`` or beside it."""

    def edit(root: etree._Element) -> None:
        element = find(root, f".//*[@wsu:Id='M-{part}']")
        if beside:
            element.set("Id", "M-Other")
        else:
            element.set("Id", element.attrib.pop(names.WSU_ID))

    return edit


with_prefix_lists = all_of(
    add(BODY_TRANSFORM, LIST, PrefixList="soap wsu"), add(".//ds:CanonicalizationMethod", LIST, PrefixList="soap")
)
an_unsigned_token = drop(".//ds:Reference[@URI='#M-BinarySecurityToken']")
a_reply_to = add("soap:Header", f"{WSA}ReplyTo")


OWN = {
    "a prefix list": (with_prefix_lists, PREFIX_LISTS),
    "an empty prefix list": (add(BODY_TRANSFORM, LIST, PrefixList=""), PREFIX_LISTS),
    "an enveloped transform": (transforms(names.ENVELOPED, names.EXC_C14N), ENVELOPED),
    "plain ids": (all_of(*map(plain_id, ("Body", "To", "Timestamp", "BinarySecurityToken"))), PLAIN_IDS),
    "an unsigned token": (an_unsigned_token, UNSIGNED_TOKEN),
    "a header that is not read": (a_reply_to, REPLY_TO),
    "a header that need not be understood": (
        add("soap:Header", f"{WSA}ReplyTo", **{f"{SOAP}mustUnderstand": "0"}),
        REPLY_TO,
    ),
}


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("profile", [STRICT, PREFIX_LISTS, ENVELOPED, PLAIN_IDS, UNSIGNED_TOKEN, REPLY_TO])
def test_each_switch_lets_in_its_own(
    judiciary: JudiciaryService, wire: bytes, name: str, profile: PartnerProfile
) -> None:
    edit, own = OWN[name]
    octets = resign(judiciary, wire, edit)
    if profile is own:
        assert examined(judiciary, octets, profile).claims == judiciary.messages.examine(wire).claims
        assert refusal(judiciary, edited(octets, say("soap:Header/wsa:To", "urn:other")), profile) == "verify.digest"
    else:
        assert refusal(judiciary, octets, profile) in ("verify.shape", "verify.algorithm", "verify.transform",
                                                   "verify.coverage")  # fmt: skip


def test_what_our_own_side_signs_passes_every_profile(judiciary: JudiciaryService, wire: bytes) -> None:
    facts = judiciary.messages.examine(wire)
    for profile in (PREFIX_LISTS, ENVELOPED, PLAIN_IDS, REPLY_TO, RSA_PSS):
        assert examined(judiciary, wire, profile) == facts
    assert examined(judiciary, wire, ALL_ON).covered == facts.covered


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (add(".//ds:CanonicalizationMethod", LIST, PrefixList="nowhere"), "verify.transform"),
        (add(BODY_TRANSFORM, LIST, PrefixList="#default"), "verify.shape"),
        (add(BODY_TRANSFORM, LIST, PrefixList="soap soap"), "verify.shape"),
        (add(BODY_TRANSFORM, LIST, PrefixList=" ".join(f"p{number}" for number in range(200))), "verify.shape"),
        (add(BODY_TRANSFORM, LIST, PrefixList=" ".join(f"p{number}" for number in range(33))), "verify.shape"),
        (add(BODY_TRANSFORM, LIST, PrefixList="soap "), "verify.shape"),
        (add(BODY_TRANSFORM, LIST, PrefixList="soap\nwsu"), "verify.shape"),
        (add(BODY_TRANSFORM, LIST), "verify.shape"),
        (add(BODY_TRANSFORM, LIST, PrefixList="soap", Other="x"), "verify.shape"),
        (all_of(add(BODY_TRANSFORM, LIST, PrefixList="soap"), say(f"{BODY_TRANSFORM}/*", "x")), "verify.shape"),
        (add(BODY_TRANSFORM, "{urn:x}InclusiveNamespaces", PrefixList="soap"), "verify.transform"),
        (all_of(*[add(BODY_TRANSFORM, LIST, PrefixList="soap")] * 2), "verify.transform"),
        (add(".//ds:SignatureMethod", LIST, PrefixList="soap"), "verify.algorithm"),
        (put(BODY_TRANSFORM, Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"), "verify.transform"),
        (transforms(names.ENVELOPED, names.ENVELOPED, names.EXC_C14N), "verify.transform"),
        (transforms(names.EXC_C14N, names.ENVELOPED), "verify.transform"),
        (transforms(names.ENVELOPED), "verify.transform"),
        (transforms(), "verify.transform"),
        (plain_id("Body", beside=True), "verify.shape"),
        (put("soap:Body", ID="M-Other"), "verify.shape"),
        (all_of(a_reply_to, a_reply_to), "verify.shape"),
        (add("soap:Header", "{urn:x}ReplyTo"), "verify.shape"),
        (add("soap:Header", f"{WSA}ReplyTo", **{f"{SOAP}mustUnderstand": "1"}), "verify.shape"),
        (add("soap:Header", f"{WSA}FaultTo", **{f"{SOAP}mustUnderstand": "true"}), "verify.shape"),
        (drop(".//ds:Reference[@URI='#M-Body']"), "verify.coverage"),
        (drop(".//ds:Reference[@URI='#M-To']"), "verify.coverage"),
    ],
)  # fmt: skip
def test_what_no_switch_lets_in(judiciary: JudiciaryService, wire: bytes, edit: Edit, code: str) -> None:
    assert refusal(judiciary, edited(wire, edit), ALL_ON) == code


@pytest.mark.parametrize("prefix", ["nowhere", "j", "xml"])
def test_a_listed_prefix_that_is_not_declared_there(judiciary: JudiciaryService, wire: bytes, prefix: str) -> None:
    octets = resign(judiciary, wire, add(BODY_TRANSFORM, LIST, PrefixList=prefix))
    assert refusal(judiciary, octets, ALL_ON) == "verify.transform"


def test_an_unread_header_is_no_claim_even_when_it_is_signed(judiciary: JudiciaryService, wire: bytes) -> None:
    def signs_it(root: etree._Element) -> None:
        a_reply_to(root)
        find(root, "soap:Header/wsa:ReplyTo").set(names.WSU_ID, "M-ReplyTo")
        reference = copy.deepcopy(find(root, BODY_REFERENCE))
        reference.set("URI", "#M-ReplyTo")
        find(root, ".//ds:SignedInfo").append(reference)

    octets = resign(judiciary, wire, signs_it)
    facts = examined(judiciary, octets, REPLY_TO)
    assert set(facts.claims) == {"To", "Action", "MessageID"}
    assert refusal(judiciary, edited(octets, say("soap:Header/wsa:ReplyTo", "x")), REPLY_TO) == "verify.digest"


def test_an_unsigned_header_is_no_claim(judiciary: JudiciaryService, wire: bytes) -> None:
    profile = PartnerProfile(signed_parts=frozenset({"Body", "Timestamp"}))
    octets = resign(judiciary, wire, drop(".//ds:Reference[@URI='#M-To']"))
    assert set(examined(judiciary, octets, profile).claims) == {"Action", "MessageID"}
    assert "To" not in examined(judiciary, edited(octets, say("soap:Header/wsa:To", "x")), profile).covered


def test_an_unsigned_token_in_anothers_place_is_the_same_message(tmp_path: Path) -> None:
    """A renewed certificate may keep its key: the token of one in the place of the other's must not look new."""
    key = rsa_key("kept")
    root = issue("root", ca=True, path_length=1)
    old, new = (issue("partner", root, key=key) for _ in range(2))
    file, anchor = write(tmp_path / "partner.pem", old.pem, new.pem), write(tmp_path / "anchor.pem", root.pem)
    verifier = MessageVerifier(load_partner("partner", [file], [anchor]), profile=UNSIGNED_TOKEN)
    signer = RsaSigner(certificate=Certificate.of(old.certificate), key=key)
    private = write(tmp_path / "key.pem", old.key_pem())
    octets = resigned(signed_message(signer, SIGNED_AT).wire, an_unsigned_token, private)
    swapped = edited(octets, say(".//wsse:BinarySecurityToken", encode(Certificate.of(new.certificate).der)))
    first, second = verifier.examine(octets), verifier.examine(swapped)
    assert first.signer != second.signer
    assert first.replay_key == second.replay_key


@pytest.mark.parametrize(("salt", "good"), [(32, True), (20, False), (0, False)])
def test_rsa_pss_has_the_parameters_of_its_identifier(
    judiciary: JudiciaryService, wire: bytes, salt: int, good: bool
) -> None:
    private = load_pem_private_key((judiciary.pki / "municipality" / "transport.key.pem").read_bytes(), None)
    assert isinstance(private, RSAPrivateKey)

    def edit(root: etree._Element) -> None:
        find(root, ".//ds:SignatureMethod").set("Algorithm", names.RSA_PSS_SHA256)
        info = canonical(find(root, ".//ds:SignedInfo"))
        value = private.sign(info, PSS(mgf=MGF1(SHA256()), salt_length=salt), SHA256())
        find(root, ".//ds:SignatureValue").text = encode(value)

    octets = edited(wire, edit)
    assert refused(judiciary, octets).code == "verify.algorithm"
    if good:
        assert examined(judiciary, octets, RSA_PSS).covered == judiciary.messages.examine(wire).covered
    else:
        assert refusal(judiciary, octets, RSA_PSS) == "verify.signature"


@pytest.mark.parametrize(
    "switches",
    [
        {"signature_algorithms": {"http://www.w3.org/2000/09/xmldsig#rsa-sha1"}},
        {"signature_algorithms": set()},
        {"signed_parts": {"Body"}},
        {"signed_parts": {"Timestamp", "To"}},
        {"signed_parts": {"Body", "Timestamp", "ReplyTo"}},
        {"id_attributes": {"ID"}},
        {"id_attributes": set()},
        {"unread_headers": {"To"}},
    ],
)
def test_a_profile_that_gives_up_too_much_cannot_be_made(switches: dict[str, set[str]]) -> None:
    with pytest.raises(ValueError, match=r"always|never"):
        PartnerProfile(**{name: frozenset(values) for name, values in switches.items()})


@pytest.fixture(scope="session")
def loose(judiciary: JudiciaryService, wire: bytes) -> bytes:
    """A message that makes use of all switches but RSA-PSS."""
    edits = with_prefix_lists, an_unsigned_token, plain_id("To"), a_reply_to
    return resign(judiciary, wire, all_of(*edits))


@MUTATIONS
@given(edits=octet_edits)
def test_with_all_switches_on_a_message_with_other_octets(
    judiciary: JudiciaryService, loose: bytes, edits: list[tuple[float, int, bytes]]
) -> None:
    verifier = MessageVerifier(judiciary.partner, profile=ALL_ON)
    accepted_only_unchanged(verifier, replaced(loose, edits), verifier.examine(loose).covered)


@MUTATIONS
@given(edits=moves)
def test_with_all_switches_on_a_message_put_together_anew(
    judiciary: JudiciaryService, loose: bytes, edits: list[tuple[float, float, str]]
) -> None:
    verifier = MessageVerifier(judiciary.partner, profile=ALL_ON)
    accepted_only_unchanged(verifier, rearranged(loose, edits), verifier.examine(loose).covered)
