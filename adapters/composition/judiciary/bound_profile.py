"""A judiciary profile bound to this installation: its contract, our credentials for it, and its fitness.

An activated version is used from its own octets, unpacked beside the state file; never from the folder that it was
imported from.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from adapters.crypto.message.credentials import Credentials
from adapters.http.authorization import basic_authorization
from adapters.settings import JudiciaryProfile, KeyPair, ProtocolName, Settings, load_profile, profile_in, unpacked
from adapters.settings.config_folder import ConfigFolder
from adapters.settings.profile_sections.session import SessionKind
from adapters.settings.profile_sections.trust import Trust
from adapters.settings.signature import AnswerSignature
from adapters.shipped.resources import PROFILES
from gateway.mapping.compiler.mistake import MappingMistaken
from gateway.mapping.model.mapper import FROM_FILE
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.store.version import MappingVersion

if TYPE_CHECKING:
    from adapters.crypto.keys.certificate import Certificate
    from adapters.http.client import Proxy
    from adapters.http.tls import Tls
    from adapters.judiciary.mapped.contract import MappedContract


@dataclass(frozen=True)
class TlsFiles:
    """Files of TLS by their paths in the configuration: the server's anchors, and our client certificate with its key.

    Each is read once.
    """

    folder: ConfigFolder
    anchors: str | None
    pair: KeyPair | None

    @cached_property
    def client_certificate(self) -> Certificate | None:
        """Our client certificate. Raises `GatewayError` ``key.*``."""
        if self.pair is None:
            return None
        from adapters.crypto.keys.keys import load_client_certificate

        path, password = self.folder.path, self.folder.secret(self.pair.password_file, "key.unreadable")
        return load_client_certificate(path(self.pair.key), path(self.pair.certificate), password)

    @cached_property
    def settings(self) -> Tls:
        """TLS settings with these files. Raises `GatewayError` ``key.*``."""
        from adapters.crypto.keys.certificate import load_certificates
        from adapters.http.tls import Tls

        path = self.folder.path
        anchors = path(self.anchors) if self.anchors else None
        if anchors is not None:
            load_certificates(anchors)
        if self.pair is None:
            found = Tls(anchors=anchors)
        else:
            _ = self.client_certificate  # its errors name file and cause
            password = self.folder.secret(self.pair.password_file, "key.unreadable")
            certificate, key = path(self.pair.certificate), path(self.pair.key)
            found = Tls(anchors=anchors, certificate=certificate, key=key, password=password)
        if anchors is not None or found.certificate is not None:
            try:
                _ = found.context
            except OSError as error:
                where = str(found.certificate or anchors)
                raise GatewayError("key.unreadable", where=where, detail=words_of(error)) from error
        return found


KnownTls = dict[TlsFiles, TlsFiles]
"""Files of TLS that were read before: every profile of a configuration goes on with them."""


@dataclass(frozen=True)
class BoundProfile:
    """Judiciary profile with the configuration that uses it. The contract is read at its first use."""

    profile: JudiciaryProfile
    settings: Settings
    folder: ConfigFolder
    known_tls: KnownTls = field(default_factory=dict, repr=False, compare=False)

    @property
    def signature(self) -> AnswerSignature:
        """Signature settings of the judiciary's answers."""
        return self.profile.signature(self.settings.judiciary.signature)

    @cached_property
    def binding(self) -> MappedContract[Any]:
        """The judiciary's contract. Raises `GatewayError` ``courier.contract``, ``mapping.*``."""
        # `status` binds a profile to show its endpoint, and reads no contract.
        from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
        from adapters.judiciary.mapped.mapped_soap import mapped_contract
        from adapters.judiciary.plain_rest.plain_contract import plain_rest_contract

        profile, wsdl = self.profile, self.settings.judiciary.wsdl
        match profile.file.protocol:
            case ProtocolName.SOAP | ProtocolName.MAPPED:
                own = self.folder.path(wsdl) if wsdl and not profile.file.protocol.is_mapped else None
                return mapped_contract(profile, self.settings.judiciary.values, own)
            case ProtocolName.REST | ProtocolName.REST_MAPPED:
                return mapped_rest_contract(profile, self.settings.judiciary.values)
            case ProtocolName.PLAIN_REST:
                return plain_rest_contract(profile, self.settings.judiciary.values)
            case _:
                assert_never(profile.file.protocol)

    @property
    def message_issuers(self) -> frozenset[str]:
        """Thumbprints of the certificates that sign its messages."""
        from adapters.composition.key_files import thumbprints

        return thumbprints(self.settings.judiciary.certificates, self.folder)

    def credentials(self) -> Credentials | None:
        """Return our user name and password; None if the profile wants none. Raises ``config.unreadable``."""
        section = self.settings.judiciary.username_token
        if section is None or not self.profile.file.security.username_token:
            return None
        return self.folder.credentials(section.username, section.password_file)

    def client_certificate(self) -> Certificate | None:
        """Return our TLS client certificate; None if the profile wants none. Raises `GatewayError` ``key.*``.

        Its files are read once.
        """
        return self._tls_files.client_certificate

    @property
    def _client_pair(self) -> KeyPair | None:
        return self.settings.judiciary.client_certificate if self.profile.file.security.mutual_tls else None

    def secret_headers(self) -> dict[str, str]:
        """Return the HTTP headers that hold secrets; they go to the wire alone, and into no evidence.

        Raises `GatewayError` ``config.unreadable``.
        """
        section, security = self.settings.judiciary, self.profile.file.security
        headers = {name: self.folder.header(section.secret_headers[name]) for name in security.secret_headers}
        if security.http_basic and (basic := section.http_basic) is not None:
            user = self.folder.credentials(basic.username, basic.password_file)
            headers["Authorization"] = basic_authorization(user.username, user.password)
        return headers

    def secrets(self) -> list[bytes]:
        """Return all secrets by which we are known to the service. Raises `GatewayError` ``config.unreadable``."""
        users = [self.credentials(), self.login_user(), self.oauth2_client()]
        basic = self.settings.judiciary.http_basic if self.profile.file.security.http_basic else None
        if basic is not None:
            users.append(self.folder.credentials(basic.username, basic.password_file))
        headers = [value.removeprefix("Basic ").encode() for value in self.secret_headers().values()]
        return [*headers, *(user.password for user in users if user is not None)]

    def oauth2_client(self) -> Credentials | None:
        """Return our client at the authorization server; None if the profile wants none.

        Raises `GatewayError` ``config.unreadable``.
        """
        section = self.settings.judiciary.oauth2
        if section is None or self.profile.file.session.kind is not SessionKind.OAUTH2:
            return None
        return self.folder.credentials(section.client_id, section.secret_file)

    def proxy(self) -> Proxy | None:
        """Return the proxy on the way to the service. Raises `GatewayError` ``config.unreadable``."""
        from adapters.http.client import Proxy

        section = self.settings.judiciary
        if section.proxy is None or section.proxy_user is None:
            return None if section.proxy is None else Proxy(url=section.proxy)
        user = self.folder.credentials(section.proxy_user.username, section.proxy_user.password_file)
        return Proxy(url=section.proxy, username=user.username, password=user.password)

    def login_user(self) -> Credentials | None:
        """Return our user for a login; None if the profile wants none. Raises `GatewayError` ``config.unreadable``."""
        section = self.settings.judiciary.login
        if section is None or self.profile.file.session.kind is not SessionKind.LOGIN:
            return None
        return self.folder.credentials(section.username, section.password_file)

    def tls(self) -> Tls:
        """Return the TLS settings: the server's anchors and our client certificate. Their files are read once.

        Raises `GatewayError` ``key.*``.
        """
        return self._tls_files.settings

    @property
    def _tls_files(self) -> TlsFiles:
        files = TlsFiles(self.folder, self.settings.judiciary.tls_anchors, self._client_pair)
        return self.known_tls.setdefault(files, files)


