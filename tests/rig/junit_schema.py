"""The schema that Jenkins' xunit plugin validates with, as a fixture."""

import tarfile

import pytest
import xmlschema

from rig import schema
from rig.requirement import expected


@pytest.fixture(scope="session")
def xunit_schema() -> xmlschema.XMLSchema10:
    """junit-10.xsd of Jenkins' xunit plugin."""
    try:
        archive = schema.archive()
    except RuntimeError as error:
        if expected():
            pytest.fail(f"this CI must be able to fetch junit-10.xsd: {error}")
        pytest.skip(f"junit-10.xsd is not in the cache: {str(error)[-300:]}")
    with tarfile.open(archive) as bundle:
        member = bundle.extractfile(schema.MEMBER)
        assert member is not None
        return xmlschema.XMLSchema10(member.read().decode())
