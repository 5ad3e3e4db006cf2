"""Builds the content of rare.json: the probability, its interval, the cost, and notes for the reader."""

import math
from collections.abc import Iterator
from typing import Any

from icnsim.rare_events import closed_form, estimate
from icnsim.rare_events.methods import AGREES, Found, Orders
from icnsim.rare_events.scores import EVENTS
from icnsim.scenario import Scenario


def document_of(scenario: Scenario, orders: Orders, found: Found) -> dict[str, Any]:
    """Returns the content of rare.json except its identification. docs/rare.md defines the fields."""
    reached = any(found.values)
    independent = found.independent + orders.population * len(found.split)
    result = estimate.estimated(found.values) if reached else estimate.bounded(found.split, independent, found.hits)
    plain, runs = estimate.plain_runs(result), sum(found.runs.values())
    return {
        "event": orders.event,
        "meaning": EVENTS[orders.event].meaning,
        "method": found.method,
        "probability": result.probability,
        "ci95": [result.low, result.high],
        "relative_error": result.relative_error,
        "reached": reached,
        "impossible": None,
        "notes": list(_notes(found, result)),
        "population": orders.population,
        "repetitions": orders.repetitions,
        "estimates": list(found.values),
        "pilot_probability": found.pilot_probability,
        "levels": [None if score == math.inf else score for score in found.levels],
        "runs": {**found.runs, "total": runs},
        "plain_runs": plain,
        "gain": None if plain is None else plain / runs,
        "closed_form": closed_form.of_run(scenario, orders.event),
    }


def of_impossible(scenario: Scenario, orders: Orders, reason: str) -> dict[str, Any]:
    """Returns the content of rare.json for an event that cannot happen. It has no runs."""
    nothing = dict.fromkeys(("method", "pilot_probability", "plain_runs", "gain", "relative_error"))
    return {
        "event": orders.event,
        "meaning": EVENTS[orders.event].meaning,
        "probability": 0.0,
        "ci95": [0.0, 0.0],
        "reached": False,
        "impossible": reason,
        "notes": [],
        "population": orders.population,
        "repetitions": orders.repetitions,
        "estimates": [],
        "levels": [],
        "runs": {"pilot": 0, "trial": 0, "repetitions": 0, "total": 0},
        **nothing,
        "closed_form": closed_form.of_run(scenario, orders.event),
    }


def _notes(found: Found, result: estimate.Estimate) -> Iterator[str]:
    """Yields notes about the reliability of the estimate."""
    if not any(found.values):
        if found.levels:
            yield "no run showed the event: it is impossible, rarer than the bound, or the score does not lead to it"
        else:
            yield "no run had a wait that leads to the event: check that the manager tracks its state"
        return
    if estimate.dominated(found.values):
        yield "one repetition makes up most of the estimate: take a larger --population"
    pilot = found.pilot_probability
    if found.method == "tilting" and pilot is not None and pilot > result.high * AGREES:
        yield "the pilot found a larger probability: compare --method splitting"
