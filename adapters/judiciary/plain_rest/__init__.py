"""Plain REST: unsigned JSON over TLS, its written form in evidence, its statuses, and its sessions."""
