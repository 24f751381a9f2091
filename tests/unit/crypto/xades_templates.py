"""Templates of receipts with XAdES, which xmlsec1 or another tool signs: the digests and the value are left out."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer

SLIP: Final = "urn:slips:1"
TAG: Final = f"{{{SLIP}}}Slip"
SIGNED_PROPERTIES: Final = f'Type="{names.SIGNED_PROPERTIES}"'
SCHEMA: Final = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{SLIP}" targetNamespace="{SLIP}"
  elementFormDefault="qualified"><xs:element name="Slip"><xs:complexType><xs:sequence>
  <xs:element name="Reference" type="xs:string"/><xs:element name="Event" type="xs:string"/>
  <xs:element name="Signatures" minOccurs="0"><xs:complexType/></xs:element></xs:sequence>
  <xs:attribute name="Id" type="xs:ID"/><xs:anyAttribute namespace="http://www.w3.org/XML/1998/namespace"
  processContents="lax"/></xs:complexType></xs:element></xs:schema>"""

_KEY_INFO: Final = "<!--key-info-->"
_PSS: Final = {names.RSA_PSS_SHA256: SHA256(), names.RSA_PSS_SHA512: SHA512()}


@dataclass(frozen=True, kw_only=True)
class Form:
    """Form of a signature: the algorithms by URI, the place, and the XAdES properties."""

    place: str = "enveloped"
    algorithm: str = names.RSA_SHA256
    digest: str = names.SHA256
    c14n: str = names.EXC_C14N
    transform: str | None = names.EXC_C14N
    """Of the data; None: it is left out."""
    whole: bool = False
    """True: the empty URI leads to the document."""
    to_object: bool = False
    inside: bool = False
    prefixes: str = ""
    certificate: str = "v2"
    time: str = "<xades:SigningTime>2026-02-03T09:30:15Z</xades:SigningTime>"
    key_info: str = "certificate"
    namespace: str = SLIP
    content: str = "<s:Reference>EB-1</s:Reference><s:Event>viewed &amp; known</s:Event>"
    further: str = ""
    unsigned: str = ""


def template(form: Form, signer: Signer) -> str:
    """Return the unsigned document; ``signer`` is named in it."""
    slip = f'<s:Slip xmlns:s="{form.namespace}" xmlns:unused="urn:unused" Id="S-1">\n  {form.content}{{}}\n</s:Slip>'
    signature = _signature(form, signer)
    match form.place:
        case "enveloping":
            made = signature.replace("<!--object-->", f'<ds:Object Id="O-1">{slip.format("")}</ds:Object>')
        case "detached":
            made = f'<w:Bundle xmlns:w="urn:wrap" xml:lang="fa">\n{slip.format("")}\n{signature}</w:Bundle>'
        case _:
            made = slip.format(f"<s:Signatures>{signature}</s:Signatures>" if form.inside else f"\n  {signature}")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + made


def _signature(form: Form, signer: Signer) -> str:
    uri = "" if form.whole else "#O-1" if form.to_object else "#S-1"
    steps = [f'<ds:Transform Algorithm="{names.ENVELOPED}"/>'] if form.place == "enveloped" else []
    if form.transform is not None:
        prefixes = (
            f'<ec:InclusiveNamespaces xmlns:ec="{names.EXC_C14N}" PrefixList="{form.prefixes}"/>'
            if form.prefixes
            else ""
        )
        steps.append(f'<ds:Transform Algorithm="{form.transform}">{prefixes}</ds:Transform>')
    references = [_reference(uri, steps, form)]
    properties = ""
    if form.certificate or form.time:
        references.append(_reference("#P-1", [f'<ds:Transform Algorithm="{form.c14n}"/>'], form, SIGNED_PROPERTIES))
        properties = f"<ds:Object>{properties_of(form, signer)}</ds:Object>"
    return (
        f'<ds:Signature xmlns:ds="{names.DS}" Id="G-1"><ds:SignedInfo>'
        f'<ds:CanonicalizationMethod Algorithm="{form.c14n}"/><ds:SignatureMethod Algorithm="{form.algorithm}"/>'
        f"{''.join(references)}</ds:SignedInfo><ds:SignatureValue/>{_KEY_INFO}<!--object-->{properties}"
        "</ds:Signature>"
    ).replace("<!--object-->", "<!--object-->" if form.place == "enveloping" else "")


