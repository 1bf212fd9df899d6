"""Holding a command still while somebody else holds a file that it has just written."""
