"""The meaning of each key of a scenario, for the JSON Schema (used by editors) and for docs/scenario.md.

Keys are dotted; the keys of a group are under `executors`. A test fails if a key has no meaning here.
"""

from typing import Final

from icnsim.protocol.profile import CHOICES, FIXES

_OF_A_DETECTOR: Final = {
    "kind": "poll: each tick scans the active records, as in the design; deadline: a timer for each record; wheel: a "
    "hashed timing wheel; adaptive: a timer for each record, set by smoothed times of answers (RFC 6298); chen: by "
    "the expected arrival plus a margin; phi-accrual: by the suspicion level of the accrual detector",
    "tick": "wheel: time between two ticks of the wheel; null: 1s",
    "margin": "adaptive: the number of mean deviations that is added to the smoothed time of an answer; null: 4",
    "alpha": "chen: the margin that is added to the expected arrival; null: 1s",
    "threshold": "phi-accrual: the suspicion level from which a peer is suspected; null: 8",
    "window": "adaptive: an observation has a weight of 1 / window; chen, phi-accrual: number of observations that "
    "are kept; null: 8 with adaptive, 1000 otherwise",
    "minimum": "adaptive: the shortest timeout; null: 1s",
    "min_std": "phi-accrual: the smallest standard deviation; null: 100ms",
    "pause": "phi-accrual: time that is added to the mean of the observations; null: 0s",
    "distribution": "phi-accrual: normal, as in Akka, or exponential, as in Cassandra; null: normal",
    "by": "adaptive, chen, phi-accrual, plug-ins: with target a detector learns from the answers of each target "
    "separately, with all from those of all targets together; null: target",
    "parameters": "the parameters of a detector of a plug-in; null: their defaults",
}
_FAULTS: Final = {
    "crash": {
        "kind": "the process ends: queued messages and running work are lost, and so is all state that is not durable",
        "restart_after": "time until the process restarts; null: never",
        "state": "durable: the checkpoint store survives the crash; volatile: it does not",
    },
    "pause": {"kind": "the process stalls: no work, no message and no tick is handled until it resumes"},
    "drain": {
        "kind": "the executor rejects Requests, starts no task, and moves its actors away at once; targets are chosen "
        "among the executors that are not drained"
    },
    "unresponsive": {"kind": "requests are not answered"},
    "slow": {"kind": "the process works more slowly", "factor": "its work takes this many times longer"},
    "partition": {
        "kind": "the links between executors are cut: from `from` to `to`, or between the executors that `executors` "
        "and `region` select and all others",
        "from": "a name or a pattern of executors, or a list of them; null: executors and region select",
        "to": "the other side, in the same form",
        "symmetric": "whether the opposite direction is cut as well",
        "messages": "drop: lost if the link is cut when they are sent or when they would arrive; hold: they arrive "
        "when the partition has ended, but not before they are due",
    },
    "heal": {"kind": "every partition ends"},
    "loss": {"kind": "messages are lost", "probability": "the probability that a message is lost"},
    "duplication": {"kind": "messages arrive twice", "probability": "the probability that a message arrives twice"},
    "reordering": {
        "kind": "messages are delayed, so that later ones may overtake them",
        "probability": "the probability that a message is delayed",
        "delay": "time that is added to a message's latency",
    },
    "clock_step": {"kind": "the clock is set", "by": "size of the step; a negative one sets the clock back"},
    "clock_drift": {
        "kind": "the clock runs at another rate, and so do the timers and loops that use it",
        "rate": "seconds of the clock per second of virtual time",
    },
    "corrupt_checkpoint": {
        "kind": "final checkpoints that the executor makes are damaged",
        "probability": "the probability that a final checkpoint is damaged",
        "how": "corrupt: the bytes are changed; empty: the checkpoint has no bytes",
    },
    "forge": {
        "kind": "executors answer Requests that were sent to others, with Accept",
        "probability": "the probability that an executor answers a Request to another executor",
    },
    "manager_error": {
        "kind": "ticks of the migration manager fail, both detection and cleanup: the error is logged, and the loop "
        "continues",
        "ticks": "number of ticks that fail at each executor, from `at` on",
    },
    "checker_error": {
        "kind": "ticks of the task checker fail: the error is logged, and the loop continues",
        "ticks": "number of ticks that fail at each executor, from `at` on",
    },
}
_OF_A_FAULT: Final = {
    "at": "time at which the fault begins",
    "every": "time from one occurrence to the next; null: it does not repeat",
    "times": "number of occurrences, the first one included; null: as many as begin before the end of the simulation",
}
_OF_SELECTED: Final = {
    "executors": "a name or a pattern of the affected executors, or a list of them; with region, only those in it",
    "region": "the affected executors are those in this region; null: region does not matter",
    "rolling": "time from one executor to the next: the fault affects one executor after another in the order of their "
    "names, for the same duration each; null: all at once",
}
_LASTING: Final = tuple(
    kind for kind in _FAULTS if kind not in ("crash", "heal", "clock_step", "manager_error", "checker_error")
)
_OF_MESSAGES: Final = ("loss", "duplication", "reordering")


