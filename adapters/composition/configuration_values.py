"""The effective configuration of an installation, as values of its parts.

Values are those in force, defaults included. A file counts by its contents and not by its name: a certificate by its
thumbprint, anything else by its SHA-256. Keys, passwords and tokens count with nothing. Left out is what changes
neither whom we believe nor what goes where: intervals, batches, folders and addresses of one machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, assert_never

from sqlalchemy.engine import make_url

from adapters.composition.legal.legal_values import legal_values
from adapters.crypto.keys.certificate import load_certificates
from adapters.settings import (
    ByHandSection,
    EmailWitnessSection,
    FilesSection,
    FolderWitnessSection,
    HttpsWitnessSection,
    RestSection,
    Settings,
    SignatureSection,
    SoapSection,
    SqlSection,
    WitnessSection,
    load_profile,
)
from adapters.settings.legal_folder import calendar_folder, legal_files, rules_folder
from adapters.settings.source import AnySource, PullSection
from gateway.legal.legal_file import version_of
from gateway.notice.notice import sha256
from gateway.operations.effective_configuration import Configuration
from gateway.runtime.errors import GatewayError

if TYPE_CHECKING:
    from adapters.settings.config_folder import ConfigFolder

_CONTRACT_FILES: Final = ("*.wsdl", "*.xsd")


def effective_configuration(settings: Settings, folder: ConfigFolder) -> Configuration:
    """Return the effective configuration of this process; every file that it names is read now."""
    return Configuration.of(dict(_Values(settings, folder).all()))


@dataclass(frozen=True)
class _Values:
    settings: Settings
    folder: ConfigFolder

    def all(self) -> Iterator[tuple[str, Any]]:
        settings, judiciary = self.settings, self.settings.judiciary
        yield "gateway", {"name": settings.gateway.name, "environment": settings.gateway.environment}
        yield "transport certificate", self._first(settings.transport.certificate)
        shown, user = judiciary.client_certificate, judiciary.username_token
        yield (
            "judiciary endpoint",
            {
                "destination": judiciary.destination,
                "endpoint": judiciary.endpoint,
                "tls_anchors": self._anchors([judiciary.tls_anchors] if judiciary.tls_anchors else []),
                "client_certificate": shown and self._first(shown.certificate),
                "username": user and user.username,
                # Left out where there is none, so that an absence is no change.
                **({"proxy": judiciary.proxy} if judiciary.proxy else {}),
                **({"login": judiciary.login.username} if judiciary.login else {}),
            },
        )
        yield "judiciary anchors", self._anchors(judiciary.anchors)
        yield "judiciary certificates", self._pins(judiciary.certificates)
        yield "judiciary receipt certificates", self._pins(judiciary.receipt_certificates)
        yield "judiciary signature", _switches(judiciary.signature)
        yield "judiciary profile", self._profile()
        yield "judiciary callback", judiciary.callback.url
        yield (
            "judiciary times",
            {
                "lifetime": judiciary.lifetime_seconds.total_seconds(),
                "skew": judiciary.skew_seconds.total_seconds(),
                "settle": judiciary.settle_seconds.total_seconds(),
                "ask_again": judiciary.ask_again_seconds.total_seconds(),
                "requeue": judiciary.requeue,
                "clock_tolerance": settings.clock_tolerance.total_seconds(),
            },
        )
        yield (
            "revocation",
            {
                "requirement": settings.revocation_requirement.value,
                "urls": sorted(settings.revocation.urls),
                "folder": settings.revocation.folder,
                "anchors": self._anchors(settings.revocation.anchors),
            },
        )
        legal = settings.legal
        rules, calendar = (_version(find(legal, self.folder)) for find in (rules_folder, calendar_folder))
        yield from legal_values(rules, calendar, legal.province).items()
        yield "retention", settings.retention.model_dump(mode="json")
        yield "push", settings.push.url
        for agreement in settings.sharing:
            told = agreement.model_dump(mode="json", by_alias=True, exclude={"body", "tokens_file", "calls_per_minute"})
            # The file holds digests of tokens, and no token.
            yield f"sharing with {agreement.body}", told | {"tokens": self._octets(agreement.tokens_file)}
        if (register := settings.asset_register) is not None:
            yield (
                "asset register",
                {
                    "url": register.url,
                    "when_silent": register.when_silent,
                    "own": sorted(register.own),
                    "anchors": self._anchors([register.anchors] if register.anchors else []),
                    "certificate": register.certificate and self._first(register.certificate),
                },
            )
        if (console := settings.console) is not None:
            yield (
                "console",
                {
                    "public_url": console.public_url,
                    "proxies": sorted(console.proxies),
                    "second_factor": console.second_factor,
                    "idle": console.idle_minutes * 60,
                    "session": console.session_hours * 3600,
                },
            )
        if console is not None and (openid := console.openid) is not None:
            told = openid.model_dump(mode="json", exclude={"name", "client_secret_file", "client_key", "anchors"})
            yield "openid", told | {"anchors": self._anchors([openid.anchors] if openid.anchors else [])}
        if (mail := settings.mail) is not None:
            # As for a witness, mailboxes are hashed.
            yield (
                "mail",
                {
                    "server": mail.server,
                    "security": mail.security,
                    "anchors": self._anchors([mail.anchors] if mail.anchors else []),
                    "user": mail.user,
                    "sender": sha256(mail.sender.encode()),
                    "alarm_roles": sorted(mail.alarm_roles),
                    "alarm_mailboxes": sorted(sha256(each.encode()) for each in mail.alarm_mailboxes),
                    "digest": mail.digest,
                },
            )
        if (courtesy := settings.courtesy) is not None:
            files = {"anchors", "certificate", "key", "password_file", "token_file", "timeout_seconds", "most_per_pass"}
            told = courtesy.model_dump(mode="json", exclude=files)
            yield "courtesy", told | {"anchors": self._anchors([courtesy.anchors] if courtesy.anchors else [])}
        for code, body in settings.bodies.items():
            yield (
                f"body {code}",
                {"title": body.title, "kinds": body.kinds, "seal": self._first(body.seal.certificate)},
            )
        for name, source in settings.sources.items():
            yield f"source {name}", self._source(source)
        yield from self._archive()

    def _archive(self) -> Iterator[tuple[str, Any]]:
        if (archive := self.settings.archive) is None:
            return
        signing = archive.signing
        yield (
            "archive",
            {
                "origin": archive.origin,
                "folder": archive.folder,
                "signing": signing and self._first(signing.certificate),
                "stop_sending_after": archive.stop_sending_after_hours.total_seconds(),
            },
        )
        for authority in archive.time_authorities:
            yield (
                f"time authority {authority.name}",
                {
                    "url": authority.url,
                    "anchors": self._anchors(authority.anchors),
                    "between": self._anchors(authority.between),
                    "policy": authority.policy,
                    "tolerance": authority.tolerance_seconds.total_seconds(),
                },
            )
        for witness in archive.witnesses:
            yield f"witness {witness.name}", self._witness(witness)

    def _witness(self, witness: WitnessSection) -> Any:
        match witness:
            case FolderWitnessSection():
                return {"folder": witness.folder}
            case HttpsWitnessSection():
                shown = witness.certificate and self._first(witness.certificate)
                anchors = self._anchors([witness.anchors] if witness.anchors else [])
                return {"url": witness.url, "anchors": anchors, "certificate": shown}
            case EmailWitnessSection():
                # A mailbox may be a person's, so its address is hashed. The hash still shows that it changed.
                anchors = self._anchors([witness.anchors] if witness.anchors else [])
                return {"server": witness.server, "anchors": anchors, "recipient": sha256(witness.recipient.encode())}
            case _:
                assert_never(witness)

    def _source(self, source: AnySource) -> Any:
        results = None if source.results is None else self._octets(source.results)
        about: dict[str, Any] = {"kind": source.kind, "results": results}
        match source:
            case SqlSection():
                files = (source.query_file, source.write_back_file, source.write_refusal_file)
                return (
                    about
                    | self._places(source)
                    | {
                        "url": _database(source.url),
                        "write_url": source.write_url and _database(source.write_url),
                        "view": source.view,
                        "key": source.key,
                        "version": source.flag or source.version,
                        "flag": source.flag is not None,
                        "table": source.table,
                        "columns": source.columns.model_dump(mode="json"),
                        "statements": [file and self._octets(file) for file in files],
                    }
                )
            case FilesSection():
                return about | {"folder": source.folder}
            case RestSection():
                # The file holds digests of tokens, and no token.
                return about | {"tokens": self._octets(source.tokens_file)}
            case PullSection():
                names = ("case", "version", "parties", "party", "party_prefix", "documents")
                anchors = self._anchors([source.anchors] if source.anchors else [])
                told = source.model_dump(mode="json", include={"url", *names})
                return about | told | {"anchors": anchors}
            case ByHandSection():
                return about | {"bodies": sorted(source.bodies)}
            case SoapSection():
                return about | {
                    "anchors": self._anchors(source.anchors),
                    "certificates": self._pins(source.certificates),
                    "skew": source.skew_seconds.total_seconds(),
                    "signature": _switches(source.signature),
                }
            case _:
                assert_never(source)

    def _places(self, source: SqlSection) -> dict[str, Any]:
        """Return the keys that a case database did not have at first, where they are given."""
        names = ("flag_table", "flag_key", "table_key", "encoding", "encodings", "document_folder", "lists", "owners")
        given = source.model_dump(mode="json", include=set(names), exclude_defaults=True)
        queries = {name: each.query_file for name, each in source.lists.items()}
        if source.owners is not None:
            queries["owners"] = source.owners.query_file
        files = {name: self._octets(file) for name, file in sorted(queries.items()) if file}
        return given | ({"queries": files} if files else {})

    def _profile(self) -> Any:
        """Return the digest of the configuration's own profile. An activated version has a record of its own."""
        judiciary = self.settings.judiciary
        try:
            digest = load_profile(judiciary.profile, self.folder.base).digest
        except GatewayError:
            digest = None
        return {"digest": digest, "wsdl": judiciary.wsdl and self._contract(judiciary.wsdl)}

    def _contract(self, file: str) -> Any:
        """Return digests of a WSDL and of every file that it may import."""
        beside = self.folder.path(file).parent
        found = sorted({path for pattern in _CONTRACT_FILES for path in beside.rglob(pattern)})
        return [self._octets(file), [[p.relative_to(beside).as_posix(), self._octets(str(p))] for p in found]]

    def _anchors(self, files: Sequence[str]) -> Any:
        """Return the thumbprints of all certificates of these files, sorted."""
        found = [self._certificates(file) for file in files]
        return sorted({one for each in found if each for one in each}) + ([None] if None in found else [])

    def _pins(self, files: Sequence[str]) -> Any:
        """Return the thumbprint of each file's first certificate, which is the pinned one; sorted."""
        return sorted({first for file in files if (first := self._first(file))}) + (
            [None] if any(self._first(file) is None for file in files) else []
        )

    def _first(self, file: str) -> str | None:
        found = self._certificates(file)
        return found[0] if found else None

    def _certificates(self, file: str) -> list[str] | None:
        """Return the thumbprints in a file; None if it cannot be read, so that nobody is trusted by it."""
        try:
            return [each.thumbprint for each in load_certificates(self.folder.path(file))]
        except GatewayError:
            return None

    def _octets(self, file: str) -> str | None:
        try:
            return sha256(self.folder.path(file).read_bytes())
        except (OSError, ValueError):
            return None


def _version(folder: Path) -> str | None:
    """Return the version of a folder of rules or of a calendar; None if it cannot be read."""
    try:
        return version_of(legal_files(folder))
    except GatewayError:
        return None


def _switches(section: SignatureSection) -> Any:
    """Return the settings of signatures that are set; the order of a list does not count."""
    said = {key: getattr(section, key) for key in section.model_fields_set}
    return {key: sorted(value) if isinstance(value, list) else value for key, value in said.items()}


def _database(url: str) -> Any:
    """Return a database's address without secrets. A parameter's value may be a secret, so only names count."""
    parsed = make_url(url)
    return [parsed.get_backend_name(), parsed.username, parsed.host, parsed.port, parsed.database, sorted(parsed.query)]
