"""Form of a judiciary's receipts, as a profile states it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field, model_validator

from adapters.settings.profile_folder import BundledFile
from adapters.settings.values import Section


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


class ReceiptSection(Section):
    """Receipt in the judiciary's own format.

    ``root`` is the document element, or the element of an answer, as ``{namespace}Name`` (``{}Name`` without a
    namespace). A JWS has ``jws`` in its place, and ``schema`` is a JSON Schema. A status has none of these keys: the
    mapping of the answer (``answer-to-status``) makes its values.
    """

    form: Annotated[ReceiptForm, Field(strict=False)] = ReceiptForm.DOCUMENT
    root: str | None = Field(default=None, pattern=r"^\{[^{}]*\}[^{}:]+$")
    schema_file: BundledFile | None = Field(default=None, alias="schema")
    mapping: BundledFile | None = None
    jws: ReceiptJwsSection | None = None

    @model_validator(mode="after")
    def _has_the_keys_of_its_form(self) -> ReceiptSection:
        told = {"root": self.root, "schema": self.schema_file, "mapping": self.mapping, "jws": self.jws}
        for key, value in told.items():
            if (value is not None) is not (key in _KEYS[self.form]):
                raise ValueError(f'form = "{self.form.value}" {"needs" if value is None else "has no"} {key}')
        if self.form is ReceiptForm.DOCUMENT and (self.root or "").startswith("{}"):
            raise ValueError("root: a document element is wanted as {namespace}Name")
        return self


_KEYS: Final = {
    ReceiptForm.DOCUMENT: frozenset({"root", "schema", "mapping"}),
    ReceiptForm.ELEMENT: frozenset({"root", "schema", "mapping"}),
    ReceiptForm.JWS: frozenset({"schema", "mapping", "jws"}),
    ReceiptForm.STATUS: frozenset[str](),
}
"""Keys of each form."""
