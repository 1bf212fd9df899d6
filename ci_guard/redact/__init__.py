"""Secrets and control characters, taken out of values once, before anything leaves; knows no format."""
