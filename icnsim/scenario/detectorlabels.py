"""Labels of detectors in tables, sentences and plots: `wheel tick=2s` in place of a mapping in JSON."""

from collections.abc import Mapping

from icnsim.numbers import rounded
from icnsim.scenario.detector import KINDS, PARAMETERS


def is_detector(value: object) -> bool:
    """Whether a value of a scenario file describes a detector: a mapping with a known `kind` and plain parameters."""
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("kind"), str)
        and value["kind"] in KINDS
        and all(isinstance(each, str | int | float | None) for each in value.values())
    )


def label(value: object) -> str | None:
    """Return the kind of a detector and its parameters in one line, as the value has them; None for other values."""
    if not isinstance(value, Mapping) or not is_detector(value):
        return None
    parameters = [f"{key}={_written(each)}" for key, each in value.items() if key != "kind" and each is not None]
    return " ".join([str(value["kind"]), *parameters])


def with_defaults(value: Mapping[str, object]) -> dict[str, object]:
    """Return a detector with every parameter of its kind, so that two notations of one detector are equal."""
    return {**PARAMETERS[str(value["kind"])], **{key: each for key, each in value.items() if each is not None}}


def _written(value: object) -> str:
    return rounded(value, 12) if isinstance(value, float) else str(value)
