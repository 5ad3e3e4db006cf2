"""The curves of all detectors in one chart: mistakes over the detection time."""

from icnsim.plots import qos
from icnsim.plots.chart import Chart
from icnsim.sweeps.detectors import tables
from icnsim.sweeps.detectors.measured import Results
from icnsim.sweeps.detectors.planning import REFERENCE
from icnsim.sweeps.detectors.settings import own_timeout_s


def chart(results: Results, condition: str) -> Chart:
    """The curve of each detector under a condition, and the point of the reference; see `icnsim.plots.qos.curves`.

    Raises
    ------
    ResultsError : no setting has a detection time and mistakes.
    """
    import pandas as pd

    found = tables.points(results)
    found = found[found["condition"] == condition]
    scenario = results.prepared.scenario
    own = own_timeout_s(scenario)
    table = pd.DataFrame(
        {
            "detector": found["kind"],
            "parameter": found["parameter"],
            "value": [f"{value:g} {unit}".rstrip() for value, unit in zip(found["value"], found["unit"], strict=True)],
            **{f"detection_time{end}": found[f"detection_time_s{end}"] for end in ("", "_low", "_high")},
            "mistakes": 1 - found["query_accuracy"],
            "mistakes_low": 1 - found["query_accuracy_high"],
            "mistakes_high": 1 - found["query_accuracy_low"],
        }
    )
    design = table[(found["kind"] == REFERENCE) & (found["value"] == own)]
    named = f"the design: poll, {scenario.manager.check_interval / 1e6:g} s / {own:g} s"
    return qos.curves(pd.concat([table, design.assign(detector=named)]), f"{scenario.name}, {condition}")