def _of_faults() -> dict[str, str]:
    """Returns the keys of each kind of fault, including those that several kinds share."""
    meanings: dict[str, str] = {}
    for kind, own in _FAULTS.items():
        of_kind = {**_OF_A_FAULT, **own}
        if kind in _LASTING:
            of_kind["for"] = "duration; null: to the end"
        if kind != "heal":
            of_kind |= _OF_SELECTED
        if kind in _OF_MESSAGES:
            of_kind["messages"] = (
                "the kinds of message; also report (load reports), forward (forwarded messages of actors) and "
                "heartbeat; null: all"
            )
            if kind == "duplication":
                of_kind["messages"] += "; a heartbeat is never duplicated"
            of_kind["executors"] = "a name or a pattern of the senders, or a list of them; with region, those in it"
        meanings |= {f"faults.{kind}.{key}": meaning for key, meaning in of_kind.items()}
    return meanings


def _of_other_retries(key: str, meaning: str) -> dict[str, str]:
    """Returns the keys of a changed retry policy, each with the meaning of the same key of `retry`."""
    names = ("max_retries", "backoff", "on", "alternative_target_after")
    backoff = ("base", "factor", "max", "jitter")
    of = {f"{key}.{name}": f"retry.{name}, {meaning}" for name in names}
    return {key: f"retries, {meaning}", **of} | {
        f"{key}.backoff.{name}": f"retry.backoff.{name}, {meaning}" for name in backoff
    }


