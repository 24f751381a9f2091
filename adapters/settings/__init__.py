"""The configuration: every key, its meaning and its default. `config/gateway.toml` shows them all.

An unknown key, a wrong value or an unreadable file is refused with its line; paths are relative to the file.
"""

from adapters.settings.file import assert_changeable, line_of, load
from adapters.settings.profile import JudiciaryProfile, ProtocolName, load_profile
from adapters.settings.sandbox import FaultsSection, SandboxSettings
from adapters.settings.service import (
    IN_DATABASE,
    PAYLOAD_FOLDER,
    ArchiveSection,
    KeyPair,
    KindLimits,
    LimitsSection,
    LogSection,
    ServiceSection,
    Settings,
    TimeAuthoritySection,
)
from adapters.settings.signature import SignatureSection
from adapters.settings.source import SourceSection

__all__ = [
    "IN_DATABASE",
    "PAYLOAD_FOLDER",
    "ArchiveSection",
    "FaultsSection",
    "JudiciaryProfile",
    "KeyPair",
    "KindLimits",
    "LimitsSection",
    "LogSection",
    "ProtocolName",
    "SandboxSettings",
    "ServiceSection",
    "Settings",
    "SignatureSection",
    "SourceSection",
    "TimeAuthoritySection",
    "assert_changeable",
    "line_of",
    "load",
    "load_profile",
]
