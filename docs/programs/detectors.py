"""Writes docs/detectors.md and its figure: `python -m docs.programs.detectors [--quick]`.

The page compares every failure detector on `scenarios/detectors.yaml`. Every figure and every conclusion is
computed from the runs. First each detector runs with several values of its own parameter. Then each detector runs under
every condition with its fastest measured setting with an accuracy of at least 99.9 %. This represents a
detector that was tuned before the conditions changed. `--quick` runs a small part and prints the page without writing
it.
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from docs.programs.detectors_page import HEARTBEATS, Study, page
from icnsim.plots.drawing import file_of
from icnsim.scenario.detector import HEEDING
from icnsim.sweeps import engines
from icnsim.sweeps.detectors import curves
from icnsim.sweeps.detectors.comparison import carry_out
from icnsim.sweeps.detectors.conditions import AS_IT_IS, CONDITIONS
from icnsim.sweeps.detectors.measured import Measured
from icnsim.sweeps.detectors.picture import chart
from icnsim.sweeps.detectors.planning import POINTS, prepare, prepare_settings
from icnsim.sweeps.detectors.settings import Curve
from icnsim.sweeps.detectors.tables import CHOSEN
from icnsim.sweeps.engines import Engine
from icnsim.sweeps.kept import KeptOpen

SCENARIO: Final = Path("scenarios/detectors.yaml")
PAGE: Final = Path("docs/detectors.md")
PICTURE: Final = Path("docs/detectors.svg")
CRASHES: Final = {
    "faults": [
        {"kind": "crash", "executors": "*", "at": "1min", "restart_after": "90s", "every": "12min", "rolling": "1min"}
    ]
}
"""Overrides that replace executors that do not answer by executors that are down at the same times, which send no
heartbeats."""
CRASHED: Final = (4, 2)
"""Points and replications of the runs with crashes, which take several times as long."""
QUICK: Final = {"duration": "150s", "warmup": "30s", "workload.arrivals.rate": "1/s", "actors.count": 500}
"""Settings of a small run."""


def study(scenario: Path, out: Path, engine: Engine, *, quick: bool = False) -> Study:
    """Run everything that the page needs; what is stored in `out` is not run again."""
    own: dict[str, object] = dict(QUICK) if quick else {}
    points, replications = (2, 1) if quick else (POINTS, None)
    kept = KeptOpen(engine)
    try:
        tuned = carry_out(prepare(scenario, (), [AS_IT_IS], own, points, replications), out, kept)
        mute = carry_out(prepare(scenario, HEEDING, [HEARTBEATS], own, points, replications), out, kept)
        few = (points, replications) if quick else CRASHED
        crashed = prepare(scenario, HEEDING, [AS_IT_IS, HEARTBEATS], {**own, **CRASHES}, *few)
        beating = carry_out(crashed, out, kept)
        names = ["as-it-is", "slow"] if quick else [name for name in CONDITIONS if name != HEARTBEATS]
        chosen = [each for each in map(_setting, tuned.results.compared(AS_IT_IS)) if each is not None]
        under = carry_out(prepare_settings(scenario, chosen, names, own, replications), out, kept)
    finally:
        kept.end()
    return Study(tuned, beating, mute, under)


def _setting(measured: Measured) -> Curve | None:
    """The curve of one detector with the setting alone that has the accuracy `CHOSEN`."""
    place = curves.best_point(measured.counts, 1 - CHOSEN)
    return None if place is None else measured.planned.curve.only(place)


def main(arguments: Sequence[str]) -> None:
    """Write the page and its figure; with ``--quick`` print a small one."""
    quick = "--quick" in arguments
    with tempfile.TemporaryDirectory(prefix="icnsim-") as out:
        found = study(SCENARIO, Path(out), engines.engine(None, None), quick=quick)
        if quick:
            print(page(found, PICTURE.name))
            return
        PICTURE.write_bytes(file_of(chart(found.tuned.document, AS_IT_IS), "svg"))
        PAGE.write_text(page(found, PICTURE.name), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
