"""Starts the service: python3 examples/soap_basic_status/server --folder DIR"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

import clients
import pki
import tables
from faults import Faults
from letters import Letters
from operations import Hours, Service
from web import Parts, Server


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="server", description="A development notice service: SOAP, Basic, API key.")
    parser.add_argument("--folder", type=Path, required=True, help="keys, certificates, credentials, ledger")
    parser.add_argument("--port", type=int, default=0, help="0: the service chooses")
    parser.add_argument("--receipt-delay", type=float, default=1.0, help="seconds before each status")
    parser.add_argument("--find-lag", type=float, default=0.0, help="seconds before FindNotice finds a letter")
    parser.add_argument("--login-errors", choices=("in-answer", "http-401"), default="in-answer")
    parser.add_argument("--closed", type=Hours.read, metavar="HH:MM-HH:MM", help="closed hours in Tehran")
    parser.add_argument("--quota", type=int, default=0, help="calls of one client in 60 seconds; 0: no limit")
    parser.add_argument("--session-seconds", type=float, default=1200.0, help="a session's life without a call")
    parser.add_argument("--faults", metavar="SEED:PERCENT", help="draws faults on the wire")
    return parser.parse_args()


def _wait_for_the_end() -> None:
    """Returns when standard input closes or at SIGTERM."""
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    signal.signal(signal.SIGINT, lambda *_: ended.set())

    def listen() -> None:
        # Not sys.stdin: its lock would be held when the program ends.
        while os.read(0, 4096):
            pass
        ended.set()

    threading.Thread(target=listen, daemon=True).start()
    ended.wait()


def main() -> None:
    given = _arguments()
    folder: Path = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    pki.make(folder)
    clients_path = folder / "clients.json"
    clients.make(clients_path)
    letters = Letters(folder)
    parts = Parts(
        service=Service(folder, letters, given.receipt_delay, given.find_lag),
        faults=Faults(folder, given.faults),
        sessions=clients.Sessions(given.session_seconds),
        quota=clients.Quota(given.quota),
        clients_path=clients_path,
        closed=given.closed,
        login_in_answer=given.login_errors == "in-answer",
    )
    server = Server(given.port, pki.context(folder), parts)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"https://127.0.0.1:{server.server_address[1]}{tables.SERVICE_PATH}"
    ready = {
        "url": address,
        "wsdl": f"{address}?wsdl",
        "ca": str(folder / "ca.pem"),
        "clients": str(clients_path),
        "ledger": str(folder / "ledger.jsonl"),
        "pid": os.getpid(),
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    _wait_for_the_end()
    server.shutdown()
    server.server_close()
    letters.close()


if __name__ == "__main__":
    main()
