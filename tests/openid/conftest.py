"""The provider, run once, and a console that is registered there, over a store of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey

from adapters.composition.installation import Installation
from adapters.sandbox.verbs.demo_folder import prepare
from gateway.runtime.clock import system_clock
from tests.console.real_people import real_console
from tests.databases import make_store
from tests.manual_clock import ManualClock
from tests.openid.openid_console import OpenIdConsole
from tests.openid.provider_process import PUBLIC, SCRIPTS, SECRET, Provider, running
from tests.peers.npm import Node
from tests.shared import made_once
from tests.witness.tls import Tls, make

NOTICES = 2


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Tls:
    return make(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def client_key() -> bytes:
    """Return the private key by which the console proves its registration (PEM)."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture(scope="session")
def running_provider(tmp_path_factory: pytest.TempPathFactory, tls: Tls, client_key: bytes) -> Iterator[Provider]:
    folder = tmp_path_factory.mktemp("provider")
    public = {"kid": "ours", "alg": "ES256", **ECKey.import_key(client_key).as_dict(private=False)}
    with running(
        Node(folder / "node", SCRIPTS), tls, {name: str(value) for name, value in public.items()}, folder
    ) as at:
        yield at


@pytest.fixture
def provider(running_provider: Provider) -> Iterator[Provider]:
    """Return the provider, which is honest at the beginning and at the end of a test."""
    running_provider.spoil()
    yield running_provider
    running_provider.spoil()


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that is ready to begin, for reading."""

    def make_folder(path: Path) -> None:
        path.mkdir()
        prepare(path, NOTICES)

    return made_once(tmp_path_factory, "openid", make_folder)


@pytest.fixture
def console_at(
    prepared: Path, tmp_path: Path, provider: Provider, client_key: bytes
) -> Iterator[Callable[..., OpenIdConsole]]:
    """Return a function that makes a console registered at the provider, with other lines of its configuration."""
    with ExitStack() as open_ones:

        def made(
            *lines: str,
            issuer: str = provider.issuer,
            root: Path = provider.root,
            proof: str = 'client_secret_file = "openid.secret"',
        ) -> OpenIdConsole:
            folder = tmp_path / f"console-{len(list(tmp_path.iterdir()))}"
            shutil.copytree(prepared, folder)
            (folder / "gateway.db").unlink(missing_ok=True)
            (folder / "openid.secret").write_text(f"{SECRET}\n", encoding="utf-8")
            (folder / "openid.key").write_bytes(client_key)
            (folder / "openid.secret").chmod(0o600)
            (folder / "openid.key").chmod(0o600)
            section = [
                f'public_url = "{PUBLIC}"',
                'proxies = ["127.0.0.1"]',
                "[console.openid]",
                f'issuer = "{issuer}"',
                'name = "سامانه ورود شهر"',
                'client_id = "console"' if "secret" in proof else 'client_id = "console-by-key"',
                proof,
                f'anchors = "{root}"',
                *lines,
            ]
            config = folder / "gateway.toml"
            text = config.read_text(encoding="utf-8")
            config.write_text(re.sub(r'second_factor = "optional".*', "\n".join(section), text), encoding="utf-8")
            with closing(Installation.of(config)) as installation:
                make_store(installation.store_url())
            opened = open_ones.enter_context(real_console(config, ManualClock(system_clock())))
            return OpenIdConsole(opened, provider)

        yield made


@pytest.fixture
def console(console_at: Callable[..., OpenIdConsole]) -> OpenIdConsole:
    return console_at()
