"""Read the configuration file and judiciary profiles.

May import: `crypto`, `http`, `shipped`.

Names of judiciary profiles, and of the sandbox's file, are imported when they are first asked for: few verbs read one.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from adapters.settings.archive import (
    ArchiveSection,
    EmailWitnessSection,
    FolderWitnessSection,
    HttpsWitnessSection,
    TimeAuthoritySection,
    WitnessSection,
)
from adapters.settings.city.courtesy import CourtesySection
from adapters.settings.city.legal_section import LegalSection
from adapters.settings.configuration_file import assert_changeable, load, place_of
from adapters.settings.gateway_file import (
    IN_DATABASE,
    PAYLOAD_FOLDER,
    KindLimits,
    LimitsSection,
    LogSection,
    ServiceSection,
    Settings,
)
from adapters.settings.people.console import ConsoleSection
from adapters.settings.people.mail import MailSection
from adapters.settings.signature import SignatureSection
from adapters.settings.source import (
    ByHandSection,
    FilesSection,
    PushSection,
    RestSection,
    SoapSection,
    SourceSection,
    SqlSection,
)
from adapters.settings.values import KeyPair, KnownServiceSection, host_and_port

if TYPE_CHECKING:
    from adapters.settings.profile import JudiciaryProfile, load_profile, profile_in
    from adapters.settings.profile_folder import read_folder, unpacked, write_files
    from adapters.settings.profile_sections.profile_file import ProtocolName
    from adapters.settings.sandbox import FaultsSection, RpcSection, SandboxSettings

__all__ = [
    "IN_DATABASE",
    "PAYLOAD_FOLDER",
    "ArchiveSection",
    "ByHandSection",
    "ConsoleSection",
    "CourtesySection",
    "EmailWitnessSection",
    "FaultsSection",
    "FilesSection",
    "FolderWitnessSection",
    "HttpsWitnessSection",
    "JudiciaryProfile",
    "KeyPair",
    "KindLimits",
    "KnownServiceSection",
    "LegalSection",
    "LimitsSection",
    "LogSection",
    "MailSection",
    "ProtocolName",
    "PushSection",
    "RestSection",
    "RpcSection",
    "SandboxSettings",
    "ServiceSection",
    "Settings",
    "SignatureSection",
    "SoapSection",
    "SourceSection",
    "SqlSection",
    "TimeAuthoritySection",
    "WitnessSection",
    "assert_changeable",
    "host_and_port",
    "load",
    "load_profile",
    "place_of",
    "profile_in",
    "read_folder",
    "unpacked",
    "write_files",
]

_DEFERRED: Final = {
    "JudiciaryProfile": "profile",
    "load_profile": "profile",
    "profile_in": "profile",
    "read_folder": "profile_folder",
    "unpacked": "profile_folder",
    "write_files": "profile_folder",
    "ProtocolName": "profile_sections.profile_file",
    "FaultsSection": "sandbox",
    "RpcSection": "sandbox",
    "SandboxSettings": "sandbox",
}


def __getattr__(name: str) -> Any:
    if name not in _DEFERRED:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_DEFERRED[name]}"), name)
