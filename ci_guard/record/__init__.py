"""The record of a run, schema `ci-guard/run/1`: its shape, how it is written and read, its JSON Schema.

Whatever writes or reads records uses this package; it knows nothing of how a run is made.
"""
