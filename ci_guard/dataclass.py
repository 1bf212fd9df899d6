"""What our classes of values need of the standard library's `dataclasses`, made without importing it.

`dataclasses` opens a dozen files (`inspect`, `ast`, `dis`, `tokenize`, ...) and compiles the methods of every
class from text: more than half of what a start took. Here the methods are closures over the names of the
fields. The functions of `dataclasses` work with these classes as well: what they ask a class for is made when
they ask. Not taken over, since nothing here needs it: inheritance, `__post_init__`, `order`, `ClassVar`.
"""

from _operator import attrgetter  # `operator` itself is a file more

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
else:
    _OURS = "_fields_of_ci_guard"
    _STANDARD = ("__dataclass_fields__", "__dataclass_params__")

    class _Missing:
        def __repr__(self):
            return "MISSING"

    MISSING = _Missing()

    class Field:
        """A field as `fields` tells it."""

        __slots__ = ("default", "default_factory", "name", "repr")

        def __init__(self, default, default_factory, repr):  # noqa: A002 - as the standard library names it
            self.name = ""
            self.default = default
            self.default_factory = default_factory
            self.repr = repr

    def field(*, default=MISSING, default_factory=MISSING, repr=True):  # noqa: A002
        """As `dataclasses.field`."""
        return Field(default, default_factory, repr)

    def dataclass(*, frozen=False, slots=False, kw_only=False):
        """As `dataclasses.dataclass`; `slots` must be true."""
        if not slots:
            raise TypeError("a class of values has slots")
        return lambda cls: _made(cls, frozen, kw_only)

    def fields(of):
        """As `dataclasses.fields`, with `name`, `default` and `default_factory`."""
        return getattr(of, _OURS)

    def is_dataclass(of):
        """Whether it is a class of values, or a value of one."""
        return hasattr(of, _OURS)

    def replace(value, /, **changes):
        """As `dataclasses.replace`."""
        cls = value.__class__
        return cls(**{each.name: getattr(value, each.name) for each in getattr(cls, _OURS)} | changes)

    class _Standard:
        """What marks a dataclass, made by the standard library itself at the first question."""

        def __init__(self, frozen, kw_only):
            self.frozen = frozen
            self.kw_only = kw_only
            self.name = ""

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, instance, owner):
            import dataclasses

            annotations = owner.__annotations__
            members = {"__annotations__": annotations, "__module__": owner.__module__}
            for each in getattr(owner, _OURS):
                if each.default is not MISSING:
                    members[each.name] = dataclasses.field(default=each.default, repr=each.repr)
                elif each.default_factory is not MISSING:
                    members[each.name] = dataclasses.field(
                        default_factory=each.default_factory, repr=each.repr
                    )
                else:
                    members[each.name] = dataclasses.field(repr=each.repr)
            shadow = type(owner.__name__, (), members)
            made = dataclasses.dataclass(frozen=self.frozen, kw_only=self.kw_only)(shadow)
            setattr(owner, self.name, getattr(made, self.name))
            return getattr(made, self.name)

    def _made(cls, frozen, kw_only):
        members = dict(cls.__dict__)
        names = tuple(cls.__annotations__)
        told = tuple(_field(name, members.pop(name, MISSING)) for name in names)
        for name in ("__dict__", "__weakref__"):
            members.pop(name, None)
        members["__slots__"] = names
        members[_OURS] = told
        members |= {name: _Standard(frozen, kw_only) for name in _STANDARD}
        members["__match_args__"] = () if kw_only else names
        made = type(cls)(cls.__name__, cls.__bases__, members)
        made.__qualname__ = cls.__qualname__
        setters = tuple((name, made.__dict__[name].__set__) for name in names)
        _give(made, "__init__", _init(cls.__qualname__, told, setters, kw_only))
        _give_methods(made, names, told, setters)
        if frozen:
            _give(made, "__setattr__", _refuse_to_set)
            _give(made, "__delattr__", _refuse_to_delete)
        else:
            made.__hash__ = None
        return made

    def _field(name, given):
        made = given if isinstance(given, Field) else Field(given, MISSING, True)
        made.name = name
        return made

    def _give(made, name, method):
        """A method that the class has written itself stays."""
        if name not in made.__dict__:
            method.__qualname__ = f"{made.__qualname__}.{name}"
            setattr(made, name, method)

    def _init(called, told, setters, kw_only):
        names = tuple(each.name for each in told)
        count = len(names)
        defaults = {each.name: each.default for each in told if each.default is not MISSING}
        factories = [
            (each.name, each.default_factory) for each in told if each.default_factory is not MISSING
        ]

        def __init__(self, /, *given, **values):  # noqa: N807
            if given:
                if kw_only or len(given) > count or not values.keys().isdisjoint(names[: len(given)]):
                    raise TypeError(f"{called}() takes other arguments by position")
                values.update(zip(names, given, strict=False))
            if len(values) < count:
                values = defaults | values
                for name, factory in factories:
                    if name not in values:
                        values[name] = factory()
            try:
                for name, put in setters:
                    put(self, values[name])
            except KeyError as error:
                raise TypeError(f"{called}() is missing the argument {error}") from None
            if len(values) > count:
                unexpected = sorted(values.keys() - {*names})
                raise TypeError(f"{called}() got unexpected arguments: {', '.join(unexpected)}")

        return __init__

    def _give_methods(made, names, told, setters):
        values = attrgetter(*names) if len(names) > 1 else lambda self: tuple(getattr(self, n) for n in names)
        shown = tuple(each.name for each in told if each.repr)

        def __eq__(self, other):  # noqa: N807
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self):  # noqa: N807
            return hash(values(self))

        def __repr__(self):  # noqa: N807
            said = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{self.__class__.__qualname__}({said})"

        def __getstate__(self):  # noqa: N807
            return values(self)

        def __setstate__(self, state):  # noqa: N807
            for (_, put), value in zip(setters, state, strict=True):
                put(self, value)

        for method in (__eq__, __hash__, __repr__, __getstate__, __setstate__):
            _give(made, method.__name__, method)

    def _refuse_to_set(_self, name, _value):
        raise _frozen(f"cannot assign to field {name!r}")

    def _refuse_to_delete(_self, name):
        raise _frozen(f"cannot delete field {name!r}")

    def _frozen(said):
        from dataclasses import FrozenInstanceError

        return FrozenInstanceError(said)


__all__ = ["MISSING", "dataclass", "field", "fields", "is_dataclass", "replace"]