def configured_profile(settings: Settings, file: Path, known_tls: KnownTls | None = None) -> BoundProfile:
    """Return the profile that the configuration ``file`` names. Raises `GatewayError` ``profile.*``."""
    return bound(load_profile(settings.judiciary.profile, file.parent), settings, file, known_tls)


def bound_version(
    version: MappingVersion, settings: Settings, file: Path, known_tls: KnownTls | None = None
) -> BoundProfile:
    """Return a version's profile, unpacked in a folder of its digest's name. Raises `GatewayError` ``profile.*``."""
    assert_own_contract(version.label, settings, file)
    state = ConfigFolder(file.parent).path(settings.gateway.state)
    folder = unpacked(version.octets, state.with_name(f"{state.name}.profiles"))
    return bound(profile_in(folder, version.name, str(version.number)), settings, file, known_tls)


def assert_own_contract(label: str, settings: Settings, file: Path) -> None:
    """Raise `GatewayError` ``profile.unsupported`` if the configuration names another contract than a version's."""
    if settings.judiciary.wsdl is not None:
        where, detail = f"{file}, [judiciary]", f"wsdl: the contract of {label} is in the profile"
        raise GatewayError("profile.unsupported", where=where, detail=detail)


def bound(profile: JudiciaryProfile, settings: Settings, file: Path, known_tls: KnownTls | None = None) -> BoundProfile:
    """Bind a profile; files of TLS that stand in ``known_tls`` are not read again.

    Raises `GatewayError` ``profile.*`` if the configuration does not fit it.
    """
    section, place = settings.judiciary, f"{file}, [judiciary"
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
        ("session", profile.file.session.kind is SessionKind.LOGIN, "login"),
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
    for key in profile.signers:
        if not getattr(section, key) or not section.anchors:
            detail = f"profile {profile.name}: {key} and anchors are wanted"
            raise GatewayError("profile.certificates-missing", where=f"{place}]", detail=detail)
    if profile.file.trust.answers is Trust.CONNECTION and section.tls_anchors is None:
        detail = "a profile whose answers nobody signs needs tls_anchors, and an endpoint that begins with https://"
        raise GatewayError("profile.connection", where=f"{place}]", detail=detail)
    return BoundProfile(profile, settings, ConfigFolder(file.parent), {} if known_tls is None else known_tls)


