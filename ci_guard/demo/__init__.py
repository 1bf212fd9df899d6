"""A lock and the recovery from it, shown with a real `pip install` in a scratch folder: `ci-guard demo`."""
