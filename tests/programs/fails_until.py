"""fails_until.py N STATUS TEXT...: print the texts and fail with STATUS before attempt N, then pass.

Reads its attempt from the variable that ci-guard gives it.
"""

import os
import sys

limit, status, texts = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
attempt = int(os.environ["CI_GUARD_ATTEMPT"])
print(f"attempt {attempt}", flush=True)
if attempt < limit:
    for text in texts:
        print(text, file=sys.stderr)
    sys.exit(status)
