"""Cost as store, attachments and processes grow."""
