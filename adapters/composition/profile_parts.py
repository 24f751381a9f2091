"""Parts of the judiciary profile: the version in force, or else the configuration's.

An activated version is used from its own octets, unpacked beside the state file; never from the folder that it was
imported from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

import structlog

from adapters.composition.judiciary_parts import JudiciaryParts
from adapters.settings import JudiciaryProfile, Settings, load_profile, profile_in, unpacked
from adapters.settings.config_folder import ConfigFolder
from adapters.settings.profile_sections.session import SessionKind
from adapters.settings.profile_sections.trust import Trust
from adapters.shipped.resources import PROFILES
from adapters.storage.sql_store import SqlStore
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.mapper import FROM_FILE
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.receipts.receipt_formats import FormatsInTurn, NamedJudge
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.store.version_subject import Subject
from gateway.versions.succession import begun
from gateway.versions.version_in_force import InForce, decided

_TRIED: Final = "tried"
"""Placeholder version while validating."""


_log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class ProfileParts:
    """Factory of judiciary parts. ``file`` is the configuration's; ``parts`` makes the parts of one profile."""

    settings: Settings
    folder: ConfigFolder
    file: Path
    store: Callable[[], SqlStore]
    clock: Clock
    parts: Callable[[JudiciaryProfile], JudiciaryParts]
    _last: dict[str, JudiciaryParts] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def destination(self) -> str:
        """Name under which a profile is in force."""
        return self.settings.judiciary.destination

    def current(self) -> JudiciaryParts:
        """Return the parts of the profile in force now; call it once per batch and use that result for all of it.

        Raises `GatewayError` ``profile.*``, ``config.*``, ``mapping-life.damaged``, ``store.*``.
        """
        found = self._last[self.destination] = self._in_force.current(self.destination)
        return found

    @property
    def known(self) -> JudiciaryParts:
        """Parts that `current` returned last, or else the configuration's. Reads no store, which may be away."""
        return self._last.get(self.destination) or self.by_file

    def is_current(self, parts: JudiciaryParts) -> bool:
        """True if these parts are still in force."""
        return self.current().profile.spoken == parts.profile.spoken

    @cached_property
    def _in_force(self) -> InForce[JudiciaryParts]:
        return InForce(self.store().versions, self.clock, self._of_version, lambda _: self.by_file, Subject.PROFILE)

    @cached_property
    def by_file(self) -> JudiciaryParts:
        """Parts of the configuration's profile, in force until persons activate a version."""
        return self.parts(self._fit(load_profile(self.settings.judiciary.profile, self.file.parent)))

    def _of_version(self, version: MappingVersion) -> JudiciaryParts:
        self._assert_own_contract(version.label)
        folder = unpacked(version.octets, self.unpacked_in)
        return self.parts(self._fit(profile_in(folder, version.name, str(version.number))))

    @property
    def unpacked_in(self) -> Path:
        """Folder of unpacked versions, each in a folder named by its digest."""
        state = self.folder.path(self.settings.gateway.state)
        return state.with_name(f"{state.name}.profiles")

    def _assert_own_contract(self, label: str) -> None:
        if self.settings.judiciary.wsdl is not None:
            where, detail = f"{self.file}, [judiciary]", f"wsdl: the contract of {label} is in the profile"
            raise GatewayError("profile.unsupported", where=where, detail=detail)

    def _fit(self, profile: JudiciaryProfile) -> JudiciaryProfile:
        """Return the profile. Raises `GatewayError` ``profile.*`` if the configuration does not fit it."""
        section, place = self.settings.judiciary, f"{self.file}, [judiciary"
        if profile.file.protocol.is_rest:
            switches = [line for line in section.signature.switched if not line.startswith("algorithms ")]
            if foreign := ["wsdl"] * (section.wsdl is not None) + switches:
                detail = f"{foreign[0]}: is about SOAP alone"
                raise GatewayError("profile.unsupported", where=f"{place}]", detail=detail)
        for key, wanted, table in (
            ("username_token", profile.file.security.username_token, "username_token"),
            ("mutual_tls", profile.file.security.mutual_tls, "client_certificate"),
            ("http_basic", profile.file.security.http_basic, "http_basic"),
            ("session", profile.file.session.kind is SessionKind.OAUTH2, "oauth2"),
        ):
            there = getattr(section, table) is not None
            # Beside a version, credentials of a later one may be configured already. They are never shown to a service
            # that does not want them.
            if wanted != there and (wanted or profile.version == FROM_FILE):
                code = "profile.credentials-missing" if wanted else "profile.credentials-unasked"
                detail = f"profile {profile.name}: {key} = {str(wanted).lower()}"
                raise GatewayError(code, where=f"{place}.{table}]", detail=detail)
        for name in profile.file.security.secret_headers:
            if name not in section.secret_headers:
                detail = f"profile {profile.name}: secret_headers names {name}"
                raise GatewayError("profile.credentials-missing", where=f"{place}.secret_headers]", detail=detail)
        if profile.file.trust.answers is Trust.CONNECTION and section.tls_anchors is None:
            detail = "a profile whose answers nobody signs needs tls_anchors, and an endpoint that begins with https://"
            raise GatewayError("profile.connection", where=f"{place}]", detail=detail)
        return profile

    def receipt_judge(self, parts: JudiciaryParts) -> ReceiptJudge:
        """Return the judge of receipts: by the format of ``parts``, or else by earlier versions not retired."""
        made: dict[str, ReceiptJudge] = {}

        def earlier() -> Iterator[ReceiptJudge]:
            for version in self._earlier(parts):
                if version.digest not in made:
                    try:
                        before = self._of_version(version)
                        made[version.digest] = NamedJudge(before.receipt_judge(), before.profile.spoken)
                    except GatewayError as error:
                        # Needs of one version that no longer exist do not stop older versions.
                        if error.scope not in (ErrorScope.PART, ErrorScope.CALL):
                            raise
                        _log.warning("earlier profile cannot be used", profile=version.label, code=error.code)
                        continue
                yield made[version.digest]

        return FormatsInTurn(NamedJudge(parts.receipt_judge(), parts.profile.spoken), earlier)

    def _earlier(self, parts: JudiciaryParts) -> Iterator[MappingVersion]:
        if parts.profile.version == FROM_FILE:
            return
        store = self.store()
        for decision in begun(store.versions.activations(self.destination, Subject.PROFILE), self.clock()):
            version = decided(store.versions, decision)
            if version.state is not MappingState.RETIRED and version.digest != parts.profile.digest:
                yield version

    def drifted(self, profile: JudiciaryProfile) -> str | None:
        """Describe the difference between the configuration's profile and the one in force.

        None if they are equal, or if a shipped profile of another name is configured.
        """
        named = self.by_file.profile
        shipped = named.folder.parent == PROFILES
        if named.digest == profile.digest or (shipped and named.name != profile.name):
            return None
        return f"{named.folder} has {named.digest[:23]}…"

    def assert_readable(self, octets: bytes, label: str) -> None:
        """Raise `GatewayError` for octets that are no bundle or hold no supported profile. ``label`` stands for the
        bundle's folder in errors.
        """
        with _tried(octets, label) as folder:
            profile_in(folder, label)

    def losses(self, octets: bytes, label: str) -> list[str]:
        """Return the codes of the guarantees that a bundle's profile gives up. Raises as `assert_readable` does."""
        with _tried(octets, label) as folder:
            return profile_in(folder, label).losses

    def assert_speakable(self, octets: bytes, label: str) -> str:
        """Bind a bundle's contract, every mapping of messages and the format of receipts; return a summary.

        Raises `GatewayError` ``courier.contract``, ``mapping.*`` and as `assert_readable` does.
        """
        self._assert_own_contract(label)
        with _tried(octets, label) as folder:
            parts = self.parts(self._fit(profile_in(folder, label, _TRIED)))
            parts.receipt_judge()
            return f"{len(parts.binding.operations)} operations bound"


@contextmanager
def _tried(octets: bytes, label: str) -> Iterator[Path]:
    """Unpack a bundle into a folder while the block runs. Errors name files by their path in the bundle."""
    with tempfile.TemporaryDirectory() as aside:
        folder = unpacked(octets, Path(aside))

        def named(text: str) -> str:
            return text.replace(str(folder), label)

        try:
            yield folder
        except MappingMistaken as mistaken:
            raise MappingMistaken(named(mistaken.file), mistaken.mistakes) from mistaken
        except GatewayError as error:
            raise GatewayError(error.code, where=named(error.where), detail=named(error.detail)) from error
