"""Strict reading of configuration: every value knows its place, every mistake is found at once."""
