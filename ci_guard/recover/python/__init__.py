"""Environments of Python packages: what is in them, what of it is broken, how it is repaired."""
