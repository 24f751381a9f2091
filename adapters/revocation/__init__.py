"""Where revocation lists come from: HTTP addresses on an allow-list, and a folder; and their verification."""
