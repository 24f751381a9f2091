"""Eblagh Gateway: `python run_gateway.py --help`."""

import gc

if __name__ == "__main__":
    # Nothing that imports make is garbage, and looking for it takes a tenth of the time until the program begins.
    gc.disable()
    from adapters.cli.main import run

    gc.freeze()
    gc.enable()
    run()
