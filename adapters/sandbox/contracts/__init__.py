"""The contracts that the stand-in judiciary serves."""
