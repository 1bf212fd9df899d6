"""`ci-guard jenkins`, against a controller that this folder plays; `jenkins` is the name of a module."""
