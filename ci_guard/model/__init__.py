"""Frozen values that travel between the parts of ci-guard; standard library only, no behaviour."""
