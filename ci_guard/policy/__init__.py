"""The policy of one run: defaults, then the file, then the environment, then the command line."""
