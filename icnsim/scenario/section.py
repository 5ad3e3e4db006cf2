"""The base of every section of a scenario: a strict, closed, immutable model; and the forms of a key."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Discriminator
from pydantic.fields import FieldInfo


class Section(BaseModel):
    """A part of a scenario: strict, closed and immutable."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, arbitrary_types_allowed=True
    )

    def __deepcopy__(self, _: Any = None) -> Self:
        """Returns itself: pydantic copies defaults, which took a third of the time to make a scenario."""
        return self

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Returns a copy without the cached properties of the original, which pydantic would keep."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields:
            del copied.__dict__[name]
        return copied


MAPPING, SCALAR, LISTED = "{mapping}", "{scalar}", "{list}"
"""Names of the forms of a key that may be a mapping, a list or neither; never part of a key's path."""


def _form(value: object) -> str:
    return MAPPING if isinstance(value, dict | BaseModel) else SCALAR


def file_form(value: object) -> str:
    """The form of a value, for a key where a mapping without a distribution names a file."""
    return SCALAR if isinstance(value, dict) and "distribution" in value else _form(value)


def _form_or_list(value: object) -> str:
    return LISTED if isinstance(value, list | tuple) else _form(value)


EITHER = Discriminator(_form)
EITHER_OR_LIST = Discriminator(_form_or_list)


def section_in(annotation: Any) -> type[BaseModel] | None:
    """The section that a key's annotation contains, alone, in a list or as one of its forms; None without a section."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (section_in(argument) for argument in getattr(annotation, "__args__", ()))
    return next((section for section in inner if section is not None), None)


def fields_of(section: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a section by their keys in a file."""
    return {field.alias or name: field for name, field in section.model_fields.items()}
