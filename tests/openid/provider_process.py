"""The provider as a process, and a browser at it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests

from tests.peers.npm import Node
from tests.witness.tls import Tls

SCRIPTS: Final = Path(__file__).parent / "node"
PUBLIC: Final = "https://localhost"
REDIRECT: Final = f"{PUBLIC}/sign-in/openid/return"
SECRET: Final = "a secret / of the console: 100%"
PLAIN_SECRET: Final = "a-secret-of-the-console"


@dataclass(frozen=True)
class Provider:
    """Provider that runs: its issuer, and the root of its certificate."""

    issuer: str
    root: Path

    def spoil(self, kind: str = "none-of-these") -> None:
        """Let every ID token be wrong in one way from now on; without a kind, none."""
        assert requests.post(f"{self.issuer}/mischief/{kind}", verify=str(self.root), timeout=30).status_code == 200

    def answer(self, address: str, account: str = "z-100", **choices: str | list[str]) -> dict[str, str]:
        """Sign in at an address as a browser does; return the parameters with which the provider sends back.

        ``choices`` are the methods ``amr``, the class ``acr``, or ``refuse``.
        """
        return dict(parse_qsl(urlsplit(self.sent_back(address, account, **choices)).query))

    def sent_back(self, address: str, account: str = "z-100", **choices: str | list[str]) -> str:
        """Return the whole address to which the provider sends the browser back."""
        query = urlencode({"account": account, **choices}, doseq=True)
        with requests.Session() as browser:
            browser.verify = str(self.root)
            browser.trust_env = False
            while address.startswith(self.issuer):
                asked = f"{address}?{query}" if "/interaction/" in address else address
                response = browser.get(asked, allow_redirects=False, timeout=30)
                assert response.is_redirect, response.text
                address = urljoin(address, response.headers["Location"])
        return address


def clients(key: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the clients: the console by a secret and by a key, and another program of the city."""
    common = {"response_types": ["code"], "grant_types": ["authorization_code"], "redirect_uris": [REDIRECT]}
    ours = common | {"post_logout_redirect_uris": [f"{PUBLIC}/sign-in"]}
    return [
        ours | {"client_id": "console", "client_secret": SECRET},
        ours
        | {"client_id": "console-by-key", "token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [key]}},
        common | {"client_id": "other", "client_secret": PLAIN_SECRET},
    ]


@contextmanager
def running(node: Node, tls: Tls, key: Mapping[str, str], folder: Path) -> Iterator[Provider]:
    """Run the provider; it ends with the block."""
    file = folder / "clients.json"
    file.write_text(json.dumps(clients(key)), encoding="utf-8")
    command = ["node", "--no-deprecation", "provider.js", tls.server.key, tls.server.certificate, file]
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen([*map(str, command)], cwd=node.folder, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), (folder / "provider.log").read_text()
        yield Provider(f"https://127.0.0.1:{port}", tls.root)
    finally:
        process.terminate()
        process.communicate()
