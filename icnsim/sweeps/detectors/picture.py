"""The curves of all detectors in one chart: mistakes over the detection time."""

from collections.abc import Mapping
from typing import Any

from icnsim.numbers import as_given
from icnsim.plots import qos
from icnsim.plots.chart import Chart
from icnsim.sweeps.detectors import tables


def chart(document: Mapping[str, Any], condition: str) -> Chart:
    """The curve of each detector under a condition, and the point of the reference; see `icnsim.plots.qos.curves`.

    Parameters
    ----------
    document : see `icnsim.sweeps.detectors.tables.document`.

    Raises
    ------
    ResultsError : no setting has a detection time and mistakes.
    """
    import pandas as pd

    found = tables.frame_of(document["points"])
    found = found[found["condition"] == condition]
    own = document["design"]["timeout_s"]
    table = pd.DataFrame(
        {
            "detector": found["kind"],
            "parameter": found["parameter"],
            "value": [as_given(value, unit) for value, unit in zip(found["value"], found["unit"], strict=True)],
            **{f"detection_time{end}": found[f"detection_time_s{end}"] for end in ("", "_low", "_high")},
            "mistakes": 1 - found["query_accuracy"],
            "mistakes_low": 1 - found["query_accuracy_high"],
            "mistakes_high": 1 - found["query_accuracy_low"],
        }
    )
    design = table[(found["kind"] == document["design"]["detector"]) & (found["value"] == own)]
    named = f"the design: poll, {as_given(document['design']['check_interval_s'], 's')} / {as_given(own, 's')}"
    return qos.curves(pd.concat([table, design.assign(detector=named)]), f"{document['scenario']}, {condition}")
