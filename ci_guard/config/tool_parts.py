"""The grammar of what is known of a tool beside its signatures and tweaks: releases, remedies, habits."""

from ci_guard.config.containers import ListOf, MappingOf, Nullable, Record, RecordOf, Regex
from ci_guard.config.fields import Choice, Duration, Text
from ci_guard.model.category import Category
from ci_guard.model.knowledge import Fallback, Note, Releases, Remedy, Telling
from ci_guard.model.patience import Habits, WatchedPlace

VARIABLE = Text("the name of an environment variable", pattern=r"[^=\s\x00\ud800-\udfff]+")

NAME = Text("a name of small letters, digits, `.`, `-` and `_`", pattern=r"[a-z0-9][a-z0-9._-]*")
TEXTS = ListOf(Text(), "a list of texts")
NAMES = ListOf(NAME, "a list of names")
REFERENCE = Text("the address of an issue, or a manual's name")
_BOUND = r"(?:<=|>=|<|>|==)\d+(?:\.\d+)*"

RELEASES = RecordOf(
    "a range of versions",
    Releases,
    Record(
        "a range of versions",
        {
            "id": NAME,
            "versions": Text("bounds, such as `>=1.2,<1.4`", pattern=f"{_BOUND}(?:,{_BOUND})*"),
            "signatures": NAMES,
            "category": Nullable(Choice("a category", Category)),
            "says": Text(),
            "reference": REFERENCE,
        },
        ("id", "versions", "says", "reference"),
    ),
)
REMEDY = RecordOf(
    "a remedy",
    Remedy,
    Record(
        "a remedy",
        {
            "id": NAME,
            "does": Text(),
            "command": Text(),
            "signatures": NAMES,
            "reference": REFERENCE,
        },
        ("id", "does", "reference"),
    ),
)
FALLBACK = RecordOf(
    "another command",
    Fallback,
    Record(
        "another command",
        {
            "id": NAME,
            "pattern": Regex(),
            "command": Text(),
            "why": Text(),
            "reference": REFERENCE,
            "examples": ListOf(Text(), "a list of commands"),
            "counterexamples": ListOf(Text(), "a list of commands"),
        },
        ("id", "pattern", "command", "why", "reference", "examples", "counterexamples"),
    ),
)
NOTE = RecordOf(
    "a note", Note, Record("a note", {"says": Text(), "reference": REFERENCE}, ("says", "reference"))
)
TELLING = RecordOf(
    "a way to tell of survived locks",
    Telling,
    Record(
        "a way to tell of survived locks",
        {
            "pattern": Regex(("path",)),
            "environment": MappingOf(VARIABLE, Text(), "a mapping of variables to texts"),
            "chatter": ListOf(Text("the beginning of a line"), "a list of beginnings of lines"),
            "reference": REFERENCE,
            "examples": TEXTS,
            "counterexamples": TEXTS,
        },
        ("pattern", "environment", "reference", "examples", "counterexamples"),
    ),
)
_PLACE_OF_FILES = RecordOf(
    "a place",
    WatchedPlace,
    Record(
        "a place", {"path": Text("a pattern of paths"), "replaces": Text("a pattern of names")}, ("path",)
    ),
)
HABITS = RecordOf(
    "how a tool bears locks",
    Habits,
    Record(
        "how a tool bears locks",
        {
            "retries_for": Duration(),
            "after": Duration(),
            "still": Duration(),
            "places": ListOf(_PLACE_OF_FILES, "a list of places"),
            "reference": REFERENCE,
        },
        ("retries_for", "reference"),
    ),
)
