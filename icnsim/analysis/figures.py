"""The meaning of each figure of a summary, for docs/results.md. A test checks that no figure is missing."""

from typing import Final, Literal

from icnsim.recording.pluggedmetrics import PREFIX, declared

DISTRIBUTIONS: Final = {
    "detection_latency": "from a record's deadline to the tick that failed it, s; of attempts that timed out, in any "
    "tracked state; censored: the source still holds the record past its deadline",
    "detection_total": "from the entry into the state to the tick that failed it, s; censored: as in detection_latency",
    "qos.detection_time": "detection time T_D: from the sending of a request to a target that is not willing or not "
    "reachable to its suspicion, s; censored: the request still waits",
    "qos.mistake_duration": "mistake duration T_M: from the suspicion of a willing, reachable target to the arrival of "
    "its first answer, s; censored: no answer has arrived, as when a message was lost",
    "qos.mistake_recurrence": "mistake recurrence time T_MR: from a mistake to the next one of the whole federation, s",
    "migration_duration": "from the request of the attempt that completed to its completion at the source, s; "
    "censored: attempts that have not ended",
    "migration_total": "from the request of a migration's first attempt to its completion at the source, s; of "
    "completed migrations; censored: migrations that have not ended",
    "downtime": "time for which an actor ran nowhere, s; of attempts that paused it; censored: the actor still runs "
    "nowhere",
    "recoveries.time": "from the crash of an executor until an actor or a task ran there again, s; censored: it "
    "has not run again, or it ran at another executor first",
    "recoveries.work_lost": "at a crash, the run time of an actor or the work on a task since its newest checkpoint, "
    "or since its start if it has no checkpoint, s",
    "network.transfer": "duration of the transfer of a message's state, s; of transfers that began in the window, if "
    "they share bandwidth; censored: those that have not ended, or that a crash of the sender has ended",
    "drains.time": "from the beginning of an executor's drain until its last actor has left, s; censored: actors were "
    "left when the drain, or the simulation, ended",
    "checkpoint_writes.time": "duration of the write of a checkpoint into its executor's store, s; of writes that "
    "began in the window, if they share bandwidth; censored: those that have not ended, or that a crash has ended",
    "wasm.rounds": "rounds in which the memory was copied while its actor ran at the source; of attempts in the window",
    "wasm.final_pages": "pages that were copied while the actor was paused",
    "wasm.live_copy": "duration of these rounds, s",
    "wasm.total": "from Accept until the actor ran at the target with all of its pages, s; censored: attempts "
    "that have neither failed nor reached that point",
    "wasm.post_copy": "time for which pages were copied while the actor ran at the target, s",
    "policy.staleness": "mean age of the reports of all candidates at a decision, s; of decisions in the window",
    "policy.error": "the target's true load less its believed load; of decisions in the window",
    "policy.load": "an executor's own load at an evaluation; of evaluations in the window",
    "quorum.decision_time": "from the ballots to the decision, s; of migrations that began in the window; censored: "
    "votes without a decision",
    "checkpoint_quorum.decision_time": "from the ballots on a final checkpoint to the verdict, s, which lengthens the "
    "downtime; of migrations that began in the window; censored: votes without a verdict",
    "tasks.time": "from its submission to its completion, s; of completed tasks that were submitted in the window; "
    "censored: tasks that have not ended",
    "tasks.detection_latency": "from a task's deadline to the tick of its gateway's task checker that gave it up, s; "
    "censored: tasks that have not ended and are past their deadlines",
    "tasks.wait": "from the arrival of a task at an executor to the beginning of its run, s; of runs that began, of "
    "tasks that were submitted in the window",
    "record_life": "from a record's end to its removal, s; of removed records, of the whole simulation; censored: "
    "ended records that were replaced, forgotten or left",
    "manager.cycle": "cost of a tick, s; of all ticks of all managers",
}
"""The sections that describe a distribution. Each has the same figures."""

CENSORED: Final = {
    "<section>.censored": "durations that have not ended at the end of the simulation; they are in no other figure of "
    "the section",
    "<section>.restricted_mean.value": "area under the Kaplan-Meier curve of all durations up to the horizon, s; null "
    "if none is censored; see docs/statistics.md",
    "<section>.restricted_mean.horizon_s": "the longest duration, finished or censored, s",
}
"""The additional figures of the sections whose durations may not have ended."""

