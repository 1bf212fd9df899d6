"""The CI server around the run: its name, the agent's name, and how ci-guard speaks there."""
