"""Form of a judiciary's receipts, as a profile states it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from adapters.settings.profile_folder import BundledFile
from adapters.settings.values import Section


class ReceiptForm(StrEnum):
    """Form of a receipt."""

    DOCUMENT = "document"
    """Document with an XML signature of its own."""
    ELEMENT = "element"
    """Element of a signed answer, which is the evidence."""
    STATUS = "status"
    """Status with a date, which an answer states; that answer is the evidence."""

    @property
    def rests_on_answer(self) -> bool:
        """True if the receipt has no signature of its own."""
        return self in (ReceiptForm.ELEMENT, ReceiptForm.STATUS)


class ReceiptSection(Section):
    """Receipt in the judiciary's own format.

    ``root`` is the document element, or the element of an answer, as ``{namespace}Name`` (``{}Name`` without a
    namespace). A status has none of the three keys: the mapping of the answer (``answer-to-status``) makes its values.
    """

    form: Annotated[ReceiptForm, Field(strict=False)] = ReceiptForm.DOCUMENT
    root: str | None = Field(default=None, pattern=r"^\{[^{}]*\}[^{}:]+$")
    schema_file: BundledFile | None = Field(default=None, alias="schema")
    mapping: BundledFile | None = None

    @model_validator(mode="after")
    def _read_by_a_mapping(self) -> ReceiptSection:
        told = {"root": self.root, "schema": self.schema_file, "mapping": self.mapping}
        is_status = self.form is ReceiptForm.STATUS
        if wrong := [key for key, value in told.items() if (value is None) is not is_status]:
            rule = "has no" if is_status else "needs"
            raise ValueError(f'form = "{self.form.value}" {rule} {", ".join(wrong)}')
        if self.form is ReceiptForm.DOCUMENT and (self.root or "").startswith("{}"):
            raise ValueError("root: a document element is wanted as {namespace}Name")
        return self
