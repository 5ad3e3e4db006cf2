"""Serves the metrics of a live run on loopback while it runs, for Prometheus.

The names and the meanings are those of `metrics.families`. The values are those of the supervisor, `LAG_S` behind the
workers. The server answers GET /metrics and nothing else.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import numpy as np
from prometheus_client import exposition
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.utils import floatToGoString

from icnsim.draws.streams import Floats
from icnsim.errors import EngineError
from icnsim.live.connection import LOOPBACK
from icnsim.live.federation import LiveFederation
from icnsim.metrics import families
from icnsim.metrics.families import Family
from icnsim.protocol.states import Event
from icnsim.recording.columns import NEVER, TIMED_OUT
from icnsim.simulation.watching.snapshot import counted, held

LONGEST_REQUEST: Final = 8192
"""The longest request that is read, bytes."""
ANSWER_S: Final = 5.0
"""The longest wait for a request, s."""


def metrics_of(federation: LiveFederation) -> list[Metric]:
    """The metrics of a federation now."""
    attempts, retries, ended = counted(federation.recorder)
    active, records = held(executor.manager for executor in federation.executors)
    removed = sum(steps[Event.CLEAN_UP] for steps in federation.log.transitions)
    times = {name: np.frombuffer(column, np.int64) for name, column in federation.recorder.times.items()}
    done = times["completed"] != NEVER
    failure = np.frombuffer(federation.recorder.flags["failure"], np.int8)
    late = [row for row in federation.log.failures if failure[row] == TIMED_OUT and times["failed"][row] != NEVER]
    deadlines = np.array([federation.log.failures[row][2] for row in late], np.int64)
    return [
        _counter(families.STARTED, {"": attempts}),
        _counter(families.RETRIES, {"": retries}),
        _counter(families.ENDED, ended),
        _counter(families.RECORDS_TIMED_OUT, {"": federation.log.timed_out()}),
        _counter(families.CLEANED_UP, {"": removed}),
        _gauge(families.ACTIVE, sum(active.values())),
        _gauge(families.RECORDS, records),
        _gauge(families.RUNNING, federation.copies.running),
        _histogram(families.DURATION, (times["completed"] - times["requested"])[done] / 1e6),
        _histogram(families.LATENCY, (times["failed"][late] - deadlines) / 1e6),
    ]


def _counter(family: Family, values: dict[str, int]) -> Metric:
    labels = [family.label] if family.label else []
    metric = CounterMetricFamily(family.name, family.meaning, labels=labels)
    for label, value in values.items():
        metric.add_metric([label] if labels else [], value)
    return metric


def _gauge(family: Family, value: int) -> Metric:
    return GaugeMetricFamily(family.name, family.meaning, value=value)


def _histogram(family: Family, seconds: Floats) -> Metric:
    metric = HistogramMetricFamily(family.name, family.meaning, unit=family.unit)
    edges = (*family.buckets, float("inf"))
    counts = [(floatToGoString(edge), float(np.count_nonzero(seconds <= edge))) for edge in edges]
    metric.add_metric([], counts, float(seconds.sum()))
    return metric


class _Metrics:
    """A registry with the metrics of a federation."""

    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        """The metrics."""
        return self._metrics


def text(federation: LiveFederation) -> bytes:
    """The metrics in Prometheus' format."""
    found: bytes = exposition.generate_latest(_Metrics(metrics_of(federation)))
    return found


async def serve(federation: LiveFederation, port: int) -> asyncio.Server:
    """Serve the metrics on loopback; port 0 selects a free one.

    Raises
    ------
    EngineError : the port cannot be used.
    """

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ANSWER_S)
            method, path = _asked(request)
            if method == b"GET" and path == b"/metrics":
                writer.write(_response(b"200 OK", text(federation)))
            else:
                writer.write(_response(b"404 Not Found", b"the metrics are at /metrics\n"))
            await writer.drain()
        except (TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
            return
        finally:
            writer.close()

    try:
        return await asyncio.start_server(answer, LOOPBACK, port, limit=LONGEST_REQUEST)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise EngineError(
            f"the metrics cannot be served on port {port}: {reason}; give another --metrics-port, or 0 for a free one"
        ) from None


def _asked(request: bytes) -> tuple[bytes, bytes]:
    """The method and the path of a request; Prometheus may append parameters to the path."""
    method, _, rest = request.partition(b" ")
    target, _, _ = rest.partition(b" ")
    return method, target.partition(b"?")[0]


def _response(status: bytes, body: bytes) -> bytes:
    head = b"HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    return head % (status, exposition.CONTENT_TYPE_LATEST.encode(), len(body)) + body
