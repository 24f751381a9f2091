"""The sandbox's commands, found by entry point."""
