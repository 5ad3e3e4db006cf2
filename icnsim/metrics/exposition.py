"""The metrics as text: Prometheus' format, OpenMetrics, and OpenMetrics with a time for each sample."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
from prometheus_client import exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric, Timestamp
from prometheus_client.openmetrics import exposition as openmetrics_exposition
from prometheus_client.utils import floatToGoString

from icnsim.metrics.families import FAMILIES, Family
from icnsim.metrics.instants import Series
from icnsim.metrics.readings import Readings
from icnsim.recording.columns import Recording
from icnsim.recording.integers import Integers
from icnsim.scenario import Scenario


class _One:
    """A registry of one metric."""

    def __init__(self, metric: Metric) -> None:
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        """The metric."""
        return [self._metric]


def latest(recording: Recording, scenario: Scenario, at: int, form: str) -> bytes:
    """The answer of an exporter to a scrape at an instant, µs; `form` is "prometheus" or "openmetrics"."""
    readings = Readings(recording, scenario, np.array([at], dtype=np.int64))
    families = [_filled(family, readings.of(family), [None]) for family in FAMILIES]
    if form == "prometheus":
        return b"".join(exposition.generate_latest(_One(family)) for family in families)
    return b"".join(_without_end(family) for family in families) + END


def series(recording: Recording, scenario: Scenario, instants: Integers, epoch: int) -> Iterator[bytes]:
    """The metrics at many instants, µs, a family after the other; `epoch` is virtual time 0 in Unix time, µs."""
    readings = Readings(recording, scenario, instants)
    times = [Timestamp((epoch + at) // 1_000_000, (epoch + at) % 1_000_000 * 1000) for at in instants.tolist()]
    for family in FAMILIES:
        yield _without_end(_filled(family, readings.of(family), times))
    yield END


END = b"# EOF\n"


def _without_end(family: Metric) -> bytes:
    text: bytes = openmetrics_exposition.generate_latest(_One(family))
    return text.removesuffix(END)


def _filled(family: Family, found: list[Series], times: list[Timestamp | None]) -> Metric:
    labels = [family.label] if family.label else []
    if family.type == "histogram":
        histogram = HistogramMetricFamily(family.name, family.meaning, labels=labels, unit=family.unit)
        for each in found:
            assert each.buckets is not None
            assert each.sums is not None
            edges = [floatToGoString(edge) for edge in (*family.buckets, float("inf"))]
            for place, at in enumerate(times):
                counts = list(zip(edges, each.buckets[place].tolist(), strict=True))
                histogram.add_metric([], counts, float(each.sums[place]), timestamp=at)
        return histogram
    make = CounterMetricFamily if family.type == "counter" else GaugeMetricFamily
    metric = make(family.name, family.meaning, labels=labels, unit=family.unit)
    for each in found:
        for value, at in zip(each.values.tolist(), times, strict=True):
            if not math.isnan(value):
                metric.add_metric([each.label] if labels else [], value, timestamp=at)
    return metric
