"""Running one command well: streams, deadline, signals and the whole tree of processes; not why it failed."""
