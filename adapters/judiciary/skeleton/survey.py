"""Survey of a contract: its operations with their messages, and the parts of it that are not served."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from gateway.mapping.model.schema import Group
from gateway.runtime.errors import GatewayError


class Role(StrEnum):
    """Use of an operation, by its key in ``[operations]``."""

    SUBMIT = "submit"
    INQUIRE = "inquire"
    RECEIPTS = "receipts"
    LOGIN = "login"
    TICKET = "ticket"


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedOperation:
    """Operation with the trees of its messages. ``header`` is the tree of the header block that it demands.

    ``statuses`` are the HTTP statuses that are described for its answers.
    """

    name: str
    request: Group
    answer: Group
    header: Group | None = None
    statuses: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """Security and transport that a contract states.

    ``bearer_schemes`` are the names of schemes that want a token in the header ``Authorization``.
    """

    signed: bool = False
    addressing: bool = False
    timestamp: bool = False
    username_token: bool = False
    mutual_tls: bool = False
    http_basic: bool = False
    secret_headers: Sequence[str] = ()
    oauth2_scopes: Sequence[str] | None = None
    bearer_schemes: Sequence[str] = ()
    address: str = ""

    @property
    def is_stated(self) -> bool:
        """Return True if the contract says anything of security."""
        told = (
            self.signed,
            self.username_token,
            self.mutual_tls,
            self.http_basic,
            self.secret_headers,
            self.bearer_schemes,
        )
        return any(told) or self.oauth2_scopes is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """Contract. ``protocol`` is the profile's; ``messages`` is the file of its schemas, beside ``service``.

    ``fault`` is the usual place of a fault's code. ``unserved`` are errors ``unserved.*`` with the place in the
    contract. ``extra`` are files to write beside it.
    """

    protocol: str
    title: str
    service: Path
    messages: Path
    fault: str | None
    operations: Sequence[SurveyedOperation]
    demands: Demands
    unserved: Sequence[GatewayError] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    def operation(self, name: str) -> SurveyedOperation:
        """Return an operation by its name. Raises `GatewayError` ``profile.contract``."""
        for each in self.operations:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.operations)
        raise GatewayError(
            "profile.contract", where=self.service.name, detail=f"no operation {name}; there are {known}"
        )


def copied(files: Sequence[Path], root: Path, folder: Path) -> None:
    """Copy files below ``root`` to the same places below ``folder``."""
    for file in files:
        target = folder / file.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
