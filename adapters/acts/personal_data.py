"""The act of exporting one person's data: whoever made the file has it recorded before it leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator

from adapters.acts.act_message import Facts
from adapters.settings.values import Section
from gateway.notice.recipient_index import KeyedHash
from gateway.operations.operator_action import OperatorAction
from gateway.personal_data.export_record import Export, export_changes, record_export
from gateway.personal_data.part import MOST_NOTICES
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


class ExportedFile(Section):
    """File of an export (`gateway.personal_data.export_record.Export`): of a recipient (``key``, ``keyed_hash``), or
    of the account of a ``person``."""

    digest: str = Field(pattern="^sha256:[0-9a-f]{64}$")
    size: int = Field(ge=0)
    files: int = Field(ge=1)
    papers: bool
    acts: int = Field(default=0, ge=0)
    references: list[Annotated[str, Field(max_length=100)]] = Field(default=[], max_length=MOST_NOTICES)
    key: str | None = Field(default=None, pattern="^[0-9a-f]{16}$")
    keyed_hash: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    person: str | None = Field(default=None, max_length=100)

    @model_validator(mode="after")
    def _of_one_person(self) -> ExportedFile:
        if (self.person is None) == (self.key is None) or (self.key is None) != (self.keyed_hash is None):
            raise ValueError("a recipient's key and keyed_hash are wanted, or a person")
        return self

    @property
    def export(self) -> Export:
        hashed = None
        if self.key is not None and self.keyed_hash is not None:
            hashed = KeyedHash(key_id=self.key, keyed_hash=self.keyed_hash)
        return Export(
            digest=self.digest,
            size=self.size,
            files=self.files,
            papers=self.papers,
            acts=self.acts,
            references=self.references,
            recipient=hashed,
            person=self.person,
        )


def export(installation: Installation, act: OperatorAction, asked: ExportedFile) -> Facts:
    """Record an export. Raises `GatewayError` ``act.request`` if a notice or the person is not here."""
    _assert_known(installation, act, asked)
    record_export(installation.store(), asked.export, act, installation.settings.gateway.name)
    return {"digest": asked.digest, "notices": len(asked.references)}


def plan_export(installation: Installation, act: OperatorAction, asked: ExportedFile) -> Changes:
    """Return the record of an export as it would be written."""
    return export_changes(asked.export, act, installation.settings.gateway.name)


def _assert_known(installation: Installation, act: OperatorAction, asked: ExportedFile) -> None:
    store = installation.store()
    if len(store.notices.bodies(asked.references)) < len(set(asked.references)):
        raise GatewayError("act.request", where=act.name, detail="a notice is not here")
    if asked.person is not None and store.people.get(asked.person) is None:
        raise GatewayError("people.unknown")
