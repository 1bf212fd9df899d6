from collections import Counter
from dataclasses import fields

from ci_guard.model.policy import Backoff, Policy, TweakPolicy
from ci_guard.policy.table import FORMATS, KEYS, MOST_ATTEMPTS, RUN_OPTIONS, options

NESTED = {"backoff": Backoff, "tweaks": TweakPolicy}


def test_every_field_of_the_policy_is_in_the_table_exactly_once() -> None:
    expected = [f"reports.{name}" for name in FORMATS]
    for field in fields(Policy):
        if field.name in NESTED:
            expected += [f"{field.name}.{member.name}" for member in fields(NESTED[field.name])]
        elif field.name != "reports":
            expected.append(field.name)
    assert Counter(key.name for key in KEYS) == Counter(expected)


def test_every_option_of_the_contract_is_there_once() -> None:
    flags = """
        --policy --name --junit --report --attempts --deadline --attempt-timeout --retry-on
        --no-tweaks --no-verify --no-patience --host --no-shield --dry-run --quiet --verbose
    """
    assert sorted(option.flag for option in options()) == sorted(flags.split())
    assert {option.variable for option in options()} == {
        f"CI_GUARD_{option.flag[2:].upper().replace('-', '_')}" for option in options()
    }


def test_every_help_is_a_sentence() -> None:
    for text in [key.help for key in KEYS] + [option.help for option in (*options(), *RUN_OPTIONS)]:
        assert text[0].isupper()
        assert text.endswith(".")


def test_the_default_is_within_the_bounds() -> None:
    assert 1 <= Policy().attempts <= MOST_ATTEMPTS
