"""ci-guard: run a CI step and recover it when an antivirus or EDR product locks its files."""

__version__ = "0.1.0"
