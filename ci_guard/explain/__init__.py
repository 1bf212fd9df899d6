"""The story of a saved log: its steps, why they failed, what a person can do; as text and as JSON."""
