"""A judiciary profile: a folder with the contract, and `profile.toml` with the protocol's settings.

A shipped profile is named (`eblagh-1`); an administrator's own is the path of its folder. Settings that the gateway
does not support yet are refused, never ignored: `docs/connect/judiciary-profiles.md` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from adapters.crypto.xml.partner_profile import PartnerProfile
from adapters.settings.config_folder import is_file, status_of
from adapters.settings.configuration_file import load, place_of
from adapters.settings.profile_folder import FileName, read_folder
from adapters.settings.profile_sections.profile_file import ProfileFile, ProtocolName
from adapters.settings.profile_sections.trust import Relation, Trust
from adapters.settings.profile_sections.unserved import unserved_settings
from adapters.settings.signature import AnswerSignature
from adapters.shipped.resources import PROFILES
from gateway.judiciary.capabilities import Capabilities, InquiryWay, ReceiptWay, losses
from gateway.judiciary.outcome_codes import CodeTable
from gateway.judiciary.paging import PagingWay
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.notice import sha256
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError
from gateway.runtime.toml_file import TomlFile, blanks, dotted
from gateway.versions.bundle import bundled

FILE: Final = "profile.toml"

_OURS: Final = {ProtocolName.SOAP: PROFILES / "eblagh-1", ProtocolName.REST: PROFILES / "eblagh-rest-1"}
"""Folders of the contracts that we publish."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudiciaryProfile:
    """Profile that the gateway supports.

    ``version`` is the number of an activated version, or `FROM_FILE`. ``digest`` is that of its bundle. ``mappings`` is
    the folder of its mapping files: its own, or that of the shipped profile with the same contract.
    """

    name: str
    folder: Path
    file: ProfileFile
    digest: str
    mappings: Path
    version: str = FROM_FILE

    @property
    def spoken(self) -> SpokenProfile:
        """Name, version and digest of the profile, as evidence records them."""
        return SpokenProfile(name=self.name, version=self.version, digest=self.digest)

    @property
    def capabilities(self) -> Capabilities:
        return self.file.capabilities.value

    @property
    def losses(self) -> list[str]:
        """Codes of the guarantees that this service, or missing knowledge of it, gives up."""
        lost = losses(self.capabilities) + ([] if self.codes.credentials else ["lost.credentials"])
        if self.file.trust.answers is Trust.CONNECTION:
            lost.append("lost.signature")
        if self.file.trust.relation is not Relation.ADDRESSING:
            lost.append("lost.time")
        if self.file.protocol is ProtocolName.PLAIN_REST or not self.file.requests.timestamp:
            lost.append("lost.lifetime")
        if self.file.protocol is ProtocolName.PLAIN_REST and self.file.trust.relation is Relation.CONNECTION:
            lost.append("lost.relation")
        if self.file.ticket is not None and self.file.ticket.submit_again:
            lost.append("lost.ticket")
        if self.ended:
            lost.append("lost.session")
        receipt = self.file.receipt
        if receipt is not None and receipt.signature is not None and not receipt.signature.signing_time:
            lost.append("lost.signing-time")
        if self.file.paging.by is PagingWay.DAY:
            lost.append("lost.receipts-days")
        return lost

    @property
    def codes(self) -> CodeTable:
        table = self.file.codes.table(self.capabilities, usual=not self.file.protocol.is_mapped)
        return replace(table, not_acted_on=table.not_acted_on | self.ended)

    @property
    def ended(self) -> frozenset[str]:
        """Codes by which the service says that a session ended, before it acted on anything."""
        return frozenset(self.file.session.ended)

    @property
    def ended_statuses(self) -> frozenset[int]:
        """HTTP statuses among them."""
        return frozenset(int(code[5:]) for code in self.ended if re.fullmatch("http\\.[2-5][0-9]{2}", code))

    @property
    def signers(self) -> list[str]:
        """Keys of the configuration with the certificates of whoever signs answers and receipts."""
        signed, receipt = self.file.trust.answers is Trust.SIGNED, self.file.receipt
        by_themselves = receipt is None or not receipt.form.rests_on_answer
        return ["certificates"] * signed + ["receipt_certificates"] * by_themselves

    @property
    def service(self) -> Path:
        return self.folder / self.file.contract.service

    @property
    def messages(self) -> Path:
        return self.folder / self.file.contract.messages

    @property
    def batch_notices(self) -> int:
        return self.file.limits.batch_notices if self.capabilities.batches else 1

    @property
    def can_be_tried(self) -> bool:
        """True if the service answers a call that concerns no notice, so that the path is proven before the first one.

        A contract that files bind has no question about persons: an inquiry or a page of receipts stands in for it.
        """
        able = self.capabilities
        asks = able.inquiry is not InquiryWay.NONE or able.receipts is ReceiptWay.CURSOR
        return asks or not self.file.protocol.is_mapped

    def signature(self, configured: AnswerSignature) -> AnswerSignature:
        """Return the signature settings of answers: the configuration overrides the profile, key by key."""
        said = {key: getattr(configured, key) for key in configured.model_fields_set}
        return self.file.security.answers.model_copy(update=said)

    def answer_profile(self, configured: AnswerSignature) -> PartnerProfile:
        """Return the permitted form of signed answers, by profile and configuration."""
        agreed, trust = self.signature(configured).profile, self.file.trust
        if trust.relation is Relation.ECHO:
            agreed = replace(agreed, body_alone=True, signed_parts=frozenset({"Body"}))
        return replace(agreed, key_names=frozenset(trust.key_names), other_headers=frozenset(trust.unread_headers))


