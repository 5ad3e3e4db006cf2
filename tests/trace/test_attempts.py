"""A sequence diagram from the rows of a table agrees with the diagram from the recording."""

import math

import icnsim
from icnsim.trace.attempts import TIMES, Row, of_rows
from icnsim.trace.diagram import Arrow, Note, of_migration, words

S = 1_000_000
NAMES = ("a-0", "a-1", "a-2")


def row(**known: object) -> Row:
    return {
        "attempt": 1,
        "source": 0,
        "target": 1,
        "outcome": "unfinished",
        "reason": "",
        **dict.fromkeys(TIMES),
        **known,
    }


def test_the_states_and_messages_of_a_completed_migration_are_those_of_the_recording() -> None:
    run = icnsim.run("scenarios/week4.yaml", {"workload.migrations": 5, "record.messages": True, "expect": {}})
    recording, table = run.replayed(), run.attempts
    number = int(table[table["outcome"] == "completed"].index[0])
    index = {name: place for place, name in enumerate(run.scenario.executor_names)}
    found = table.loc[number]
    times = {name: found[f"{name}_s" if name == "deadline" else f"{name}_at_s"] for name in TIMES}
    made = of_rows(
        [row(source=index[found["source"]], target=index[found["target"]], outcome="completed",
             **{name: None if math.isnan(at) else round(at * 1e6) for name, at in times.items()})],
        "m", run.scenario.executor_names,
    )  # fmt: skip
    drawn = of_migration(recording, run.scenario, int(found["migration_id"]))
    assert made.executors == drawn.executors and made.names == drawn.names
    assert [s for s in made.steps if isinstance(s, Note)] == [s for s in drawn.steps if isinstance(s, Note)]
    ends = [(s.at, s.sender, s.receiver) for s in drawn.steps if isinstance(s, Arrow)]
    # The first arrow of the table includes the evaluation, so it ends later than the Request arrives.
    assert [(s.at, s.sender, s.receiver) for s in made.steps if isinstance(s, Arrow)][1:] == ends[1:]


def test_an_attempt_without_an_answer_has_its_deadline_and_its_detection() -> None:
    late = row(requested=S, deadline=61 * S, failed=70 * S, outcome="timed_out", reason="Migration timed out")
    assert [words(step) for step in of_rows([late], "m", NAMES).steps] == [
        "1 s requesting", "never sends Accept", "61 s deadline", "70 s failed: Migration timed out",
    ]  # fmt: skip


def test_a_rejection_is_a_message_and_attempts_are_numbered_if_there_are_several() -> None:
    refused = row(requested=S, failed=2 * S, outcome="rejected", reason="full")
    again = row(attempt=2, target=2, requested=3 * S, admitted=4 * S)
    diagram = of_rows([refused, again], "m", NAMES)
    assert diagram.names == NAMES
    assert [words(step) for step in diagram.steps] == [
        "1 s requesting, attempt 1", "2 s reject, attempt 1", "2 s failed: full, attempt 1",
        "3 s requesting, attempt 2", "4 s request, evaluation, attempt 2, sent 3 s", "4 s restoring, attempt 2",
    ]  # fmt: skip
