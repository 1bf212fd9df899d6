"""How ci-guard comes to people: the one-file program and its builder, `python -m ci_guard`, the workflow."""