def shipped() -> list[str]:
    """Return the names of the profiles that come with the program."""
    return sorted(path.parent.name for path in PROFILES.glob(f"*/{FILE}"))


def load_profile(name: str, base: Path) -> JudiciaryProfile:
    """Load the shipped profile of that name, or the one in a folder (a path with a separator, relative to ``base``).

    Raises `GatewayError` ``profile.unknown`` and as `profile_in` does.
    """
    own = "/" in name or "\\" in name or name.startswith(".")
    folder = (base / name) if own else PROFILES / name
    if "\0" in name or not is_file(folder / FILE):
        raise GatewayError("profile.unknown", where=name, detail=f"shipped: {', '.join(shipped())}")
    return profile_in(folder, folder.resolve().name if own else name)


def profile_in(folder: Path, name: str, version: str = FROM_FILE, *, may_have_blanks: bool = False) -> JudiciaryProfile:
    """Load the profile in a folder.

    Raises `GatewayError` ``config.*`` naming file, line and key; ``profile.unsupported`` for a setting that the gateway
    does not support; ``profile.bundle`` for a folder that holds no profile; ``profile.blank`` for a value that a person
    must still fill in.
    """
    path = folder / FILE
    file = load(path, ProfileFile)
    if not may_have_blanks and (left := blanks_of(path)):
        line, key = left[0]
        raise GatewayError("profile.blank", where=f"{path}, line {line}", detail=key)
    for keys, value in unserved_settings(file):
        raise GatewayError("profile.unsupported", where=place_of(path, *keys), detail=f"{'.'.join(keys)} = {value}")
    files = read_folder(folder)
    for keys, named in _named_files(file):
        # A case-insensitive file system opens a file that the bundle has under another name. Nobody else misses the
        # messages of a plain REST contract, which stand in its OpenAPI document.
        unread = file.protocol is ProtocolName.PLAIN_REST and keys == ["contract", "messages"]
        if named not in files and (unread or status_of(folder / named) is not None):
            said = f"{'.'.join(keys)} = {named}"
            detail = Words(en=f"{said}: no file of the bundle", fa=f"\u2066{said}\u2069: چنین فایلی در بسته نیست")
            raise GatewayError("profile.bundle", where=place_of(path, *keys), detail=detail)
    digest = sha256(bundled(files))
    if file.operations is None and (ours := _OURS.get(file.protocol)) is not None:
        bound = _with_binding_of(load(ours / FILE, ProfileFile), file)
        return JudiciaryProfile(name=name, folder=folder, file=bound, digest=digest, mappings=ours, version=version)
    return JudiciaryProfile(name=name, folder=folder, file=file, digest=digest, mappings=folder, version=version)


def _with_binding_of(ours: ProfileFile, file: ProfileFile) -> ProfileFile:
    """Return a profile that binds one of our contracts as the shipped profile does.

    Bundles and folders from before the mapping files name none.
    """
    codes = file.codes.model_copy(update={"fault": ours.codes.fault})
    return file.model_copy(update={"operations": ours.operations, "codes": codes})


def blanks_of(path: Path) -> list[tuple[int, str]]:
    """Return the lines and dotted keys of a TOML file that a person must still fill in."""
    file = TomlFile(path.read_bytes())
    return [(file.line_of(*key), dotted(key)) for key in blanks(file.table)]


def _named_files(section: BaseModel, *above: str) -> Iterator[tuple[list[str], str]]:
    """Yield every key of a section that names a file of the folder, with the name."""
    for name, field in type(section).model_fields.items():
        keys, value = [*above, field.alias or name], getattr(section, name)
        if isinstance(value, FileName):
            yield keys, value
        elif isinstance(value, BaseModel):
            yield from _named_files(value, *keys)
