"""A played Jenkins controller: its answers are those of a real one, with faults on demand."""
