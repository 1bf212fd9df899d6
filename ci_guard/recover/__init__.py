"""Waiting for a file, the tweak ladder, repairing a half-done installation, verifying a whole one."""
