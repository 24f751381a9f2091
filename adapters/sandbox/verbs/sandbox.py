"""`sandbox serve`, `sandbox ledger` and `sandbox refused`: the stand-in judiciary alone."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509

from adapters.crypto.keys.certificate import read_pem
from adapters.sandbox.judiciary.config import RpcConfig, SandboxConfig
from adapters.sandbox.judiciary.faults import MEANING, Fault, FaultConfig, Window
from adapters.sandbox.judiciary.push_plan import PushPlan
from adapters.sandbox.pki.devlists import DevelopmentAuthorities
from adapters.settings import FaultsSection, RpcSection, SandboxSettings, load
from adapters.settings.config_folder import ConfigFolder
from adapters.terminal.printing import JsonOption, console, moment, point_in_time, print_json, table
from adapters.terminal.records import show_records
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError
from gateway.trust.revocation_status import Revocation

app = typer.Typer(help="The sandbox judiciary: a stand-in whose contract is ours.", no_args_is_help=True)

DirOption = Annotated[Path, typer.Option("--dir", help="A folder that `demo --dir` made.")]


@app.command("serve")
def serve(
    directory: DirOption,
    with_parent: Annotated[bool, typer.Option(help="End when standard input ends.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Serve on loopback until interrupted. Prints one line when it is ready."""
    # spyne is slow to import, and this is the one verb that needs it.
    from adapters.sandbox.sandbox_server import serve as serve_until
    from adapters.sandbox.sandbox_server import wait_for_parent

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if with_parent:
        threading.Thread(target=wait_for_parent, args=(stop,), daemon=True).start()

    config = sandbox_config(directory)

    def ready(port: int) -> None:
        if as_json:
            print_json({"ready": True, "port": port})
        else:
            address = f"http://127.0.0.1:{port}/eblagh"
            rpc = "" if config.rpc is None else f", {address}-rpc (SOAP 1.2, rpc/literal)"
            console.print(f"sandbox judiciary on {address} (SOAP), {address}-rest (JSON, JWS){rpc}; Ctrl-C ends it")

    with _beside(_time_authority(directory, stop), stop), _beside(_lists(directory, stop), stop):
        serve_until(config, ready, stop)


Serve = Callable[[Callable[[int], None]], None]
"""Server that runs until it is stopped. It calls its argument with its port when it is ready."""


def _time_authority(directory: Path, stop: threading.Event) -> Serve | None:
    """Return the server of time-stamps, or None if no port is configured."""
    from adapters.sandbox.pki.time_authority import TimeAuthorityConfig, serve_time

    settings = load(directory / "sandbox.toml", SandboxSettings)
    if settings.time_port is None:
        return None
    key, certificate = (directory / settings.pki / "time" / f"authority.{part}.pem" for part in ("key", "crt"))
    config = TimeAuthorityConfig(key=key, certificate=certificate, port=settings.time_port)
    return lambda on_ready: serve_time(config, on_ready, stop)


def _lists(directory: Path, stop: threading.Event) -> Serve | None:
    """Return the server of revocation lists, or None if no port is configured."""
    from adapters.sandbox.pki.list_server import ListServerConfig, serve_lists

    settings = load(directory / "sandbox.toml", SandboxSettings)
    if settings.lists_port is None:
        return None
    config = ListServerConfig(pki=directory / settings.pki, port=settings.lists_port)
    return lambda on_ready: serve_lists(config, on_ready, stop)


@contextmanager
def _beside(serve: Serve | None, stop: threading.Event) -> Iterator[None]:
    """Run another server beside the judiciary until ``stop``."""
    if serve is None:
        yield
        return
    ready, failures = threading.Event(), []

    def serve_it() -> None:
        try:
            serve(lambda _port: ready.set())
        except GatewayError as error:
            failures.append(error)
            ready.set()

    serving = threading.Thread(target=serve_it)
    serving.start()
    ready.wait()
    try:
        if failures:
            raise failures[0]
        yield
    finally:
        stop.set()
        serving.join()


@app.command("ledger")
def ledger(directory: DirOption, as_json: JsonOption = False) -> None:
    """Show every reference that the sandbox ever received, and how many times. With --json one object a line."""
    from adapters.sandbox.judiciary.ledger import ledger as lines

    path = _existing(directory / load(directory / "sandbox.toml", SandboxSettings).ledger)
    if as_json:
        for line in lines(path):
            print_json(line)
        return
    show_records(
        "",
        ("reference", "state", ">submissions", "delivered", "viewed", "code"),
        [
            (
                line["reference"],
                line["state"],
                str(line["submissions"]),
                _moment(line["delivered_at"]),
                _moment(line["viewed_at"]),
                line["code"] or "–",
            )
            for line in lines(path)
        ],
    )