def _reference(uri: str, steps: list[str], form: Form, kind: str = "") -> str:
    transforms = f"<ds:Transforms>{''.join(steps)}</ds:Transforms>" if steps else ""
    return (
        f'<ds:Reference URI="{uri}" {kind}>{transforms}<ds:DigestMethod Algorithm="{form.digest}"/>'
        "<ds:DigestValue/></ds:Reference>"
    )


def _key_info(form: Form, signer: Signer) -> str:
    if form.key_info == "none":
        return ""
    encoded = base64.b64encode(signer.certificate.der).decode()
    return f"<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{encoded}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"


def properties_of(form: Form, signer: Signer) -> str:
    """Return the QualifyingProperties of the signature G-1."""
    name = {names.SHA256: "sha256", names.SHA384: "sha384", names.SHA512: "sha512"}[form.digest]
    digest = base64.b64encode(hashlib.new(name, signer.certificate.der).digest()).decode()
    certified = (
        f'<xades:Cert><xades:CertDigest><ds:DigestMethod Algorithm="{form.digest}"/>'
        f"<ds:DigestValue>{digest}</ds:DigestValue></xades:CertDigest></xades:Cert>"
    )
    element = {"v1": "SigningCertificate", "v2": "SigningCertificateV2"}.get(form.certificate)
    reference = f"<xades:{element}>{certified}</xades:{element}>" if element else ""
    return (
        f'<xades:QualifyingProperties xmlns:xades="{names.XADES}" xmlns:ds="{names.DS}" Target="#G-1">'
        f'<xades:SignedProperties Id="P-1"><xades:SignedSignatureProperties>{form.time}{reference}{form.further}'
        f"</xades:SignedSignatureProperties></xades:SignedProperties>{form.unsigned}</xades:QualifyingProperties>"
    )


def signed_by_xmlsec1(form: Form, signer: Signer, key: Path, folder: Path) -> bytes:
    """Let Debian's xmlsec1 sign the template; return its octets as it wrote them."""
    if form.algorithm in _PSS:  # xmlsec1 has it from 1.3 on: it makes the digests, and RSA-PSS is signed by hand
        return _signed_again(
            signed_by_xmlsec1(replace(form, algorithm=names.RSA_SHA256), signer, key, folder), form, key
        )
    source, target = folder / "template.xml", folder / "signed.xml"
    source.write_text(template(form, signer), encoding="utf-8")
    ids = [f"{form.namespace}:Slip", f"{names.DS}:Object", f"{names.XADES}:SignedProperties"]
    command = ["xmlsec1", "--sign", "--privkey-pem", str(key), "--output", str(target)]
    for each in ids:
        command += ["--id-attr:Id", each]
    done = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    # Added now: xmlsec1 would look for the certificate's key, and judge its chain.
    return target.read_bytes().replace(_KEY_INFO.encode(), _key_info(form, signer).encode())


def _signed_again(octets: bytes, form: Form, key: Path) -> bytes:
    root = etree.fromstring(octets.replace(names.RSA_SHA256.encode(), form.algorithm.encode()))
    [info], [value] = (root.iter(f"{{{names.DS}}}{name}") for name in ("SignedInfo", "SignatureValue"))
    private = load_pem_private_key(key.read_bytes(), None)
    assert isinstance(private, RSAPrivateKey)
    hash_ = _PSS[form.algorithm]
    padding = PSS(mgf=MGF1(hash_), salt_length=hash_.digest_size)
    signature = private.sign(etree.tostring(info, method="c14n", exclusive=True), padding, hash_)
    value.text = base64.b64encode(signature).decode()
    return etree.tostring(root, encoding="utf-8", xml_declaration=True)
