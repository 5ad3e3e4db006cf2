"""What each key of a scenario means: for editors, by the JSON Schema, and for docs/scenario.md.

Dotted keys; the keys of a group stand under `executors`. A test holds that there is none without.
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
    "by": "adaptive, chen, phi-accrual, plug-ins: target learns the answers of each target apart, all those of all "
    "targets together; null: target",
    "parameters": "the parameters of a detector of a plug-in; null: their defaults",
}
_FAULTS: Final = {
    "crash": {
        "kind": "the process ends: what waits there is lost, and what is not durable is forgotten",
        "restart_after": "time until the process restarts; null: never",
        "state": "durable: its store of checkpoints survives; volatile: it does not",
    },
    "pause": {"kind": "the process stands still: no work, no message and no tick until it resumes"},
    "drain": {
        "kind": "the executor rejects Requests, starts no task, and moves its actors away at once; targets are chosen "
        "among the executors that are not drained"
    },
    "unresponsive": {"kind": "requests are not answered"},
    "slow": {"kind": "the process works more slowly", "factor": "its work takes this many times longer"},
    "partition": {
        "kind": "the links between executors are cut: from `from` to `to`, or between those that executors and region "
        "select and all others",
        "from": "a name or a pattern of executors, or a list of them; null: executors and region select",
        "to": "the other side, likewise",
        "symmetric": "whether the opposite direction is cut as well",
        "messages": "drop: lost if the link is cut when they are sent or when they would arrive; hold: they arrive "
        "when the partition has ended, but not before they are due",
    },
    "heal": {"kind": "every partition ends"},
    "loss": {"kind": "messages are lost", "probability": "of each of the messages"},
    "duplication": {"kind": "messages arrive twice", "probability": "of each of the messages"},
    "reordering": {
        "kind": "messages are late, and others overtake them",
        "probability": "of each of the messages",
        "delay": "time that is added to a message's latency",
    },
    "clock_step": {"kind": "the clock is set", "by": "forward, or back with a minus"},
    "clock_drift": {
        "kind": "the clock runs at another rate, and its timers and loops with it",
        "rate": "seconds of the clock per second",
    },
    "corrupt_checkpoint": {
        "kind": "final checkpoints that are made there are damaged",
        "probability": "of each of them",
        "how": "corrupt: other bytes; empty: none",
    },
    "forge": {
        "kind": "executors answer Requests that were sent to others, with Accept",
        "probability": "of each of the Requests",
    },
    "manager_error": {
        "kind": "ticks of the migration manager fail, both detection and cleanup: the error is logged, and the loop "
        "continues",
        "ticks": "number of ticks that fail, of each executor, from `at` on",
    },
    "checker_error": {
        "kind": "ticks of the task checker fail: the error is logged, and the loop continues",
        "ticks": "number of ticks that fail, of each executor, from `at` on",
    },
}
_OF_A_FAULT: Final = {
    "at": "time of the beginning",
    "every": "time from one occurrence to the next; null: it does not repeat",
    "times": "number of occurrences, the first one included; null: as many as begin before the end of the simulation",
}
_OF_SELECTED: Final = {
    "executors": "a name or a pattern of the affected executors, or a list of them; with region, only those in it",
    "region": "the affected executors are those in this region; null: region does not matter",
    "rolling": "time from one executor to the next: the fault hits one after another in the order of their names, and "
    "lasts as long at each of them; null: all at once",
}
_LASTING: Final = tuple(
    kind for kind in _FAULTS if kind not in ("crash", "heal", "clock_step", "manager_error", "checker_error")
)
_OF_MESSAGES: Final = ("loss", "duplication", "reordering")


def _of_faults() -> dict[str, str]:
    """The keys of each kind of fault, with those that several kinds have."""
    meanings: dict[str, str] = {}
    for kind, own in _FAULTS.items():
        of_kind = {**_OF_A_FAULT, **own}
        if kind in _LASTING:
            of_kind["for"] = "duration; null: to the end"
        if kind != "heal":
            of_kind |= _OF_SELECTED
        if kind in _OF_MESSAGES:
            of_kind["messages"] = (
                "which kinds; also report (load reports), forward (actors' messages that are forwarded) and heartbeat; "
                "null: all"
            )
            if kind == "duplication":
                of_kind["messages"] += "; a heartbeat is never duplicated"
            of_kind["executors"] = "a name or a pattern of the senders, or a list of them; with region, those in it"
        meanings |= {f"faults.{kind}.{key}": meaning for key, meaning in of_kind.items()}
    return meanings


def _of_other_retries(key: str, meaning: str) -> dict[str, str]:
    """The keys of a changed retry policy, each with the same meaning as that of `retry`."""
    names = ("max_retries", "backoff", "on", "alternative_target_after")
    backoff = ("base", "factor", "max", "jitter")
    of = {f"{key}.{name}": f"retry.{name}, {meaning}" for name in names}
    return {key: f"retries, {meaning}", **of} | {
        f"{key}.backoff.{name}": f"retry.backoff.{name}, {meaning}" for name in backoff
    }


MEANINGS: Final = {
    "name": "name of the scenario and of the folder of its results: letters, digits, _ and -",
    "description": "free text",
    "seed": "of all random streams; the same scenario and seed give the same bytes",
    "duration": "migrations arrive in [0, duration); null: until workload.migrations have arrived",
    "warmup": "migrations that begin before are left out of the statistics, and averages over time begin then; a run "
    "that needs a longer one proposes it",
    "drain": "how long the simulation goes on after the last arrival, so that records reach their end",
    "executors": "groups of executors that are alike",
    "executors.group": "name of the group; its executors are called <group>-<k>, k from 0",
    "executors.count": "how many",
    "executors.behavior": "how they answer requests: unresponsive never, rejecting always with Reject; byzantine: as "
    "responsive ones, but it lies to a quorum",
    "executors.lies": "of byzantine, to a quorum: alone with a wrong digest of its own, collude with one that all "
    "share, equivocate with the right one and then that, two results, silent with none",
    "executors.slowdown": "with behavior slow: stages and tasks take this many times longer",
    "executors.answer_probability": "the probability that a request is answered at all",
    "executors.hosts_actors": "whether actors live here at the start; null: unless unresponsive",
    "executors.weight": "chance of being picked as a target, relative to the others; 0 is never",
    "executors.region": "a row of network.matrix, and what network.pairs selects by",
    "executors.parts": "what the supervisor has given them: without migration_manager no request is answered, nothing "
    "ticks and no actor leaves; without checkpoint_store every request is refused, no actor leaves and none survives "
    "a crash; without policy every request is accepted, and none is evaluated",
    "executors.heartbeats": "whether they send the heartbeats of manager.heartbeat; false for machines that are down "
    "from the start. An unresponsive executor sends them: its process runs and does not answer Requests",
    "executors.capacity": "what policies look at",
    "executors.capacity.memory": "free memory; whole MB below the whole MiB of a state and the target refuses",
    "executors.capacity.queue": "tasks that queue; more than 20 and the target refuses; if the workload triggers tasks "
    "and migrations, the tasks that wait at the executor are its queue",
    "executors.capacity.tasks": "submitted tasks that run at once; the others wait by their priority, first come first "
    "served within one priority",
    "executors.capacity.load": "share of its capacity that is used, beside what its actors use",
    "executors.capacity.wave": "is added to that: amplitude x (1 - cos(2π (t - phase) / period)) / 2",
    "executors.capacity.wave.amplitude": "the most that it adds",
    "executors.capacity.wave.period": "from one time without it to the next",
    "executors.capacity.wave.phase": "when it is 0",
    "actors": "the actors of the federation",
    "actors.count": "how many; each draws its home among the executors that host actors; the actors of submitted tasks "
    "come in addition",
    "actors.mode": "ephemeral, or {stateful: …}, or {wasm_stateful: …}",
    "actors.mode.stateful": "a stateful actor, which makes checkpoints",
    "actors.mode.stateful.checkpoint_interval": "time between two checkpoints",
    "actors.mode.stateful.max_state_size": "of a larger state no checkpoint is made while the actor runs",
    "actors.mode.wasm_stateful": "a stateful actor in WASM linear memory",
    "actors.mode.wasm_stateful.checkpoint_interval": "time between two checkpoints",
    "actors.mode.wasm_stateful.max_state_size": "of a larger state no checkpoint is made while the actor runs",
    "actors.mode.wasm_stateful.checkpoints": "full: of all pages; incremental: of those written since the last one",
    "actors.mode.wasm_stateful.dirty_rate": "pages of 64 KiB that are written for the first time since the last copy",
    "actors.mode.wasm_stateful.working_set": "the part of its memory that it writes at all; null: all",
    "actors.mode.wasm_stateful.migration": "stop-and-copy: while it is paused; pre-copy: while it runs, and what it "
    "has written since while it is paused; post-copy: a page while it is paused, the others once it runs at the target",
    "actors.mode.wasm_stateful.stop_below": "of pre-copy: it is paused once no more pages are left",
    "actors.mode.wasm_stateful.max_rounds": "of pre-copy: or after so many rounds",
    "actors.state_size": "size of an actor's state, which takes bandwidth",
    "actors.message_rate": "messages to each actor, which wait where it is paused",
    "actors.forward_patience": "how long an actor's new home waits for the messages that the old home forwards, before "
    "it goes on without them; null: 60 s, or longer if an Ack and a forwarded message may take longer by latency, "
    "gossip and distance (quantile 0.999999)",
    "actors.blobs": "blobs that each actor uses, each held by an executor, uniformly",
    "actors.load": "share of an executor's capacity that an actor uses where it lives, or a task where it runs",
    "actors.fuel_rate": "fuel that an actor uses while it runs; with payment_rate, migrations have a cost in credits",
    "actors.payment_rate": "credits that an executor is paid per 1000 units of an actor's fuel; 0: none",
    "runtime": "the actor runtime of each executor",
    "runtime.queueing": "which messages to an actor wait that does not run: always: all of them, until it runs again; "
    "paused: those that arrive before its final checkpoint is sent; later ones are refused until it runs again",
    "checkpoints": "the checkpoints that actors make of themselves while they run, and the store of all checkpoints",
    "checkpoints.store": "durable: they survive a crash, as on a disk; memory: they do not",
    "checkpoints.time": "that one takes, beside what its size takes",
    "checkpoints.bandwidth": "adds size / bandwidth to that time",
    "checkpoints.flush": "how long one that is made waits until it is stored, as in a store that flushes now and then",
    "checkpoints.pauses": "whether the actor stands still while one is made",
    "checkpoints.store_bandwidth": "of an executor's store, into which final checkpoints and those of tasks are "
    "written once they are made; the writes at one executor share it equally; null: writes take no time",
    "network": "what messages meet on their way",
    "network.latency": "one way",
    "network.matrix": "CSV file of round-trip milliseconds by region, half of which is added to the latency",
    "network.gossip": "messages that are gossiped",
    "network.gossip.delay": "what gossip adds to their latency",
    "network.gossip.messages": "which kinds",
    "network.bandwidth": "adds size / bandwidth to messages that carry state: request and complete",
    "network.sharing": "what the transfers of messages that carry state share, max-min fair: nothing, the bandwidth of "
    "an executor in each direction, or that of an ordered pair of executors",
    "network.pairs": "links from one region to another that differ; each item applies to that direction only",
    "network.pairs.from": "the sender's region",
    "network.pairs.to": "the receiver's region",
    "network.pairs.latency": "in place of network.latency",
    "network.pairs.loss": "in place of network.loss",
    "network.pairs.bandwidth": "in place of network.bandwidth; with sharing: executor, the most that one transfer gets",
    "network.loss": "the probability that a message is lost",
    "network.duplication": "the probability that a message arrives twice",
    "stages": "the stages of a migration that take time",
    "stages.evaluation": "the target's policy decides",
    "stages.checkpoint": "the source makes the final checkpoint",
    "stages.restore": "the target restores the actor",
    "manager": "the migration manager of each executor",
    "manager.enabled": "whether its background loop runs",
    "manager.check_interval": "time between two ticks",
    "manager.timeout": "a record that has been in a tracked state for longer fails; one for all, or by state; a part "
    "by the size of the actor's state may be added, such as 10s + 2s/MiB, and the sum is rounded up to whole ms",
    "manager.timeout.requesting": "of the state requesting",
    "manager.timeout.checkpointing": "of the state checkpointing",
    "manager.timeout.transferring": "of the state transferring",
    "manager.timeout.restoring": "of the state restoring",
    "manager.retention": "a record that ended is removed by the first tick as long after its end, or longer",
    "manager.phase": "of the ticks: random is uniform in [0, interval) for each executor, aligned is 0",
    "manager.tracked_states": "the states that can time out; null: the profile's, which are requesting as "
    "designed and all four otherwise",
    "manager.detector": "how a manager detects that an answer is overdue",
    **{f"manager.detector.{key}": text for key, text in _OF_A_DETECTOR.items()},
    "manager.heartbeat": "heartbeats of every executor to every other one, if chen or phi-accrual is to learn from "
    "them and not from the answers to messages; null: none",
    "manager.heartbeat.every": "time between two heartbeats, by the clock of the executor that sends them",
    "manager.overrides": "settings for some actors; if several items match an actor, the last one applies",
    "manager.overrides.actors": "selects actors by name, actor-<k>, or by a pattern",
    "manager.overrides.min_state_size": "selects only those with a state of at least this size; null: of any size",
    "manager.overrides.timeout": "theirs, one for every tracked state or by state; null: the manager's",
    "manager.overrides.timeout.requesting": "theirs in the state requesting",
    "manager.overrides.timeout.checkpointing": "theirs in the state checkpointing",
    "manager.overrides.timeout.transferring": "theirs in the state transferring",
    "manager.overrides.timeout.restoring": "theirs in the state restoring",
    "manager.overrides.retention": "theirs; null: the manager's",
    "manager.overrides.tracked_states": "theirs; null: the manager's",
    "manager.overrides.detector": "theirs; null: the manager's",
    **{f"manager.overrides.detector.{key}": f"as manager.detector.{key}" for key in _OF_A_DETECTOR},
    **_of_other_retries("manager.overrides.retry", "theirs; null: the scenario's"),
    "manager.adjustments": "what the supervisor changes at run time, in the order of their times",
    "manager.adjustments.at": "when",
    "manager.adjustments.check_interval": "from then on; null: as before",
    "manager.adjustments.timeout": "from then on, one for every tracked state or by state; null: as before; the "
    "deadline of an existing record becomes the later of the time of the adjustment and its entry into the state + "
    "this timeout",
    "manager.adjustments.timeout.requesting": "from then on in the state requesting",
    "manager.adjustments.timeout.checkpointing": "from then on in the state checkpointing",
    "manager.adjustments.timeout.transferring": "from then on in the state transferring",
    "manager.adjustments.timeout.restoring": "from then on in the state restoring",
    "manager.adjustments.retention": "from then on; null: as before",
    "manager.adjustments.tracked_states": "from then on, for existing records too; null: as before",
    "manager.adjustments.detector": "from then on; null: as before",
    **{f"manager.adjustments.detector.{key}": f"as manager.detector.{key}" for key in _OF_A_DETECTOR},
    **_of_other_retries("manager.adjustments.retry", "of failures from then on; null: as before"),
    "manager.structure": "how a tick finds the records that are too old: scan looks at every active record; heap "
    "orders them by the time from which they are too old; wheel (Varghese and Lauck 1987) has a slot for each "
    "check_interval; it changes costs and nothing else",
    "manager.costs": "the cost model; it takes no virtual time",
    "manager.costs.tick": "of each tick",
    "manager.costs.detect": "of each active record that a tick scans; with a heap or a wheel, of each record that is "
    "too old",
    "manager.costs.cleanup": "of each record that a tick removes",
    "manager.costs.compare": "of a comparison in a heap; an insertion and the removal of the first entry take "
    "ceil(log2(n + 1)) of them",
    "manager.costs.slot": "of a slot of a wheel that a tick visits",
    "manager.costs.link": "of an insertion into a wheel, and of a deletion",
    "manager.costs.timer": "of a timer that is set, and of one that is cancelled or fires",
    "manager.costs.sample": "of an observation from which a detector learns",
    "manager.costs.heartbeat": "of a heartbeat that is sent, and of one that is received",
    "manager.costs.record": "memory of a record",
    "tasks": "submitted tasks, where their bodies do not tell",
    "tasks.run_time": "how long one runs on an executor that is not slow, without its checkpoints",
    "tasks.deadline": "from its submission on; null: none",
    "tasks.growth": "by how much the state of a stateful task grows while it runs; null: not at all",
    "tasks.window": "what opens the window in which a quorum's results count: the first result, or, as in the "
    "code, the submission",
    "task_checker": "the loop that looks for tasks past their deadline",
    "task_checker.enabled": "whether it runs",
    "task_checker.check_interval": "time between two ticks",
    "protocol": "which protocol is simulated",
    "protocol.profile": "a bundle of switches: the code, the code with hazards 23 and 24 repaired, the design, or the "
    "design with every fix",
    **{
        f"protocol.{fix.switch}": f"fix of hazard {fix.hazard}; without it {fix.without}; null: as the profile has it"
        for fix in FIXES
    },
    **{
        f"protocol.{choice.switch}": f"{choice.on}; false: {choice.off}; null: as the profile has it"
        for choice in CHOICES
    },
    "protocol.detection_gap": "from reading to writing, where detection is not atomic",
    "protocol.retransmit_after": "of retransmission: what is not answered is sent again after so long",
    "protocol.message_lifetime": "of message_expiry: an older message is ignored",
    "workload": "the migrations and the tasks, and when they come",
    "workload.trigger": "arrivals; or {trace: {file: …}}, a CSV with at_s and perhaps actor and target; or policy: "
    "executors let actors go as the policy decides, until duration; or {submissions: {file: …}}: tasks are submitted, "
    "and nothing migrates; or a list of submissions and one of the others, in which case the actors of tasks migrate, "
    "too",
    "workload.trigger.trace": "arrivals from a file",
    "workload.trigger.trace.file": "a CSV file beside the scenario",
    "workload.trigger.submissions": "submitted tasks from a file",
    "workload.trigger.submissions.file": "a JSON Lines file beside the scenario: one body of POST /v1/compute/submit "
    "per line, with its time at_s; see docs/tasks.md for the forms of a body",
    "workload.migrations": "stop after that many arrivals; null: at the end of duration",
    "workload.arrivals": "how migrations arrive",
    "workload.arrivals.process": "poisson, periodic (at 0, 1/rate, 2/rate …) or burst",
    "workload.arrivals.rate": "of poisson and periodic",
    "workload.arrivals.size": "migrations in each burst",
    "workload.arrivals.every": "time between two bursts",
    "workload.arrivals.profile": "factors of the rate by the time of a period; null: the rate is constant",
    "workload.arrivals.profile.file": "a CSV file beside the scenario with the columns at_s and factor: each factor "
    "holds from its time to the next row's",
    "workload.arrivals.profile.period": "after which the profile begins again",
    "workload.target": "how the target is chosen, or whom a task is given to: uniform is by weight; trust: the "
    "executor that the source trusts most, by weight among equals; policy: the policy's best candidate",
    "policy": "when an executor lets an actor go, and to whom",
    "policy.kind": "default looks at loads, localities and trust; locality-first at blobs",
    "policy.load_above": "of its own, to trigger",
    "policy.locality_below": "of the actor, to trigger",
    "policy.candidate_load_below": "of a candidate",
    "policy.minimum_trust": "in a candidate",
    "policy.minimum_score": "of the best candidate",
    "policy.locality_gain": "of locality-first: by so much the locality must be better",
    "policy.parameters": "the parameters of a policy of a plug-in; null: their defaults",
    "policy.evaluate_every": "of trigger policy: each executor looks at its actors so often, and lets one of them go",
    "policy.report_every": "each executor's load is gossiped so often; others see the newest that has reached them",
    "policy.return_within": "a migration back to where the actor left from within so long counts as a return",
    "retry": "what follows a failed attempt",
    "retry.max_retries": "at most so many for a migration; without protocol.bounded_retries all but 0 is no limit",
    "retry.backoff": "how long to wait; without protocol.bounded_retries not at all",
    "retry.backoff.base": "before the first retry",
    "retry.backoff.factor": "by which each wait is longer than the last; has no effect with decorrelated jitter",
    "retry.backoff.max": "no wait is longer",
    "retry.backoff.jitter": "what is random about a wait w: full is uniform in [0, w], equal in [w/2, w], "
    "decorrelated in [base, 3 x the last wait]",
    "retry.on": "which failures are retried; one that is neither counts as timed out",
    "retry.alternative_target_after": "after so many successive failures at one target, the next attempt asks a target "
    "that has not failed in the migration, or the one that failed longest ago",
    "trust": "each executor's opinion of the others",
    "trust.initial": "at the start: a number from 0 to 1, a distribution, cut at 0 and 1, or {file: …}",
    "trust.initial.file": "a CSV file beside the scenario with a row for each executor: executor, trust",
    "trust.on_timeout": "added after a time-out",
    "trust.on_reject": "added after a Reject",
    "trust.on_success": "added after a success",
    "trust.minimum": "below it an executor is no candidate, where the target is chosen by trust",
    "faults": "what goes wrong, and when: a list of items, each of a kind or random; {random: …} alone is a list of it",
    **_of_faults(),
    "faults.random": "faults that come and go at random, at each executor and of each kind apart",
    "faults.random.kinds": "which; a partition is between the executor and all others",
    "faults.random.executors": "a name or a pattern of the affected executors, or a list of them",
    "faults.random.region": "only executors in this region; null: region does not matter",
    "faults.random.mtbf": "mean time from the end of one to the beginning of the next; exponential",
    "faults.random.mttr": "mean time that one lasts; exponential",
    "faults.random.state": "of crash, as there",
    "faults.random.factor": "of slow, as there",
    "faults.random.probability": "of those kinds that have one, as there",
    "faults.random.by": "of clock_step, as there, at each of them",
    "faults.random.how": "of corrupt_checkpoint, as there",
    "faults.random.symmetric": "of partition, as there",
    "faults.random.messages": "of partition, as there",
    "faults.random.ticks": "of manager_error and checker_error, as there",
    "quorum": "several executors, drawn for each vote, decide whether a migration begins or its final checkpoint is "
    "sent",
    "quorum.enabled": "whether they vote",
    "quorum.executors": "how many are asked; by-credits: 1, 2, 3 or 5 by the estimated credits, or all that there are",
    "quorum.credits": "estimated cost of an actor's run: below 100, 1000, 10000, or more; a submitted task has its own "
    "estimated_value",
    "quorum.threshold": "share of those asked that must agree; rounded up, three with 0.67 are three",
    "quorum.window": "from asking; results within it count",
    "quorum.grace": "results that are late by at most this time count, too",
    "quorum.on": "what is put to the vote: the decision before a migration begins, and the final checkpoint of each "
    "attempt before it is sent",
    "record": "what is recorded",
    "record.messages": "messages.parquet, a row per message",
    "record.manager": "manager.parquet, a row per tick that did something",
    "record.timeline": "step of timeline.parquet; null: none",
    "record.metrics": "names of metrics of plug-ins; summary.json has their figures as metrics.<name>.<figure>",
    "plugins": "the version of each package whose plug-ins the scenario needs; a run adds the packages that it uses, "
    "and another installed version is an error",
    "expect": "bounds of figures of summary.json, as detection_latency.mean: {about: 15s, within: 1s}; also at_most, "
    "at_least, equals",
    "sweep": "what `icnsim sweep` does; its flags are the same keys",
    "sweep.vary": "dotted keys, each with a list of its values or a range LOW..HIGH such as 5s..120s",
    "sweep.design": "grid: all combinations; one-at-a-time: each key alone, the others as in the scenario; sobol and "
    "lhs: quasi-random and Latin hypercube samples of the ranges; saltelli: samples for Sobol' indices",
    "sweep.samples": "points that sobol and lhs take; values that grid and one-at-a-time take of each range; saltelli "
    "takes (keys + 2) times as many points",
    "sweep.replications": "runs of each point, with the same seeds at all points; with a precision the least number",
    "sweep.precision": "replications are added until the 95 % interval's half-width is below this share of the mean",
    "sweep.metrics": "figures of summary.json whose precision is wanted, and which the printed table shows",
    "sweep.max_replications": "with a precision, the most runs of a point",
}
"""The meaning of each key."""
