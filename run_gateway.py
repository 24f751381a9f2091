"""Eblagh Gateway: `python run_gateway.py --help`."""

from adapters.cli.main import run

if __name__ == "__main__":
    run()