FIGURES: Final = {
    "simulated_s": "virtual time that was simulated, s",
    "events": "number of events in the model: arrivals, delivered messages, ends of stages, and ticks that failed or "
    "removed a record",
    "migrations.total": "migrations that began in the window [warmup, end of arrivals]",
    "migrations.skipped": "arrivals that found every actor migrating; they are not part of the total",
    "migrations.completed, .failed, .rejected, .timed_out, .unfinished": "migrations of the total, by their outcome",
    "migrations.retried": "migrations of the total with more than one attempt",
    "attempts.*": "the same figures for attempts",
    "success_rate": "completed / (completed + failed + rejected + timed_out)",
    "completed_share": "completed / total, of migrations; unfinished ones are part of the total",
    "success_by.5s, .10s, .30s, .60s, .90s, .120s, .300s": "share of the migrations that have completed within that "
    "time after their beginning, by Aalen and Johansen: failures compete, and unfinished ones are censored; null if "
    "the run observed no migration for that long and some have not ended",
    "false_positives.count": "attempts that timed out although their target would have accepted",
    "false_positives.willing": "attempts whose target would have accepted",
    "false_positives.rate": "count / willing",
    "qos.mistakes": "requests to willing, reachable targets that were suspected: their attempts timed out in the state "
    "requesting; the figures of qos are of the requests of the window",
    "qos.trusted": "requests to willing, reachable targets that were not suspected",
    "qos.mistake_rate_per_s": "mistakes per second of the window, 1/s; null if the window is empty",
    "qos.query_accuracy": "query accuracy probability P_A: trusted / (trusted + mistakes)",
    "records.mean, .mean_bytes": "records held by all managers, on both sides, as the time average over the window; "
    "their memory",
    "records.peak, .peak_bytes, .peak_one_executor": "largest number of records at any instant, its memory, and the "
    "largest number of one manager",
    "records.created, .removed, .replaced, .forgotten, .left": "records of the whole simulation: opened, removed by a "
    "tick, replaced by another record of their actor, lost in a crash, held at the end; every record is in exactly one "
    "of the last four",
    "records.unremoved": "the same as records.left",
    "warmup.proposed_s": "the warm-up that the scenario needs, by MSER-5 on the paths of the records held and of the "
    "active records, s; null if the window does not include the run's start; see docs/statistics.md",
    "warmup.duration_s": "duration of the arrivals after which a window remains after this warm-up, s; null if the "
    "arrivals last that long",
    "warmup.records_mean": "records held, as the time average over the window without this warm-up; null if nothing of "
    "the window remains",
    "detector.timers, .timers_peak": "stays of records in tracked states that a timer or a wheel watched; largest "
    "number of them at one instant; 0 if the manager's ticks find old records",
    "detector.samples, .heartbeats": "answers from which detectors have learned; heartbeats that were sent",
    "detector.cost_s": "cost of detection at all executors, by manager.costs: the manager's ticks without "
    "cleanup, timers, wheels, learning, and heartbeats",
    "detector.memory_bytes": "largest memory of detection, 8 bytes for each number: two numbers for each record that "
    "waits, one for each slot of a wheel, and the answers that detectors keep",
    "manager.ticks, .cost_s, .cpu_share": "ticks of all managers; their cost; its share of one core per executor, "
    "which tables show in µs of CPU time per second",
    "manager.upkeep_s": "the part of the cost between the ticks: insertions into a heap or a wheel, and deletions",
    "manager.errors": "ticks that failed with an error, which is logged; such a tick costs its scan",
    "task_checker.ticks, .errors": "ticks of all task checkers; ticks of these that failed with an error",
    "messages.sent, .delivered, .lost, .in_flight": "messages that were sent, handled by a process, lost, and in "
    "flight at the end: in transit, held by a partition, or waiting for a paused process; without heartbeats, which "
    "detector.heartbeats counts",
    "network.offered_load.link, .executor": "time that the busiest ordered pair of executors, or the busiest executor "
    "in one direction, needs at its full bandwidth for the state that the window's Requests and final checkpoints "
    "carry, as a multiple of the window and its longest single transfer; above 1, it cannot be transmitted in time; "
    "null without a bandwidth",
    "network.transfers_lost": "transfers that a crash of the sender has ended; null if transfers share nothing",
    "ignored": "events that did not fit the state of the record",
    "actors.nowhere, .in_doubt, .down": "actors that run nowhere at the end; actors of these whose hand-over waits for "
    "the decision of its target; actors of these whose executor is down or has lost its disk",
    "actors.nowhere_s, .twice_s": "time for which actors ran nowhere because of a migration or a crash; time for which "
    "a second copy ran; sums over all actors",
    "actor_messages.sent, .delivered, .lost, .waiting": "messages to actors; each sent message is in exactly one of "
    "the others. A message is lost if it was handled after the checkpoint from which the actor restarted, if a link or "
    "a process that is down lost it, if it was overtaken, or if no executor will handle it. A message waits at the end "
    "if it is in transit to a new home, or if it is where its actor runs or may run",
    "actor_messages.refused": "messages that an executor refused because their actor was migrating, see "
    "runtime.queueing; they are in none of the other counts except sent",
    "actor_messages.queued, .reordered": "messages that had to wait, and messages that were handled after a newer one",
    "recoveries.crashed, .restarted, .open": "actors and tasks whose executor crashed; those that ran there "
    "again; those that have run nowhere since then",
    "drains.count, .finished": "drains of executors, counted for each executor and each occurrence; drains of these "
    "whose last actor has left",
    "drains.actors": "actors that lived at an executor while it was drained, counted for each drain",
    "work.done_s, .lost_s": "run time that went into the actors' states, of all copies; the part of it that crashes "
    "lost; these figures are null if tasks are submitted",
    "work.checkpoint_s": "time for which actors stopped for their own checkpoints",
    "work.useful_share": "(done - lost) / (actors x simulated time)",
    "checkpoint_writes.lost": "writes that a crash of their executor has ended; null if writes share nothing",
    "wasm.copied, .pages_sent": "attempts of WASM actors in the window whose final checkpoint was made; the pages "
    "that they copied; these figures are null without WASM actors",
    "wasm.at_risk": "crashes of sources with pages that their actor, which ran at the target, still needed",
    "policy.evaluations, .decisions": "evaluations of policies; decisions to migrate an actor, including retries; in "
    "the window; these figures are null without a policy",
    "policy.returns, .return_rate": "migrations to an executor that the actor had left within "
    "policy.return_within; their share of those that completed",
    "policy.herd_peak": "largest number of decisions for one target within policy.report_every",
    "quorum.decisions": "migrations of the window that a quorum has decided on; these figures are null without a "
    "quorum; the figures of tasks contain the quorums on tasks",
    "quorum.consensus, .divergence, .insufficient": "decisions, by their outcome",
    "quorum.wrong, .wrong_rate": "a consensus on a wrong digest, which keeps its migration from beginning; its share "
    "of the decisions",
    "quorum.double_votes": "second results of an executor, until the decision, whether or not they counted",
    "quorum.unearned": "decisions by consensus that fewer executors support than must agree",
    "checkpoint_quorum.asked, .decisions": "final checkpoints on which a quorum voted, of migrations that began in "
    "the window; those of them with a verdict; these figures are null without quorum.on: [checkpoint]",
    "checkpoint_quorum.consensus, .divergence, .insufficient": "verdicts, by their outcome",
    "checkpoint_quorum.wrong, .wrong_rate": "a consensus on a wrong digest, which makes the attempt fail; its share "
    "of the verdicts",
    "checkpoint_quorum.double_votes, .unearned": "second results of an executor, until the verdict, whether or not "
    "they counted; verdicts by consensus that fewer executors support than must agree",
    "tasks.submitted": "tasks that were submitted in the window; these figures are null if no tasks are submitted",
    "tasks.completed, .divergence, .insufficient, .timed_out, .failed, .unfinished": "tasks, by their outcome",
    "tasks.late": "tasks that completed after their deadline, before a tick found it",
    "tasks.right, .success_rate": "tasks that completed with the right result; their share of those that ended",
    "tasks.wrong, .wrong_rate": "tasks that completed with a wrong result; their share of those that ended",
    "tasks.double_votes, .unearned, .late_results": "second results of an executor; completed tasks whose result fewer "
    "executors support than must agree; results that arrived after the decision",
    "tasks.executions, .stopped, .lost, .migrated": "runs of these tasks that executors began; runs that were stopped "
    "at the deadline; runs that a crash ended; runs that ended because the task's actor migrated, whose next executor "
    "has a run of its own",
    "tasks.waited": "runs that had to wait for a slot of their executor",
    "tasks.checkpoints, .refused_checkpoints": "checkpoints of these tasks that were stored; checkpoints that were "
    "refused because the state was above the task's maximum",
    "tasks.checkpoint_s": "time for which tasks stopped for checkpoints",
    "tasks.checkpoints_agreed, .checkpoints_divergent, .checkpoints_insufficient, .checkpoints_wrong": "checkpoints "
    "on whose hash a quorum agreed; could not agree; received too few results; agreed on a wrong hash",
    "tasks.crashes": "runs that crashes of executors interrupted",
    "credits.fuel_used": "fuel that all runs of the window's tasks have used, including work that was done twice; null "
    "without submissions",
    "credits.tasks, .tasks_mean": "payments for the completed runs of these tasks, in credits; the same per task",
    "credits.migrations, .migrations_mean": "payments that executors miss while actors run nowhere because of the "
    "window's migrations, in credits; the same per migration; null without actors.payment_rate",
    "unknown_fields": "number of submitted bodies with a field that icnsim does not read, by the name of the field",
    "requests.peak_per_second": "largest number of attempts for which one executor was asked within one second",
    "faults.<kind>": "number of times a fault of that kind took effect",
    "hazards.<number>": "number of times the start of the hazard happened, whether or not a fix prevented its effect",
    "invariants.consensus": "decisions of a quorum that too few executors support, in the whole simulation; null "
    "without a quorum",
    "invariants.I1 … I8": "violations, in the whole simulation",
    "predicted.<figure>.value": "the closed form of that figure; null if the scenario breaks its assumption",
    "predicted.<figure>.bounds": "[low, high] of that figure if it has no value; null if there is no bound",
}
"""The other figures."""

