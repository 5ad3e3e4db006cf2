"""The result tables of a recording as Arrow tables, each in pieces."""

from collections.abc import Callable, Iterator

import pyarrow as pa

from icnsim.recording import credits
from icnsim.recording.arrays import Texts
from icnsim.recording.bulk import Bulk
from icnsim.recording.columns import Recording
from icnsim.recording.small import Small
from icnsim.scenario import Scenario


def tables(recording: Recording, scenario: Scenario) -> dict[str, Callable[[], Iterator[pa.Table]]]:
    """For each table of this run, a function that returns an iterator over its pieces."""
    executors, actors = Texts(scenario.executor_names), Texts.numbered(scenario.numbered_actors)
    bulk, small = Bulk(recording, executors, actors), Small(recording, scenario, executors, actors)
    made: dict[str, Callable[[], Iterator[pa.Table]]] = {
        "attempts": bulk.attempts,
        "migrations": bulk.migrations,
        "violations": small.violations,
        "recoveries": small.recoveries,
    }
    if scenario.record.manager:
        made["manager"] = small.manager
    if scenario.record.timeline is not None:
        made["timeline"] = small.timeline
    if recording.message_log is not None:
        made["messages"] = small.messages
    if recording.actors is not None:
        made["actors"] = small.actors
    if recording.decisions is not None:
        made["decisions"] = small.decisions
    if recording.checkpoint_votes is not None:
        made["checkpoint_votes"] = small.checkpoint_votes
    if recording.memories is not None:
        made["wasm"] = small.wasm
    if recording.placements is not None:
        made["policy"] = small.policy
    if recording.tasks is not None:
        made["tasks"], made["executions"] = small.tasks, small.executions
    if credits.price(scenario):
        made["credits"] = small.credits
    return made


def table(name: str, recording: Recording, scenario: Scenario) -> pa.Table | None:
    """A whole table; None if this run does not have it."""
    made = tables(recording, scenario).get(name)
    return None if made is None else pa.concat_tables(made())
