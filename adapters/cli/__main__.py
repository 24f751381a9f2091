"""`python -m adapters.cli`, for child processes."""

from adapters.cli.main import run

run()