Direction = Literal["lower", "higher", "none"]

LOWER_SECTIONS: Final = (
    "detection_latency", "detection_total", "qos.detection_time", "qos.mistake_duration", "migration_duration",
    "migration_total", "downtime", "recoveries.time",
    "recoveries.work_lost", "network.transfer", "drains.time", "checkpoint_writes.time", "wasm.rounds",
    "wasm.final_pages", "wasm.live_copy", "wasm.total", "wasm.post_copy", "policy.staleness", "quorum.decision_time",
    "checkpoint_quorum.decision_time", "tasks.time", "tasks.detection_latency", "tasks.wait", "manager.cycle",
)  # fmt: skip
"""Sections of durations and costs: lower values are better."""
LOWER_STATISTICS: Final = ("mean", "min", "p50", "p95", "p99", "max", "censored", "restricted_mean.value")
"""The statistics of these sections that have a better direction. Standard deviations and counts do not."""
BETTER: Final[dict[Direction, tuple[str, ...]]] = {
    "higher": (
        "success_rate", "completed_share", "qos.query_accuracy", "qos.mistake_recurrence.mean", "migrations.completed",
        "attempts.completed", "drains.finished",
        "work.useful_share", "quorum.consensus", "checkpoint_quorum.consensus", "tasks.completed", "tasks.right",
        "tasks.success_rate", "tasks.checkpoints_agreed",
    ),
    "lower": (
        "detector.cost_s", "detector.timers_peak", "detector.memory_bytes",
        "migrations.failed", "migrations.rejected", "migrations.timed_out", "migrations.unfinished",
        "migrations.retried", "attempts.failed", "attempts.rejected", "attempts.timed_out", "attempts.unfinished",
        "false_positives.count", "false_positives.rate", "qos.mistakes", "qos.mistake_rate_per_s", "records.mean",
        "records.mean_bytes", "records.peak",
        "records.peak_bytes", "records.peak_one_executor", "records.left", "records.unremoved", "manager.cost_s",
        "manager.cpu_share", "manager.upkeep_s", "manager.errors", "task_checker.errors", "messages.lost",
        "network.offered_load.link", "network.offered_load.executor", "network.transfers_lost", "actors.nowhere",
        "actors.in_doubt", "actors.down", "actors.nowhere_s", "actors.twice_s", "actor_messages.lost",
        "actor_messages.refused", "actor_messages.queued", "actor_messages.reordered", "actor_messages.waiting",
        "recoveries.open", "work.lost_s", "work.checkpoint_s", "checkpoint_writes.lost", "wasm.at_risk",
        "policy.returns", "policy.return_rate", "policy.herd_peak", "quorum.divergence", "quorum.insufficient",
        "quorum.wrong", "quorum.wrong_rate", "quorum.unearned", "checkpoint_quorum.divergence",
        "checkpoint_quorum.insufficient", "checkpoint_quorum.wrong", "checkpoint_quorum.wrong_rate",
        "checkpoint_quorum.unearned", "tasks.divergence", "tasks.insufficient", "tasks.timed_out", "tasks.failed",
        "tasks.unfinished", "tasks.late", "tasks.wrong", "tasks.wrong_rate", "tasks.unearned", "tasks.lost",
        "tasks.waited", "tasks.checkpoint_s", "tasks.checkpoints_divergent", "tasks.checkpoints_insufficient",
        "tasks.checkpoints_wrong", "credits.migrations", "credits.migrations_mean", "requests.peak_per_second",
    ),
}  # fmt: skip
"""The other figures that have a better direction for the operator of a federation."""


def better(figure: str) -> Direction:
    """Returns the better direction of a figure for the operator of a federation."""
    if figure.startswith("invariants."):
        return "lower"
    if figure.startswith(PREFIX):
        plugged = declared().get(figure)
        return "none" if plugged is None else plugged.better
    for section in LOWER_SECTIONS:
        if figure.startswith(f"{section}.") and figure.removeprefix(f"{section}.") in LOWER_STATISTICS:
            return "lower"
    return next((direction for direction, figures in BETTER.items() if figure in figures), "none")
