"""Mail to people, over a real mail server that shares no code with ours."""
