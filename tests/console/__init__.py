"""The web console: its pages as the people see them, by Flask's client and in a browser."""
