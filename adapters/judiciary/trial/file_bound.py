"""Contract of a profile's folder without a configuration: values of the configuration have stand-ins."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, assert_never

from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.plain_rest.plain_contract import plain_rest_contract
from adapters.settings import JudiciaryProfile
from adapters.settings.profile_sections.profile_file import ProtocolName
from gateway.mapping.kinds.call_context import CONFIG_NAME

_CONFIGURED: Final = re.compile(rf"\$config\"?\.({CONFIG_NAME})")
STAND_IN: Final = "1"
"""Value of a name whose text only the configuration has."""


def stand_ins(folder: Path) -> dict[str, str]:
    """Return a value for each ``$config.NAME`` that the mappings of a folder read."""
    texts = [file.read_text(encoding="utf-8", errors="replace") for file in sorted(folder.glob("*.toml"))]
    return dict.fromkeys((name for text in texts for name in _CONFIGURED.findall(text)), STAND_IN)


def contract_of_files(profile: JudiciaryProfile, values: Mapping[str, str]) -> MappedContract[Any]:
    """Return the contract of a profile. Raises as the binding of its protocol does."""
    match profile.file.protocol:
        case ProtocolName.SOAP | ProtocolName.MAPPED:
            return mapped_contract(profile, values)
        case ProtocolName.REST | ProtocolName.REST_MAPPED:
            return mapped_rest_contract(profile, values)
        case ProtocolName.PLAIN_REST:
            return plain_rest_contract(profile, values)
        case _:
            assert_never(profile.file.protocol)
