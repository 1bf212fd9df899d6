"""The option that chooses how a command answers."""

from collections.abc import Callable
from typing import Any

import click


def format_option(default: str, *others: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--format`, which a command gets as `form`."""
    return click.option(
        "--format",
        "form",
        type=click.Choice([default, *others]),
        default=default,
        help=f"The form of the answer; {default} if not given.",
    )