def receipts_rest_on_answers(settings: Settings, file: Path) -> bool:
    """Return True if receipts under the configured profile have no signature of their own.

    A profile that cannot be read has no such receipts.
    """
    try:
        receipt = configured_profile(settings, file).profile.file.receipt
    except GatewayError:
        return False
    return receipt is not None and receipt.form.rests_on_answer


def drifted(named: JudiciaryProfile, profile: JudiciaryProfile) -> str | None:
    """Describe the difference between the profile that the configuration names and the one in force.

    None if they are equal, or if a shipped profile of another name is configured.
    """
    shipped = named.folder.parent == PROFILES
    if named.digest == profile.digest or (shipped and named.name != profile.name):
        return None
    return f"{named.folder} has {named.digest[:23]}…"


def assert_readable(octets: bytes, label: str) -> None:
    """Raise `GatewayError` for octets that are no bundle or hold no supported profile. ``label`` stands for the
    bundle's folder in errors.
    """
    with unpacked_aside(octets, label) as folder:
        profile_in(folder, label)


def bundle_losses(octets: bytes, label: str) -> list[str]:
    """Return the codes of the guarantees that a bundle's profile gives up. Raises as `assert_readable` does."""
    return bundle_profile(octets, label).losses


def bundle_profile(octets: bytes, label: str) -> JudiciaryProfile:
    """Return a bundle's profile, of which only the values can be used: its folder is gone.

    Raises as `assert_readable` does.
    """
    with unpacked_aside(octets, label) as folder:
        return profile_in(folder, label)


@contextmanager
def unpacked_aside(octets: bytes, label: str) -> Iterator[Path]:
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
