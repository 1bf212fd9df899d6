"""Waiting for a file, the tweak ladder, mending a half-done installation, proving a whole one."""
