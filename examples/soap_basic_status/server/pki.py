"""A development authority and the service's TLS certificate, made with the openssl command."""

import os
import shutil
import ssl
import subprocess
from pathlib import Path

_AUTHORITY = """basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""
_SERVER = """basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = IP:127.0.0.1, DNS:localhost
"""
_DAYS = "90"


def _openssl(folder: Path, *words: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        raise SystemExit("the command openssl is not there; the service needs it to make its certificate")
    done = subprocess.run(  # noqa: S603 - our own words alone
        [program, *words], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"openssl {words[0]} failed: {done.stderr.strip()}")


def _key_and_request(folder: Path, name: str, subject: str) -> None:
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    _openssl(folder, "req", "-new", *curve, "-keyout", f"{name}-key.pem", "-out", f"{name}.csr", "-subj", subject)
    os.chmod(folder / f"{name}-key.pem", 0o600)


def make(folder: Path) -> None:
    """Keeps what is there: a restart in the same folder has the same authority."""
    if (folder / "server.pem").exists():
        return
    (folder / "ca.ext").write_text(_AUTHORITY, encoding="ascii")
    (folder / "server.ext").write_text(_SERVER, encoding="ascii")
    _key_and_request(folder, "ca", "/O=Notice Service (development)/CN=Notice Service Development Authority")
    made = ("-sha256", "-days", _DAYS)
    _openssl(
        folder, "x509", "-req", "-in", "ca.csr", "-signkey", "ca-key.pem", *made, "-extfile", "ca.ext", "-out", "ca.pem"
    )
    _key_and_request(folder, "server", "/O=Notice Service (development)/CN=localhost")
    issuer = ("-CA", "ca.pem", "-CAkey", "ca-key.pem", "-set_serial", "2")
    # Renamed at the end: a start that was stopped in the middle begins anew.
    _openssl(
        folder, "x509", "-req", "-in", "server.csr", *issuer, *made, "-extfile", "server.ext", "-out", "server.part"
    )
    (folder / "server.part").rename(folder / "server.pem")
    for name in ("ca.csr", "ca.ext", "server.csr", "server.ext"):
        (folder / name).unlink()


def context(folder: Path) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.load_cert_chain(folder / "server.pem", folder / "server-key.pem")
    return made
