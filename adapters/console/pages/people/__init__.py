"""Pages of people, and a person's own: sign-in, invitation, account."""
