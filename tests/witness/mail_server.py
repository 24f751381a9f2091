"""A mail server with TLS for one recipient, of which a test sees every mail and what it was told."""

from __future__ import annotations

import base64
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class Mailbox:
    """``refuses`` maps a command (``RCPT``, ``DATA``, …) to the line that answers it; ``password`` is what opens it."""

    port: int = 0
    password: str | None = None
    starttls: bool = True
    refuses: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    heard: list[tuple[str, bool]] = field(default_factory=list)
    """Each command, and whether it came in clear."""

    @property
    def notes(self) -> list[bytes]:
        """Attachments of the mails; those with one Message-ID are one mail."""
        kept = {mail["Message-ID"]: mail for mail in self.mails}.values()
        return [next(mail.iter_attachments()).get_content() for mail in kept]


@contextmanager
def serving(context: ssl.SSLContext, *, implicit: bool = False) -> Iterator[Mailbox]:
    """``implicit`` speaks TLS from the first octet on."""
    box = Mailbox()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the other side hung up, or did not like our certificate
                _Talk(box, self.request, context, secured=implicit).go_on()

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as server:
        box.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()


class _Talk:
    def __init__(self, box: Mailbox, connection, context: ssl.SSLContext, *, secured: bool) -> None:  # type: ignore[no-untyped-def]
        self._box, self._context, self._secured = box, context, secured
        self._connection = context.wrap_socket(connection, server_side=True) if secured else connection
        self._lines = self._connection.makefile("rb")

    def go_on(self) -> None:
        self._say("220 mail.test")
        while line := self._lines.readline():
            words = line.decode("ascii").strip()
            command = words.partition(" ")[0].upper()
            self._box.heard.append((command, not self._secured))
            if command in self._box.refuses:
                self._say(self._box.refuses[command])
                continue
            match command:
                case "EHLO":
                    self._say("250-mail.test")
                    if self._box.starttls and not self._secured:
                        self._say("250-STARTTLS")
                    self._say("250 AUTH PLAIN")
                case "STARTTLS":
                    self._say("220 go ahead")
                    self._connection = self._context.wrap_socket(self._connection, server_side=True)
                    self._lines, self._secured = self._connection.makefile("rb"), True
                case "AUTH":
                    given = base64.b64decode(words.split()[2]).split(b"\0")[2].decode()
                    self._say("235 welcome" if given == self._box.password else "535 no")
                case "DATA":
                    self._say("354 go ahead")
                    octets = b"".join(iter(self._lines.readline, b".\r\n"))
                    self._box.mails.append(message_from_bytes(octets, policy=default))  # type: ignore[arg-type]
                    self._say("250 kept")
                case "QUIT":
                    self._say("221 bye")
                    self._connection.close()
                    return
                case _:
                    self._say("250 ok")

    def _say(self, line: str) -> None:
        self._connection.sendall(line.encode() + b"\r\n")
