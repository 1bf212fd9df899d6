"""What is kept on this agent from build to build: where, whose turn it is, what healed before."""
