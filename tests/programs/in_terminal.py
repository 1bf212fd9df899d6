"""Makes the terminal on descriptor 0 the controlling one after setsid(2), then becomes the given command.

usage: in_terminal.py COMMAND [ARG]...
"""

import fcntl
import os
import sys
import termios

os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
