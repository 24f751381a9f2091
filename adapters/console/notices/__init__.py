"""What the pages of notices share: filters, recognition of a typed text, names, and texts of messages."""
