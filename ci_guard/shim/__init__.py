"""Shims: programs named like a tool that guard the real one, for steps and scripts that nobody may edit."""
