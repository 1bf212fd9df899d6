"""Makes real uv and pip fail for a moment, on purpose, away from the machine's own Python.

`injector` refuses chosen system calls of a real program; `wheels`, `python` and `tools` give it something
harmless to install, somewhere harmless to install it, and exact versions to do it with; `compare` says
whether the result is whole. Nothing here knows ci-guard, but for `sweep`.
"""
