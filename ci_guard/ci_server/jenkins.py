"""Jenkins: plain lines.

Its console has no protocol for folds or messages: what it shows of a step beyond its text comes from the
JUnit file that the pipeline publishes, and from the shared library (`integrations/jenkins`).
"""

from ci_guard.ci_server import plain


class Host(plain.Host):
    """Writes nothing more than anywhere."""
