"""Account, configuration, log and sandbox of a command."""
