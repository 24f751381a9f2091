"""What an auditor needs, with neither database nor configuration nor network: a verb is a file, and both programs have
it, `run_gateway.py` and the auditor's own `eblagh-verify`."""
