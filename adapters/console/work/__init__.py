"""Lines of several pages: notices, connections, and other things that wait for a person."""
