"""(policy, attempts so far, time left) -> decision; knows nothing of processes."""
