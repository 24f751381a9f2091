"""Form of a judiciary's receipts, as a profile states it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, model_validator

from adapters.crypto.foreign.document_policy import CertificateReference, DocumentPolicy, SignaturePlace
from adapters.crypto.xml.partner_profile import CANONICALIZATIONS, DIGESTS, DOCUMENT_ALGORITHMS
from adapters.settings.profile_folder import BundledFile
from adapters.settings.values import Section, one_of


class ReceiptForm(StrEnum):
    """Form of a receipt."""

    DOCUMENT = "document"
    """Document with an XML signature of its own."""
    ELEMENT = "element"
    """Element of a signed answer, which is the evidence."""
    JWS = "jws"
    """JWS in the compact form, with a signature of its own."""
    STATUS = "status"
    """Status with a date, which an answer states; that answer is the evidence."""

    @property
    def rests_on_answer(self) -> bool:
        """True if the receipt has no signature of its own."""
        return self in (ReceiptForm.ELEMENT, ReceiptForm.STATUS)


class ReceiptJwsSection(Section):
    """JWS of a receipt: the agreed ``typ`` of its header, and the name of its payload's definition in the schema."""

    typ: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9!#$&^_.+/-]{0,126}$")
    payload: str = Field(min_length=1, max_length=200)


class ReceiptSignatureSection(Section):
    """Policy for receipts whose XML signature has a form of its own (`adapters.crypto.foreign.document_policy`).

    ``inside`` is a child of the receipt, ``{namespace}Name``, that holds an enveloped signature.
    """

    place: Annotated[SignaturePlace, Field(strict=False)] = SignaturePlace.ENVELOPED
    inside: str | None = Field(default=None, pattern=r"^\{[^{}\s]*\}[^{}:\s]+$")
    algorithms: list[Annotated[str, one_of(DOCUMENT_ALGORITHMS)]] = Field(
        default=["rsa-sha256", "ecdsa-sha256"], min_length=1
    )
    digests: list[Annotated[str, one_of(DIGESTS)]] = Field(default=["sha256"], min_length=1)
    canonicalizations: list[Annotated[str, one_of(CANONICALIZATIONS)]] = Field(default=["exclusive"], min_length=1)
    prefix_lists: bool = False
    signing_time: bool = True
    signing_certificate: Annotated[CertificateReference, Field(strict=False)] = CertificateReference.ANY

    @model_validator(mode="after")
    def _stands_inside_only_if_enveloped(self) -> ReceiptSignatureSection:
        if self.inside is not None and self.place is not SignaturePlace.ENVELOPED:
            raise ValueError('inside goes with place = "enveloped"')
        return self

    @property
    def policy(self) -> DocumentPolicy:
        return DocumentPolicy(
            place=self.place,
            inside=None if self.inside is None else self.inside.removeprefix("{}"),
            algorithms=frozenset(DOCUMENT_ALGORITHMS[name] for name in self.algorithms),
            digests=frozenset(DIGESTS[name] for name in self.digests),
            canonicalizations=frozenset(CANONICALIZATIONS[name] for name in self.canonicalizations),
            prefix_lists=self.prefix_lists,
            signing_time=self.signing_time,
            certificate=self.signing_certificate,
        )


class ReceiptSection(Section):
    """Receipt in the judiciary's own format.

    ``root`` is the document element, or the element of an answer, as ``{namespace}Name`` (``{}Name`` without a
    namespace). A JWS has ``jws`` in its place, and ``schema`` is a JSON Schema. A status has none of these keys: the
    mapping of the answer (``answer-to-status``) makes its values.
    With ``signature`` the XML signature of a document is judged by that policy; otherwise it has the form of ours.
    """

    form: Annotated[ReceiptForm, Field(strict=False)] = ReceiptForm.DOCUMENT
    root: str | None = Field(default=None, pattern=r"^\{[^{}]*\}[^{}:]+$")
    schema_file: BundledFile | None = Field(default=None, alias="schema")
    mapping: BundledFile | None = None
    jws: ReceiptJwsSection | None = None
    signature: ReceiptSignatureSection | None = None

    @model_validator(mode="after")
    def _has_the_keys_of_its_form(self) -> ReceiptSection:
        told = {"root": self.root, "schema": self.schema_file, "mapping": self.mapping, "jws": self.jws}
        for key, value in told.items():
            if (value is not None) is not (key in _KEYS[self.form]):
                raise ValueError(f'form = "{self.form.value}" {"needs" if value is None else "has no"} {key}')
        if self.form is not ReceiptForm.DOCUMENT and self.signature is not None:
            raise ValueError(f'form = "{self.form.value}" has no signature')
        if self.form is ReceiptForm.DOCUMENT and self.signature is None and (self.root or "").startswith("{}"):
            raise ValueError("root: a document element is wanted as {namespace}Name")
        return self


_KEYS: Final = {
    ReceiptForm.DOCUMENT: frozenset({"root", "schema", "mapping"}),
    ReceiptForm.ELEMENT: frozenset({"root", "schema", "mapping"}),
    ReceiptForm.JWS: frozenset({"schema", "mapping", "jws"}),
    ReceiptForm.STATUS: frozenset[str](),
}
"""Keys of each form."""
