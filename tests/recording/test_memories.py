"""The pages and times of WASM actors' memories, computed by hand from a few attempts."""

from typing import Any

import numpy as np

from icnsim.recording.columns import Recording
from icnsim.recording.memories import figures as figures_of
from icnsim.recording.memories import pages_sent, total
from icnsim.recording.offered import offered
from icnsim.recording.uncertainty import Samplings
from icnsim.scenario import loads
from tests.recording.builder import S, recording, scenario

PAGE = 65_536
COLUMNS = ("attempt", "rounds", "live_pages", "live", "final_pages", "post_pages", "post", "lost")


def made(attempts: list[dict[str, int]], *rows: tuple[int, ...], **more: Any) -> Recording:
    """A recording with these rows of `COLUMNS`; the times of the attempts are in s."""
    table = np.array(rows, dtype=np.int64).reshape(-1, len(COLUMNS)).T
    times = ("requested", "accepted", "checkpointed", "restored", "completed", "failed")
    scaled = [{name: value * S if name in times else value for name, value in each.items()} for each in attempts]
    memories = dict(zip(COLUMNS, table, strict=True))
    return recording(scaled, memories=memories, at_risk=5, horizon=100 * S, window_end=50 * S, **more)


def found(run: Recording) -> dict[str, Any]:
    return figures_of(run, Samplings(scenario(), run.window_start, run.window_end))


def test_without_wasm_actors_every_figure_is_empty() -> None:
    empty = found(recording())
    assert (empty["copied"], empty["pages_sent"], empty["at_risk"]) == (None, None, None)
    assert [empty[name]["count"] for name in ("rounds", "final_pages", "live_copy", "total", "post_copy")] == [0] * 5
    assert empty["total"]["censored"] == 0


def test_the_total_is_from_the_accept_until_the_last_page_has_arrived() -> None:
    attempts = [{"requested": 0, "accepted": 1, "restored": 4}, {"requested": 0, "accepted": 2}] * 2
    run = made(attempts, (0, 1, 10, S, 2, 3, 5 * S, 0), (1, 1, 0, 0, 2, 0, 0, 0), (2, 1, 0, 0, 2, 4, S, 1))
    assert run.memories is not None
    assert total(run, run.memories).tolist() == [8 * S, -1, -1]  # the second was not restored, the third lost pages
    assert pages_sent(run.memories).tolist() == [15, 2, 6]


def test_the_figures_are_those_of_attempts_that_began_in_the_window() -> None:
    done = {"accepted": 10, "restored": 14, "completed": 15}
    attempts = [{"requested": 0, **done}, {"requested": 50, **done}, {"requested": 51, **done}]
    rows = [(0, 2, 10, 3 * S, 1, 0, 0, 0), (1, 4, 20, 5 * S, 3, 6, 2 * S, 0), (2, 9, 1000, S, 9, 9, S, 0)]
    run = made(attempts, *rows)
    figures = found(run)
    assert (figures["copied"], figures["pages_sent"], figures["at_risk"]) == (2, 11 + 29, 5)
    means = {name: figures[name]["mean"] for name in ("rounds", "final_pages", "live_copy", "post_copy", "total")}
    assert means == {"rounds": 3, "final_pages": 2, "live_copy": 4, "post_copy": 1, "total": 5}
    for keys, units in (
        ("faults: [{random: {kinds: [pause]}}]\n", "time batches"),
        ("checkpoints: {store_bandwidth: 1MiB/s}\n", "sources"),
        ("actors: {count: 3, state_size: {distribution: uniform, low: 1MiB, high: 9MiB}}\n", "actors"),
    ):
        small = "name: small\nduration: 100s\nexecutors: [{group: a, count: 2}]\n"
        given = loads(small + (keys if "actors" in keys else f"actors: {{count: 3}}\n{keys}"))
        others = figures_of(run, Samplings(given, run.window_start, run.window_end))
        assert {name: others[name]["mean"] for name in means} == means
        assert all(units in others[name]["ci95_why"] for name in means)


def test_a_total_is_censored_if_pages_were_missing_at_the_end_but_not_if_the_attempt_failed() -> None:
    """The horizon is 100 s. Pages that would arrive after it, lost pages and a paused actor are waited for."""
    arrives = {"requested": 1, "accepted": 90, "restored": 95, "completed": 96}
    attempts = [
        arrives,  # its last page arrives at 100 s
        arrives,  # its last page would arrive 1 µs later
        {**arrives, "accepted": 80},  # lost pages
        {"requested": 1, "accepted": 70},  # under way
        {"requested": 1, "accepted": 70, "failed": 75},
        {"requested": 51, "accepted": 70},  # after the window
        {"requested": 1, "accepted": 60, "failed": 75},
    ]
    posts, lost = (5 * S, 5 * S + 1, 0, 0, 0, 0, 0), (0, 0, 1, 0, 0, 0, 0)
    rows = [(number, 1, 0, 0, 1, 0, posts[number], lost[number]) for number in range(7)]
    figures = found(made(attempts, *rows))["total"]
    assert (figures["count"], figures["mean"], figures["censored"]) == (1, 10, 3)
    assert figures["restricted_mean"]["horizon_s"] == 30  # the actor that was accepted at 70 s


def test_all_pages_of_a_memory_are_offered_to_the_network() -> None:
    """A Request of 1 MB, then 100 + 20 + 30 pages instead of 1 MB; the plain actor's checkpoint has 1 MB."""
    plain = {"requested": 0, "checkpointed": 10, "source": 0, "target": 1, "state_bytes": 10**6}
    run = made([plain, {**plain, "source": 1, "target": 0}], (1, 1, 100, 0, 20, 30, 0, 0))
    load = offered(run, scenario("network: {bandwidth: 1MB/s}\n"))["link"]
    longest = 150 * PAGE / 10**6
    assert load == (1 + longest) / (50 + longest)
    assert run.attempts["state_bytes"].tolist() == [10**6, 10**6]


def test_a_run_without_a_part_has_none_of_its_counts() -> None:
    run = recording()
    assert (run.at_risk, run.standing, run.idle, run.heartbeats) == (0, 0, 0, 0)
    assert dict(run.errors) == {"manager": 0, "task_checker": 0}
