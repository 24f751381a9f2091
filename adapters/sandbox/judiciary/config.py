"""Configuration of the sandbox; light to import, so that a command line can hold it without loading the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from adapters.crypto.message.credentials import Credentials
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.sandbox.judiciary.faults import FaultConfig
from adapters.sandbox.judiciary.push_plan import PushPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class RpcConfig:
    """Settings of eblagh-rpc-1.

    Each request holds a username token that was made with ``credentials``. Without ``push``, receipts wait until they
    are fetched.
    """

    credentials: Credentials
    path: str = "/eblagh-rpc"
    push: PushPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """Settings of the sandbox: its address, its keys and its partner.

    Certificate files are PEM: the certificate that signs, then those that lead to an anchor. ``partner_certificates``
    sign the partner's messages, ``partner_seals`` the notices of its bodies, by code. ``day`` is the length of a day of
    waiting; ``skew`` is the largest difference between two clocks. ``port`` 0 takes a free one. ``public_port`` is
    the port in its address, if a relay listens there for it.

    ``profile`` is the form of the partner's messages, ``faults`` the plan of faults on demand. With ``credentials``,
    the partner's messages by eblagh-1 must hold a username token that was made with them. With ``rpc``, eblagh-rpc-1 is
    served, too.
    """

    ledger: Path
    transport_key: Path
    transport_certificate: Path
    receipts_key: Path
    receipts_certificate: Path
    partner_certificates: Sequence[Path]
    partner_seals: Mapping[str, Path]
    partner_anchors: Sequence[Path]
    host: str = "127.0.0.1"
    port: int = 0
    public_port: int | None = None
    endpoint_path: str = "/eblagh"
    rest_path: str = "/eblagh-rest"
    day: timedelta = timedelta(days=1)
    skew: timedelta = timedelta(seconds=60)
    profile: PartnerProfile = STRICT
    faults: FaultConfig | None = None
    credentials: Credentials | None = None
    rpc: RpcConfig | None = None
