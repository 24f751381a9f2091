"""The auditor's commands, inside the program and as `eblagh-verify`."""
