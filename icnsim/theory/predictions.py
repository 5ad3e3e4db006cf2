"""The closed forms of a scenario: for each figure of its summary, the value that is expected.

A prediction without a value names the assumption that the scenario breaks, and has bounds if some still hold.
The functions that are used here, and their sources, are in `design` and in the modules of each subject.
"""

from icnsim.scenario import Scenario
from icnsim.theory import (
    checkpoint_votes,
    checkpoints,
    migration_figures,
    policies,
    quorum,
    record_figures,
    stores,
    tasks,
    transfers,
    wasm,
)
from icnsim.theory.drawn import drawn_mean
from icnsim.theory.model import Model
from icnsim.theory.prediction import Prediction, given

UNHAPPY = "the closed forms are those of the design without faults, trust, votes and settings that change"

UNMOVED = "tasks are submitted, and nothing migrates"


TICKS = ("manager.ticks", "task_checker.ticks")
"""The figures that do not depend on the links."""


def predict(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms for a scenario, by the dotted names of its summary's figures."""
    found, reason = _with_equal_links(scenario), transfers.withheld(scenario)
    found |= {name: given(*figure) for name, figure in stores.predicted(scenario).items()}
    if reason is None:
        return found
    known = {
        name: prediction if name in TICKS else Prediction(None, prediction.formula, reason)
        for name, prediction in found.items()
    }
    return known | {name: given(*figure) for name, figure in transfers.predicted(scenario).items()}


def _with_equal_links(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms if all links are alike and no transfer slows another one down."""
    if scenario.tasks_migrate:
        return _side_by_side(scenario)
    model = _Figures(scenario)
    ticks = migration_figures.ticks(model)
    found = {
        **migration_figures.detection(model),
        **migration_figures.quality(model),
        **ticks,
        **migration_figures.durations(model),
        **migration_figures.outcomes(model),
        **record_figures.records(model),
    }
    if scenario.plain or scenario.only_retries:
        return found
    reason = UNHAPPY if scenario.submissions is None else UNMOVED
    if scenario.undisturbed and scenario.checkpoints.store_bandwidth is not None:
        reason = stores.SHARED
    if scenario.submissions is None or scenario.faults:
        ticks = {}
    found = {name: Prediction(None, prediction.formula, reason) for name, prediction in found.items()} | ticks
    if scenario.quorum.decides and scenario.submissions is None:
        found |= model.votes()
    if scenario.quorum.confirms and scenario.submissions is None:
        found |= {name: given(*figure) for name, figure in checkpoint_votes.predicted(model).items()}
    if scenario.uses_policy:
        found |= model.policy()
    if scenario.wasm is not None:
        found |= model.memories()
    if scenario.submissions is not None:
        found = {name: given(*figure) for name, figure in tasks.predicted(scenario).items()} | found
    return found | model.crashes() if scenario.faults else found


def _side_by_side(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms of migrations and of tasks in one run: those of each alone, if they do not affect each other."""
    alone, of_tasks = predict(scenario.without_tasks()), tasks.predicted(scenario)
    found = alone | {name: given(*figure) for name, figure in of_tasks.items()}
    reason = tasks.interaction(scenario)
    if reason is None:
        return found
    return {
        name: form if name in TICKS or form.value is None else Prediction(None, form.formula, reason)
        for name, form in found.items()
    }


class _Figures(Model):
    """The figures that are predicted, by the sections of the summary."""

    def memories(self) -> dict[str, Prediction]:
        """The times for which the memory of a WASM actor is copied, and for which the actor is paused."""
        formulas = {
            "downtime.mean": "checkpoint + latency + pages left x page time + restore",
            "wasm.rounds.mean": "until few enough pages are left: about ln(stop_below / V) / ln λ",
            "wasm.final_pages.mean": "about V λ^n",
            "wasm.live_copy.mean": "about V p (1 - λ^n) / (1 - λ)",
            "wasm.post_copy.mean": "V p, but for the first page",
            "wasm.total.mean": "live copy + downtime + post copy",
        }
        reason = wasm.broken(self.scenario)
        found = dict.fromkeys(formulas, 0.0) if reason else wasm.times(self.scenario)
        return {name: given(found[name], formula, reason) for name, formula in formulas.items()}

    def policy(self) -> dict[str, Prediction]:
        """The age of reports, and the load that policies see."""
        scenario = self.scenario
        age = policies.staleness_mean(scenario.policy.report_every, drawn_mean(scenario.network.gossip.delay)) / 1e6
        return {
            "policy.staleness.mean": given(
                age, "report_every / 2 + mean gossip delay, at a random instant", policies.ages_broken(scenario)
            ),
            "policy.load.mean": given(
                policies.load_mean(scenario), "own + amplitude / 2 + the actors'", policies.load_broken(scenario)
            ),
        }

    def crashes(self) -> dict[str, Prediction]:
        """The work that crashes lose and checkpoints save, if executors crash and restart at random."""
        reason = checkpoints.broken(self.scenario, self.arrivals, self.longest_usual(), self.horizon)
        lost, useful, formula = (0.0, 0.0, "") if reason else checkpoints.of_scenario(self.scenario)
        about = "I/2 - C²/2I + F (1 - C/I)" if self.scenario.checkpoints.pauses else "I/2 + C + F"
        return {
            "recoveries.work_lost.mean": given(lost, f"about {about}", reason),
            "work.useful_share": given(useful, f"what is saved / (M + D){formula}", reason),
        }

    def votes(self) -> dict[str, Prediction]:
        """The decisions of a quorum. The counts need arrivals that are not skipped, and votes that end."""
        scenario = self.scenario
        reason, skipped = quorum.broken(scenario), self.unvoted(1)
        shares = quorum.Shares() if reason else quorum.of_scenario(scenario)
        if skipped is None and scenario.checkpoints.store_bandwidth is not None:
            skipped = stores.SHARED
        counts = {
            "consensus": shares.right + shares.wrong,
            "divergence": shares.divergence,
            "insufficient": shares.insufficient,
            "wrong": shares.wrong,
        }
        voters = "voters drawn without replacement: hypergeometric"
        return {
            "quorum.wrong_rate": given(shares.wrong, f"P(a wrong digest wins); {voters}", reason),
            **{
                f"quorum.{name}": given(self.arrivals_in_window() * share, f"arrivals x P({name}); {voters}",
                                         reason or skipped)
                for name, share in counts.items()
            },
        }  # fmt: skip
