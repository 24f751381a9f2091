"""The sandbox judiciary's own file, `sandbox.toml`."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from adapters.settings.judiciary import UsernameTokenSection
from adapters.settings.signature import RequestSignature
from adapters.settings.values import Endpoint, Seconds, Section, period


class ScriptedFault(Section):
    """Fault of one call: the ``call``-th (from 1) of ``operation``."""

    operation: str
    call: int = Field(ge=1)
    fault: str


class FaultWindow(Section):
    """Fault of every call during a period."""

    after_seconds: Annotated[timedelta, period("seconds", or_zero=True)]
    for_seconds: Seconds
    fault: str


class FaultsSection(Section):
    """Faults on demand; `docs/start/sandbox.md` lists the kinds."""

    seed: int = 0
    rate: float = Field(default=0.0, ge=0, le=1)
    kinds: list[str] = Field(default=[])
    script: list[ScriptedFault] = Field(default=[])
    windows: list[FaultWindow] = Field(default=[])
    late_seconds: Seconds = timedelta(seconds=3)
    hold_seconds: Seconds = timedelta(seconds=15)
    away_seconds: Seconds = timedelta(seconds=1)
    retry_after_seconds: Seconds = timedelta(seconds=2)
    clock_offset_seconds: float = Field(default=0.0, ge=-86_400, le=86_400)


class RpcSection(UsernameTokenSection):
    """Settings of eblagh-rpc-1: the user of each request's token, and the address to which receipts are pushed."""

    callback: Endpoint | None = None


class SandboxSettings(Section):
    """Settings of the sandbox. ``public_port`` is the port in its address, if a relay listens there for it."""

    port: int = Field(ge=1, le=65535)
    public_port: int | None = Field(default=None, ge=1, le=65535)
    time_port: int | None = Field(default=None, ge=1, le=65535)
    lists_port: int | None = Field(default=None, ge=1, le=65535)
    day_seconds: Seconds = timedelta(seconds=1)
    skew_seconds: Seconds = timedelta(seconds=60)
    ledger: str = "judiciary.db"
    pki: str = "pki"
    signature: RequestSignature = RequestSignature()
    username_token: UsernameTokenSection | None = None
    rpc: RpcSection | None = None
    faults: FaultsSection | None = None