MEANINGS: Final = {
    "name": "name of the scenario and of the folder of its results: letters, digits, _ and -",
    "description": "free text",
    "seed": "seed of all random streams; the same scenario and seed give the same bytes",
    "duration": "migrations arrive in [0, duration); null: until workload.migrations have arrived",
    "warmup": "migrations that begin earlier are excluded from the statistics, and time averages start here; icnsim "
    "suggests a longer warm-up when a run needs one",
    "drain": "how long the simulation continues after the last arrival, so that records can end",
    "executors": "groups of identical executors",
    "executors.group": "name of the group; its executors are called <group>-<k>, k from 0",
    "executors.count": "number of executors",
    "executors.parameters": "the parameters of a behavior of a plug-in; null: their defaults",
    "executors.behavior": "how the executors answer Requests: unresponsive never, rejecting always with Reject; "
    "byzantine as responsive ones, but they lie to a quorum",
    "executors.lies": "how byzantine executors lie to a quorum: alone sends a wrong digest of its own; collude sends "
    "one wrong digest that all share; equivocate sends the right digest and then the wrong one; silent sends nothing",
    "executors.slowdown": "with behavior slow: stages and tasks take this many times longer",
    "executors.answer_probability": "the probability that a Request is answered",
    "executors.hosts_actors": "whether actors live here at the start; null: unless unresponsive",
    "executors.weight": "relative chance that the executor is chosen as a target; 0: it is never chosen",
    "executors.region": "a row of network.matrix; network.pairs refers to the same names",
    "executors.parts": "the parts that the supervisor gives to each executor. Without migration_manager, no Request is "
    "answered, nothing ticks and no actor leaves. Without checkpoint_store, every Request is refused, no actor leaves "
    "and none survives a crash. Without policy, every Request is accepted, and no actor is evaluated",
    "executors.heartbeats": "whether they send the heartbeats of manager.heartbeat; false for machines that are down "
    "from the start. An unresponsive executor sends them: its process runs and does not answer Requests",
    "executors.capacity": "the capacity that policies compare with",
    "executors.capacity.memory": "free memory; the target refuses if it has fewer whole MiB than the actor's state",
    "executors.capacity.queue": "number of queued tasks; the target refuses if it is more than 20. If the workload "
    "triggers both tasks and migrations, the tasks that wait at the executor are its queue",
    "executors.capacity.tasks": "number of submitted tasks that run at the same time; the others wait, ordered by "
    "priority and then by arrival",
    "executors.capacity.load": "share of the capacity that is in use, in addition to the load of its actors",
    "executors.capacity.wave": "a periodic load that is added: amplitude x (1 - cos(2π (t - phase) / period)) / 2",
    "executors.capacity.wave.amplitude": "the largest load that the wave adds",
    "executors.capacity.wave.period": "time from one minimum to the next",
    "executors.capacity.wave.phase": "time of a minimum, at which the wave adds 0",
    "actors": "the actors of the federation",
    "actors.count": "number of actors; each draws its home from the executors that host actors. The actors of "
    "submitted tasks are additional",
    "actors.mode": "ephemeral, or {stateful: …}, or {wasm_stateful: …}",
    "actors.mode.stateful": "a stateful actor, which makes checkpoints",
    "actors.mode.stateful.checkpoint_interval": "time between two checkpoints",
    "actors.mode.stateful.max_state_size": "if the state is larger, no checkpoint is made while the actor runs",
    "actors.mode.wasm_stateful": "a stateful actor in WASM linear memory",
    "actors.mode.wasm_stateful.checkpoint_interval": "time between two checkpoints",
    "actors.mode.wasm_stateful.max_state_size": "if the state is larger, no checkpoint is made while the actor runs",
    "actors.mode.wasm_stateful.checkpoints": "full: all pages; incremental: those written since the last one",
    "actors.mode.wasm_stateful.dirty_rate": "rate at which pages of 64 KiB are written for the first time since the "
    "last copy",
    "actors.mode.wasm_stateful.working_set": "the part of the memory that the actor writes; null: the whole memory",
    "actors.mode.wasm_stateful.migration": "stop-and-copy: all pages are copied while the actor is paused. pre-copy: "
    "pages are copied while it runs, and the pages written since then while it is paused. post-copy: one page is "
    "copied while it is paused, the others after it has resumed at the target",
    "actors.mode.wasm_stateful.stop_below": "pre-copy: the actor is paused when at most this many pages remain",
    "actors.mode.wasm_stateful.max_rounds": "pre-copy: the actor is paused after this many rounds at the latest",
    "actors.state_size": "size of an actor's state, which takes bandwidth",
    "actors.message_rate": "rate of messages to each actor; they are queued while it is paused",
    "actors.forward_patience": "how long an actor's new home waits for the messages that the old home forwards, before "
    "it continues without them; null: 60 s, or longer if an Ack and a forwarded message may take longer by latency, "
    "gossip and distance (quantile 0.999999)",
    "actors.blobs": "number of blobs that each actor uses; each blob is on an executor chosen uniformly",
    "actors.load": "share of an executor's capacity that an actor uses where it lives, or a task where it runs",
    "actors.fuel_rate": "fuel that an actor uses while it runs; with payment_rate, migrations have a cost in credits",
    "actors.payment_rate": "credits that an executor is paid per 1000 units of an actor's fuel; 0: none",
    "runtime": "the actor runtime of each executor",
    "runtime.queueing": "which messages are queued for an actor that does not run. always: all of them, until it runs "
    "again. paused: those that arrive before its final checkpoint is sent; later ones are refused until it runs again",
    "checkpoints": "the periodic checkpoints of running actors, and the store of all checkpoints",
    "checkpoints.store": "durable: the store survives a crash, like a disk; memory: it does not",
    "checkpoints.time": "fixed part of the time that a checkpoint takes",
    "checkpoints.bandwidth": "adds size / bandwidth to the time that a checkpoint takes",
    "checkpoints.flush": "delay from making a checkpoint to storing it, as in a store that flushes periodically",
    "checkpoints.pauses": "whether the actor is paused while a checkpoint is made",
    "checkpoints.store_bandwidth": "write bandwidth of an executor's store. Final checkpoints and those of tasks are "
    "written to it when they are made, and simultaneous writes share it equally; null: writes take no time",
    "network": "latency, loss and bandwidth of messages",
    "network.latency": "one-way latency",
    "network.matrix": "CSV file of round-trip times between regions, ms; half of one is added to the latency",
    "network.gossip": "messages that are gossiped",
    "network.gossip.delay": "delay that gossip adds to a message's latency",
    "network.gossip.messages": "the kinds of message that are gossiped",
    "network.bandwidth": "adds size / bandwidth to the latency of messages that carry state: request and complete",
    "network.sharing": "what the transfers of messages that carry state share, max-min fair: none shares nothing; "
    "executor shares the bandwidth of an executor in each direction; link shares that of an ordered pair of executors",
    "network.pairs": "settings for the links from one region to another; each item applies to that direction only",
    "network.pairs.from": "the sender's region",
    "network.pairs.to": "the receiver's region",
    "network.pairs.latency": "replaces network.latency",
    "network.pairs.loss": "replaces network.loss",
    "network.pairs.bandwidth": "replaces network.bandwidth; with sharing: executor, the limit of one transfer",
    "network.loss": "the probability that a message is lost",
    "network.duplication": "the probability that a message arrives twice",
    "stages": "the stages of a migration that take time",
    "stages.evaluation": "duration of the decision of the target's policy",
    "stages.checkpoint": "duration of making the final checkpoint at the source",
    "stages.restore": "duration of restoring the actor at the target",
    "manager": "the migration manager of each executor",
    "manager.enabled": "whether its background loop runs",
    "manager.check_interval": "time between two ticks",
    "manager.timeout": "a record that has been in a tracked state for longer fails. One timeout for all states, or one "
    "by state. A part by the size of the actor's state may be added, such as 10s + 2s/MiB; the sum is rounded up to "
    "whole ms",
    "manager.timeout.requesting": "timeout in the state requesting",
    "manager.timeout.checkpointing": "timeout in the state checkpointing",
    "manager.timeout.transferring": "timeout in the state transferring",
    "manager.timeout.restoring": "timeout in the state restoring",
    "manager.retention": "a record that has ended is removed by the first tick at least this long after its end",
    "manager.phase": "phase of the ticks: random is uniform in [0, interval) for each executor, aligned is 0",
    "manager.tracked_states": "the states that can time out; null: those of the profile (as-designed tracks only "
    "requesting, all others track all four)",
    "manager.detector": "how a manager detects that an answer is overdue",
    **{f"manager.detector.{key}": text for key, text in _OF_A_DETECTOR.items()},
    "manager.heartbeat": "heartbeats of every executor to every other one; chen and phi-accrual then learn from them "
    "and not from the answers to messages; null: none",
    "manager.heartbeat.every": "time between two heartbeats, by the clock of the executor that sends them",
    "manager.overrides": "settings for some actors; if several items match an actor, the last one applies",
    "manager.overrides.actors": "selects actors by name, actor-<k>, or by a pattern",
    "manager.overrides.min_state_size": "selects only actors with a state of at least this size; null: any size",
    "manager.overrides.timeout": "timeout of these actors, one for all tracked states or by state; null: the manager's",
    "manager.overrides.timeout.requesting": "timeout of these actors in the state requesting",
    "manager.overrides.timeout.checkpointing": "timeout of these actors in the state checkpointing",
    "manager.overrides.timeout.transferring": "timeout of these actors in the state transferring",
    "manager.overrides.timeout.restoring": "timeout of these actors in the state restoring",
    "manager.overrides.retention": "retention for these actors; null: the manager's",
    "manager.overrides.tracked_states": "tracked states for these actors; null: the manager's",
    "manager.overrides.detector": "detector for these actors; null: the manager's",
    **{f"manager.overrides.detector.{key}": f"as manager.detector.{key}" for key in _OF_A_DETECTOR},
    **_of_other_retries("manager.overrides.retry", "for these actors; null: the scenario's"),
    "manager.adjustments": "changes that the supervisor makes at run time, in the order of their times",
    "manager.adjustments.at": "time of the change",
    "manager.adjustments.check_interval": "check interval from then on; null: as before",
    "manager.adjustments.timeout": "timeout from then on, for all tracked states or by state; null: as before; the "
    "deadline of an existing record becomes the later of the time of the adjustment and its entry into the state + "
    "this timeout",
    "manager.adjustments.timeout.requesting": "timeout from then on in the state requesting",
    "manager.adjustments.timeout.checkpointing": "timeout from then on in the state checkpointing",
    "manager.adjustments.timeout.transferring": "timeout from then on in the state transferring",
    "manager.adjustments.timeout.restoring": "timeout from then on in the state restoring",
    "manager.adjustments.retention": "retention from then on; null: as before",
    "manager.adjustments.tracked_states": "tracked states from then on, for existing records too; null: as before",
    "manager.adjustments.detector": "detector from then on; null: as before",
    **{f"manager.adjustments.detector.{key}": f"as manager.detector.{key}" for key in _OF_A_DETECTOR},
    **_of_other_retries("manager.adjustments.retry", "of failures from then on; null: as before"),
    "manager.structure": "how a tick finds the records that are too old. scan looks at every active record. heap "
    "orders them by the time at which they become too old. wheel (Varghese and Lauck 1987) has a slot for each "
    "check_interval. The structure changes costs and nothing else",
    "manager.costs": "the cost model; it takes no virtual time",
    "manager.costs.tick": "cost of each tick",
    "manager.costs.detect": "cost of each active record that a tick scans; with a heap or a wheel, of each record that "
    "is too old",
    "manager.costs.cleanup": "cost of each record that a tick removes",
    "manager.costs.compare": "cost of a comparison in a heap; an insertion and the removal of the first entry take "
    "ceil(log2(n + 1)) comparisons each",
    "manager.costs.slot": "cost of each slot of a wheel that a tick visits",
    "manager.costs.link": "cost of each insertion into a wheel and of each deletion",
    "manager.costs.timer": "cost of setting a timer, of cancelling one and of firing one",
    "manager.costs.sample": "cost of each observation from which a detector learns",
    "manager.costs.heartbeat": "cost of sending a heartbeat and of receiving one",
    "manager.costs.record": "memory of a record",
    "tasks": "values for submitted tasks whose bodies do not give them",
    "tasks.run_time": "run time on an executor that is not slow, without checkpoints",
    "tasks.deadline": "deadline, counted from the submission; null: none",
    "tasks.growth": "how much the state of a stateful task grows while it runs; null: it does not grow",
    "tasks.window": "the event that opens the window in which a quorum's results count: the first result or, as in the "
    "code, the submission",
    "task_checker": "the loop that times out tasks after their deadline",
    "task_checker.enabled": "whether the loop runs",
    "task_checker.check_interval": "time between two ticks",
    "protocol": "the variant of the protocol that is simulated",
    "protocol.profile": "a bundle of switches. as-committed: the code; as-implemented: the code with hazards 23 and 24 "
    "repaired; as-designed: the design; hardened: the design with every fix",
    **{
        f"protocol.{fix.switch}": f"fix of hazard {fix.hazard}; without it {fix.without}; null: the profile's value"
        for fix in FIXES
    },
    **{
        f"protocol.{choice.switch}": f"{choice.on}; false: {choice.off}; null: the profile's value"
        for choice in CHOICES
    },
    "protocol.detection_gap": "time from the scan to the write, if detection is not atomic",
    "protocol.retransmit_after": "retransmission: a message that is not answered for this long is sent again",
    "protocol.message_lifetime": "message_expiry: a message older than this is ignored",
    "workload": "the migrations and tasks, and their times",
    "workload.trigger": "arrivals; {trace: {file: …}}, a CSV file with at_s and optionally actor and target; policy, "
    "where executors migrate actors as the policy decides until duration; {submissions: {file: …}}, where tasks are "
    "submitted and nothing migrates; or a list of submissions and one of the others, where the actors of tasks "
    "migrate, too",
    "workload.trigger.trace": "arrivals from a file",
    "workload.trigger.trace.file": "a CSV file in the scenario's folder",
    "workload.trigger.submissions": "submitted tasks from a file",
    "workload.trigger.submissions.file": "a JSON Lines file in the scenario's folder: one body of POST "
    "/v1/compute/submit per line, with its time at_s; see docs/tasks.md for the forms of a body",
    "workload.migrations": "maximum number of arrivals; null: arrivals end with duration",
    "workload.arrivals": "how migrations arrive",
    "workload.arrivals.process": "poisson, periodic (at 0, 1/rate, 2/rate …) or burst",
    "workload.arrivals.rate": "rate of poisson and periodic arrivals",
    "workload.arrivals.size": "migrations in each burst",
    "workload.arrivals.every": "time between two bursts",
    "workload.arrivals.profile": "factors of the rate by the time of a period; null: the rate is constant",
    "workload.arrivals.profile.file": "a CSV file in the scenario's folder with the columns at_s and factor: each "
    "factor holds from its time to the next row's",
    "workload.arrivals.profile.period": "time after which the profile repeats",
    "workload.target": "how the target of a migration or the executor of a task is chosen. uniform: by weight. trust: "
    "the executor that the source trusts most, by weight among equals. policy: the policy's best candidate",
    "policy": "decides when an actor leaves its executor, and its target",
    "policy.kind": "default uses loads, localities and trust; locality-first uses blobs",
    "policy.load_above": "own load above which a migration is triggered",
    "policy.locality_below": "locality of the actor below which a migration is triggered",
    "policy.candidate_load_below": "load below which an executor is a candidate",
    "policy.minimum_trust": "smallest trust in a candidate",
    "policy.minimum_score": "smallest score of the best candidate",
    "policy.locality_gain": "locality-first: smallest improvement of the locality",
    "policy.parameters": "the parameters of a policy of a plug-in; null: their defaults",
    "policy.evaluate_every": "trigger policy: time between two evaluations at an executor, each of which may migrate "
    "one actor",
    "policy.report_every": "time between two load reports of an executor; others use the newest one that has arrived",
    "policy.return_within": "a migration to the executor that the actor left within this time counts as a return",
    "retry": "retries after a failed attempt",
    "retry.max_retries": "maximum number of retries of a migration; without protocol.bounded_retries, any value except "
    "0 means no limit",
    "retry.backoff": "pause before a retry; without protocol.bounded_retries there is no pause",
    "retry.backoff.base": "pause before the first retry",
    "retry.backoff.factor": "factor from one pause to the next; has no effect with decorrelated jitter",
    "retry.backoff.max": "the longest pause",
    "retry.backoff.jitter": "random part of a pause p: none is no random part, full is uniform in [0, p], equal in "
    "[p/2, p], decorrelated in [base, 3 x the last pause]",
    "retry.on": "which failures are retried; a failure that is neither a time-out nor a Reject counts as a time-out",
    "retry.alternative_target_after": "after this many successive failures at one target, the next attempt asks a "
    "target that has not failed in the migration, or the one that failed longest ago",
    "trust": "each executor's opinion of the others",
    "trust.initial": "trust at the start: a number from 0 to 1, a distribution, cut at 0 and 1, or {file: …}",
    "trust.initial.file": "a CSV file in the scenario's folder with a row for each executor: executor, trust",
    "trust.on_timeout": "added to the trust in a target after a time-out",
    "trust.on_reject": "added to the trust in a target after a Reject",
    "trust.on_success": "added to the trust in a target after a success",
    "trust.minimum": "an executor with less trust is no candidate if the target is chosen by trust",
    "faults": "the faults and their times: a list of items, each of a kind or random; {random: …} alone is a list of "
    "one item",
    **_of_faults(),
    "faults.random": "faults at random times, independent for each executor and each kind",
    "faults.random.kinds": "the kinds of fault that occur; a partition separates the executor from all others",
    "faults.random.executors": "a name or a pattern of the affected executors, or a list of them",
    "faults.random.region": "only executors in this region; null: region does not matter",
    "faults.random.mtbf": "mean time from the end of a fault to the beginning of the next; exponential",
    "faults.random.mttr": "mean duration of a fault; exponential",
    "faults.random.state": "as for the kind crash",
    "faults.random.factor": "as for the kind slow",
    "faults.random.probability": "as for the kinds that have a probability",
    "faults.random.by": "as for the kind clock_step, the same step for each fault",
    "faults.random.how": "as for the kind corrupt_checkpoint",
    "faults.random.symmetric": "as for the kind partition",
    "faults.random.messages": "as for the kind partition",
    "faults.random.ticks": "as for the kinds manager_error and checker_error",
    "quorum": "several executors, drawn for each vote, decide whether a migration begins or its final checkpoint is "
    "sent",
    "quorum.enabled": "whether there are votes",
    "quorum.executors": "number of executors that are asked; by-credits: 1, 2, 3 or 5 by the estimated credits, but at "
    "most all executors",
    "quorum.credits": "estimated cost of an actor's run: below 100, 1000, 10000, or more; a submitted task has its own "
    "estimated_value",
    "quorum.threshold": "share of the executors asked that must agree; the number is rounded up, so 0.67 of three is "
    "three",
    "quorum.window": "time after the question in which results count",
    "quorum.grace": "results that are late by at most this time count, too",
    "quorum.on": "the subjects of votes: decision, before a migration begins; checkpoint, before the final checkpoint "
    "of each attempt is sent",
    "record": "the tables that are written",
    "record.messages": "messages.parquet, a row per message",
    "record.manager": "manager.parquet, a row per tick that did something",
    "record.timeline": "step of timeline.parquet; null: none",
    "record.metrics": "names of metrics of plug-ins; summary.json has their figures as metrics.<name>.<figure>",
    "plugins": "the version of each package whose plug-ins the scenario needs; a run adds the packages that it uses, "
    "and another installed version is an error",
    "expect": "bounds of figures of summary.json, as detection_latency.mean: {about: 15s, within: 1s}; also at_most, "
    "at_least, equals",
    "sweep": "the settings of `icnsim sweep`; its options have the same names",
    "sweep.vary": "dotted keys, each with a list of its values or a range LOW..HIGH such as 5s..120s",
    "sweep.design": "grid: all combinations; one-at-a-time: each key alone, the others as in the scenario; sobol and "
    "lhs: quasi-random and Latin hypercube samples of the ranges; saltelli: samples for Sobol' indices",
    "sweep.samples": "points that sobol and lhs take; values that grid and one-at-a-time take of each range; saltelli "
    "takes (keys + 2) times as many points",
    "sweep.replications": "runs of each point, with the same seeds at all points; with a precision, the minimum number",
    "sweep.precision": "replications are added until the 95 % interval's half-width is below this share of the mean",
    "sweep.metrics": "figures of summary.json that must reach the precision, and that the printed table shows",
    "sweep.max_replications": "with a precision, the maximum number of runs of a point",
}
"""The meaning of each key."""
