"""Changes a token, and signs it again with the authority's own key, so that one thing alone is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

from cryptography.hazmat.asn1 import TLV, SetOf, decode_der, encode_der
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import ObjectIdentifier

from adapters.timestamp import tsp

from .authorities import Holder


def read(token: bytes) -> tsp.SignedData:
    return decode_der(tsp.Token, token).content


def written(data: tsp.SignedData) -> bytes:
    return encode_der(tsp.Token(oid=tsp.SIGNED_DATA, content=data))


def edited(token: bytes, edit: Callable[[tsp.SignedData], tsp.SignedData]) -> bytes:
    """Change what no signature covers."""
    return written(edit(read(token)))


def edited_signer(token: bytes, edit: Callable[[tsp.SignerInfo], tsp.SignerInfo]) -> bytes:
    return edited(token, lambda data: replace(data, signers=SetOf([edit(data.signers.as_list()[0])])))


def resigned(
    token: bytes,
    own: Holder,
    *,
    info: Callable[[tsp.TokenInfo], tsp.TokenInfo] | None = None,
    octets: Callable[[bytes], bytes] = lambda octets: octets,
    attributes: Callable[[dict[ObjectIdentifier, list[TLV]]], None] = lambda attributes: None,
) -> bytes:
    """Change the TSTInfo (as a value, then as octets) or the signed attributes (values by OID), and sign anew."""
    data = read(token)
    content = data.content.content
    if info is not None:
        content = encode_der(info(decode_der(tsp.TokenInfo, content)))
    content = octets(content)
    signer = data.signers.as_list()[0]
    values = {each.oid: each.values.as_list() for each in signer.signed.as_list()}
    values[tsp.MESSAGE_DIGEST] = [tsp.element(encode_der(sha256(content).digest()))]
    attributes(values)
    signed = SetOf([tsp.Attribute(oid=oid, values=SetOf(found)) for oid, found in values.items()])
    signature = own.key.sign(tsp.signed_octets(signed), ECDSA(SHA256()))
    return written(
        replace(
            data,
            content=replace(data.content, content=content),
            signers=SetOf([replace(signer, signed=signed, signature=signature)]),
        )
    )
