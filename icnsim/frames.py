"""pandas frames that know the units of their columns: `frame.attrs["units"]`.

The units are those of the values: s, B, 1/s. A column that is not in the mapping holds plain numbers, shares from 0 to
1, names or texts.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

UNITS: Final = "units"
SHARES: Final = ("%", "µs/s")
"""Units in which shares are shown; the values of a frame are the shares themselves."""


class Units(dict[str, str]):
    """The units of a frame's columns. Frames that are made from it share them: assign other units, and change none.

    pandas copies the attributes of a frame with each of its columns and rows: for the figures of a sweep that would
    take a millisecond each.
    """

    def __deepcopy__(self, _: Any) -> "Units":
        return self

    def __reduce__(self) -> tuple[type[dict[str, str]], tuple[dict[str, str]]]:
        """Frames in files can be read where icnsim is not installed."""
        return dict, (dict(self),)


def frame(table: "pa.Table", units: Mapping[str, str]) -> "pd.DataFrame":
    """A table as a frame with the units of its columns.

    Parameters
    ----------
    units : of columns, as they are shown; "" and units of shares are left out, and so are columns that are missing.
    """
    made: pd.DataFrame = table.to_pandas()
    return attach(made, units)


def attach(made: "pd.DataFrame", units: Mapping[str, str]) -> "pd.DataFrame":
    """The same frame, with the units of its columns. See `frame`."""
    there = set(made.columns)
    made.attrs[UNITS] = Units({name: unit for name, unit in units.items() if of_values(unit) and name in there})
    return made


def of_values(unit: str) -> str:
    """The unit of the values that are shown in a unit; "" for shares."""
    return "" if unit in SHARES else unit


def by_name(made: "pd.DataFrame") -> "pd.DataFrame":
    """The same frame, with the units that the names of its columns end in: _s and _bytes, or these and _low, _high."""
    return attach(made, {name: _named(name) for name in map(str, made.columns)})


def _named(name: str) -> str:
    stem = name.removesuffix("_low").removesuffix("_high")
    return "s" if stem.endswith("_s") else "B" if stem.endswith("_bytes") else ""


def with_units(found: "pd.DataFrame") -> "pd.DataFrame":
    """The frame with the unit in the title of each column that has one, such as ``manager.timeout [s]``.

    It is for display and for export: the names of the columns are no longer those of docs/results.md.

    Parameters
    ----------
    found : a frame of icnsim, or some columns or rows of one.
    """
    units: Mapping[str, str] = found.attrs.get(UNITS, {})
    return found.rename(columns={name: f"{name} [{unit}]" for name, unit in units.items()})
