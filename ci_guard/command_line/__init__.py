"""What a command line starts: seen through wrappers, interpreters and shells. Knows no tool's options."""
