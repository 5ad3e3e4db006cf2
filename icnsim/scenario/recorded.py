"""The tables that a scenario records, and the metrics of plug-ins in its summary."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from icnsim.scenario.fields import PositiveDuration, folder_of
from icnsim.scenario.plugins import metrics, registry
from icnsim.scenario.plugins.schema import SchemaOf
from icnsim.scenario.section import Section

S = 1_000_000


def _known(name: str, info: ValidationInfo) -> str:
    metrics.made(registry.find("metric", name, folder_of(info).plugins))
    return name


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        raise ValueError("each metric once")
    return names


MetricName = Annotated[str, AfterValidator(_known), SchemaOf(lambda: registry.schema("metric"))]
Metrics = Annotated[tuple[MetricName, ...], Field(max_length=100), AfterValidator(_each_once)]


class Record(Section):
    messages: bool = False
    manager: bool = True
    timeline: PositiveDuration | None = 30 * S
    metrics: Metrics = ()