@app.command("revoke")
def revoke(
    directory: DirOption,
    certificate: Annotated[Path, typer.Argument(help="The certificate's PEM file.")],
    reason: Annotated[
        x509.ReasonFlags, typer.Option(help="Why; keyCompromise with --since says since when.")
    ] = x509.ReasonFlags.unspecified,
    at: Annotated[str | None, typer.Option(metavar="TIME", help="When, a day or a time; by default now.")] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Since when what it signs is not good (invalidityDate)."),
    ] = None,
) -> None:
    """Have a development authority revoke a certificate: the next list of it says so."""
    entry = Revocation(
        at=point_in_time(at, "--at") if at else system_clock().replace(microsecond=0),
        reason=reason.value,
        invalid_from=point_in_time(since, "--since") if since else None,
    )
    pki = directory / load(_existing(directory / "sandbox.toml"), SandboxSettings).pki
    issuer = DevelopmentAuthorities(pki).revoke(read_pem(certificate)[0], entry)
    console.print(f"revoked by {issuer}; whoever fetches its list now knows", markup=False)


@app.command("faults")
def faults(directory: DirOption, as_json: JsonOption = False) -> None:
    """Show how many calls met each fault that was asked for, and what each means."""
    from adapters.sandbox.judiciary.ledger import faults as met_by_fault

    met = met_by_fault(_existing(directory / load(directory / "sandbox.toml", SandboxSettings).ledger))
    if as_json:
        print_json({"faults": met})
        return
    rows = table("", "fault", ">met", "what the other side sees")
    for fault, meaning in MEANING.items():
        rows.add_row(fault.value, str(met.get(fault, 0)), meaning)
    console.print(rows)


@app.command("refused")
def refused(
    directory: DirOption,
    save: Annotated[Path | None, typer.Option(help="Write their exact octets into this folder.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the requests that the sandbox refused and kept."""
    from adapters.sandbox.judiciary.ledger import refused as kept_requests
    from adapters.sandbox.judiciary.ledger import refused_octets
    from adapters.sandbox.judiciary.ledger_transaction import MAX_REFUSED

    path = _existing(directory / load(directory / "sandbox.toml", SandboxSettings).ledger)
    found = kept_requests(path)
    if save is not None:
        save.mkdir(parents=True, exist_ok=True)
        for number, item in enumerate(found, start=1):
            if (octets := refused_octets(path, item["digest"])) is not None:
                kind = "xml" if octets.lstrip()[:1] == b"<" else "jws"
                (save / f"{number:03}-{item['code']}.{kind}").write_bytes(octets)
    full = len(found) >= MAX_REFUSED
    if as_json:
        print_json({"refused": found, "full": full})
        return
    rows = table("", "digest", "code", ">bytes", "kept", "received")
    for item in found:
        kept = "yes" if item["kept"] else "too large"
        rows.add_row(item["digest"], item["code"], str(item["size"]), kept, _moment(item["received_at"]))
    console.print(rows)
    if full:
        console.print(f"note: {MAX_REFUSED} are kept; what was refused after them is not here")


def sandbox_config(directory: Path) -> SandboxConfig:
    """Return the sandbox's configuration, from the folder that the demo made."""
    settings = load(_existing(directory / "sandbox.toml"), SandboxSettings)
    pki, user = directory / settings.pki, settings.username_token
    return SandboxConfig(
        ledger=directory / settings.ledger,
        port=settings.port,
        public_port=settings.public_port,
        transport_key=pki / "judiciary" / "transport.key.pem",
        transport_certificate=pki / "judiciary" / "transport.crt.pem",
        receipts_key=pki / "judiciary" / "receipts.key.pem",
        receipts_certificate=pki / "judiciary" / "receipts.crt.pem",
        partner_certificates=[pki / "municipality" / "transport.crt.pem"],
        partner_seals={
            path.name.removeprefix("seal-").removesuffix(".crt.pem"): path
            for path in (pki / "municipality").glob("seal-*.crt.pem")
        },
        partner_anchors=[pki / "anchors" / "municipality-root.pem"],
        day=settings.day_seconds,
        skew=settings.skew_seconds,
        profile=settings.signature.profile,
        faults=None if settings.faults is None else _faults(settings.faults, directory / "sandbox.toml"),
        credentials=None if user is None else ConfigFolder(directory).credentials(user.username, user.password_file),
        rpc=None if settings.rpc is None else _rpc(directory, settings.rpc),
    )


def _rpc(directory: Path, section: RpcSection) -> RpcConfig:
    credentials = ConfigFolder(directory).credentials(section.username, section.password_file)
    return RpcConfig(credentials=credentials, push=PushPlan(url=section.callback) if section.callback else None)


def _faults(section: FaultsSection, file: Path) -> FaultConfig:
    def kind(name: str) -> Fault:
        try:
            return Fault(name)
        except ValueError as error:
            known = ", ".join(Fault)
            raise GatewayError("config.value", where=str(file), detail=f"fault {name}: one of {known}") from error

    return FaultConfig(
        seed=section.seed,
        rate=section.rate,
        kinds=frozenset(map(kind, section.kinds)),
        script={(one.operation, one.call): kind(one.fault) for one in section.script},
        windows=[Window(after=w.after_seconds, period=w.for_seconds, fault=kind(w.fault)) for w in section.windows],
        late=section.late_seconds,
        hold=section.hold_seconds,
        away=section.away_seconds,
        retry_after=section.retry_after_seconds,
        clock_offset=timedelta(seconds=section.clock_offset_seconds),
    )


def _existing(path: Path) -> Path:
    if not path.exists():
        raise GatewayError("config.unreadable", where=str(path), detail="no such file")
    return path


def _moment(text: str | None) -> str:
    return moment(datetime.fromisoformat(text) if text else None)
