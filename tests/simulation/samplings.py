"""The samplings of a run for tests that do not look at intervals."""

from icnsim.recording.columns import Recording
from icnsim.recording.uncertainty import Samplings
from icnsim.scenario import loads


def samplings(run: Recording) -> Samplings:
    """Samplings by the rules of a plain scenario."""
    return Samplings(loads("name: plain\nworkload: {migrations: 1}\n"), run.window_start, run.window_end)
