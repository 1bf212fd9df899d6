import json

import jsonschema

from ci_guard.policy.schema import schema
from ci_guard.policy.show import plain_value
from ci_guard.policy.table import KEYS


def test_it_is_a_valid_schema_that_can_be_written_as_json() -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(schema())))


def test_every_default_is_valid_by_its_own_schema() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
    for key in KEYS:
        head, _, member = key.name.partition(".")
        default = plain_value(key, key.default)
        validator.validate({"version": 1, head: {member: default} if member else default})
