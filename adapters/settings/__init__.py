"""Read the configuration file and judiciary profiles.

May import: `crypto`, `http`, `shipped`.
"""

from adapters.settings.archive import (
    ArchiveSection,
    EmailWitnessSection,
    FolderWitnessSection,
    HttpsWitnessSection,
    TimeAuthoritySection,
    WitnessSection,
)
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
from adapters.settings.profile import JudiciaryProfile, load_profile, profile_in
from adapters.settings.profile_folder import read_folder, unpacked, write_files
from adapters.settings.profile_sections.profile_file import ProtocolName
from adapters.settings.sandbox import FaultsSection, RpcSection, SandboxSettings
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
from adapters.settings.values import KeyPair, host_and_port

__all__ = [
    "IN_DATABASE",
    "PAYLOAD_FOLDER",
    "ArchiveSection",
    "ByHandSection",
    "ConsoleSection",
    "EmailWitnessSection",
    "FaultsSection",
    "FilesSection",
    "FolderWitnessSection",
    "HttpsWitnessSection",
    "JudiciaryProfile",
    "KeyPair",
    "KindLimits",
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
