"""JSON Schemas that name the installed plug-ins; they are made when an editor's schema is printed, not at import."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SchemaOf:
    """An annotation: the JSON Schema of a value is the result of a function."""

    make: Callable[[], dict[str, Any]]

    def __get_pydantic_json_schema__(self, _: Any, __: Any) -> dict[str, Any]:
        return self.make()

    def __hash__(self) -> int:
        return id(self)
