"""Development certificates, revocation lists and a time authority."""
