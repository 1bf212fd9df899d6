"""The names in our JUnit file that stay the same from build to build, and by which it is known again."""

# the last part must not be the stem of a common file name: mikepenz/action-junit-report looks for that file
STEP_CLASS = "ci-guard.guarded-step"
MARKER_CLASS = "ci-guard.antivirus-lock"
OWN_CLASSES = "ci-guard."  # how both begin
_MARKER_END = " [antivirus lock]"


def marker_of(step: str) -> str:
    """The name of the marker beside the case of a step."""
    return f"{step}{_MARKER_END}"


def step_of(marker: str) -> str:
    """The name of the step that a marker stands beside."""
    return marker.removesuffix(_MARKER_END)
