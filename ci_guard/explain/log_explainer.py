"""Answers about saved logs, ready to be shown: policy, knowledge, redaction, format."""

from collections.abc import Mapping
from typing import BinaryIO

from ci_guard.command_line.parse import argv_of
from ci_guard.errors import GuardError
from ci_guard.explain.explanation import ExplainInput, explain
from ci_guard.explain.json import render_json
from ci_guard.explain.markdown import render_markdown
from ci_guard.explain.text import render_text
from ci_guard.knowledge.load import load_knowledge, tweak_ids
from ci_guard.knowledge.wrappers import parse_command
from ci_guard.model.invocation import Invocation
from ci_guard.policy.resolve import resolve
from ci_guard.redact.redacted import redact_value
from ci_guard.redact.secrets import Secrets, find_secrets


def question_for(
    command: str | None,
    policy_file: str | None,
    environ: Mapping[str, str],
    directory: str,
    exit_status: int | None = None,
) -> tuple[ExplainInput, Secrets]:
    """What is known beside the logs, and what no answer may show, by the policy that counts in a directory.

    Raises `PolicyError` for a policy with mistakes.
    """
    invocation = Invocation(command=argv_of(command) if command else ("",), policy_file=policy_file)
    policy = resolve(invocation, environ, directory, parse_command, tweak_ids).policy
    knowledge = load_knowledge(policy.signatures)
    return ExplainInput(command, knowledge, policy, exit_status), find_secrets(environ, policy.redact)


class LogExplainer:
    """Explains one log after the other, by the policy that counts in a directory."""

    def __init__(
        self,
        command: str | None,
        policy_file: str | None,
        environ: Mapping[str, str],
        directory: str,
        *,
        exit_status: int | None = None,
        colour: bool = False,
    ) -> None:
        """Raises `PolicyError` for a policy with mistakes."""
        self._question, self._secrets = question_for(command, policy_file, environ, directory, exit_status)
        self._colour = colour

    def of(self, file: str, stream: BinaryIO, form: str) -> str:
        """The answer about one log: `text`, `json`, `markdown`. Raises `GuardError` if it cannot be read."""
        try:
            told = explain(file, stream, self._question)
        except GuardError as error:
            raise GuardError(f"cannot read `{file}`: {error}", hint="the archive is damaged") from error
        except OSError as error:
            raise GuardError(
                f"cannot read `{file}`: {error.strerror or error}", hint="check the file and its volume"
            ) from error
        shown = redact_value(told, self._secrets)
        if form == "json":
            return render_json(shown)
        return render_markdown(shown) if form == "markdown" else render_text(shown, colour=self._colour)
