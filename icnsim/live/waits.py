"""The times for which the supervisor waits, in seconds of real time."""

from typing import Final

SETTING_UP_S: Final = 60.0
"""The longest wait for the workers at the start."""
HEAD_START_S: Final = 0.25
"""The time between the command to start and the epoch."""
LAG_S: Final = 0.01
"""The delay of reports: longer than a report usually takes from a worker to the supervisor."""
LOOK_S: Final = 0.25
"""The time between two checks for failures during the run."""
LAST_REPORTS_S: Final = 20.0
"""The longest wait for the last reports after the end of the run."""
