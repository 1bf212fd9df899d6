"""Why a command failed, told from its output and what the machine answers; pure."""
