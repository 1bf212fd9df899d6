"""`ci-guard jenkins`, against a controller that this folder plays (`fake`). Not named `jenkins`: that is a module."""
