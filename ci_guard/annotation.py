"""Names that annotations and generic classes are written with, without importing `typing`.

No run needs what they mean, and `typing` takes a tenth of a start. What is read at run time (`record`, say)
takes `typing` itself.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Generic, Protocol, Self, TextIO, TypeVar
else:

    class _Name:
        """Stands for a type, and for whatever is made of it."""

        def __getitem__(self, _):
            return self

        def __or__(self, _):
            return self

        __ror__ = __or__

    class _Base:
        """Stands for a base class that only the type checker reads."""

        def __class_getitem__(cls, _):
            return cls

    Any = Self = TextIO = _Name()
    Generic = Protocol = _Base

    def TypeVar(*_names, **_bounds):  # noqa: N802 - as `typing` has it
        """As `typing.TypeVar`."""
        return Any


__all__ = ["TYPE_CHECKING", "Any", "Generic", "Protocol", "Self", "TextIO", "TypeVar"]
