from rig.junit_schema import xunit_schema

__all__ = ["xunit_schema"]
