"""A naive simulator of the protocol as designed: slow, short and simple.

Written from PROTOCOL.md alone: one SimPy process per side of a migration, one per executor's
loop, which really ticks every interval and really scans all of its records. The detector `wheel` has a
second such loop, and `deadline` has one process for each record that waits. It uses plain dicts. It
gets the same draws, homes and stable choices as the real simulator; nothing else is shared.
"""

import simpy

from icnsim.draws.lottery import Lottery
from icnsim.draws.stable import rest_of, stable_index

LAST = 5  # priority: ticks come after everything else at an instant
LOOK = 4  # timers and ticks of a wheel come just before them
ARRIVAL = 2
TIMES = (
    "requested", "accepted", "checkpointed", "transferred", "restored", "completed", "failed", "removed", "replaced",
    "admitted", "target_failed", "target_removed", "target_replaced",
)  # fmt: skip


class Reference:
    def __init__(self, scenario, draws, homes, phases, sizes):
        self.s, self.draws, self.phases, self.sizes = scenario, draws, phases, sizes
        self.env = simpy.Environment()
        self.groups = [g for g in scenario.executors for _ in range(g.count)]
        self.records = [{} for _ in self.groups]
        self.newest = [{} for _ in self.groups]  # newest checkpoint's sequence by actor
        self.lottery = Lottery(scenario.executors, [g.weight for g in scenario.executors])
        self.runs = {a: [home] for a, home in enumerate(homes)}  # the newest copy last
        self.paused = {}  # for each executor and actor the attempt for which the copy there is paused
        self.busy = set()
        self.rows = {}
        self.skipped = []
        self.detector = scenario.manager.detector
        self.firings = {}  # by time and executor: active records and records held before it, and failed ones

    def timeouts(self, record):
        """The tracked states, each with its timeout, ms."""
        return {state.name: ms for state, ms in self.s.manager.limits.at(self.sizes[record["actor"]]).items()}

    # time

    def ms(self):
        return self.env.now // 1000

    def wait(self, delay, priority=1):
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        self.env.schedule(event, priority, delay)
        return event

    def slow(self, executor, duration):
        group = self.groups[executor]
        return round(duration * group.slowdown) if group.behavior == "slow" else duration

    # the loop

    def manager(self, executor):
        yield self.wait(self.phases[executor], LAST)
        held = self.records[executor]
        while True:
            if self.detector.kind == "poll":
                self.scan(executor)
            for actor, record in list(held.items()):
                age = max(0, self.ms() - record["since"])
                if record["state"] in ("COMPLETE", "FAILED") and age >= self.s.manager.retention // 1000:
                    record["row"]["removed" if record["side"] == "source" else "target_removed"] = self.env.now
                    del held[actor]
            yield self.wait(self.s.manager.check_interval, LAST)

    def wheel(self, executor):
        yield self.wait(self.phases[executor] % self.detector.tick, LOOK)
        while True:
            self.scan(executor)
            yield self.wait(self.detector.tick, LOOK)

    def timer(self, executor, record, state, since):
        yield self.wait((since + self.timeouts(record)[state] + 1) * 1000 - self.env.now, LOOK)
        if record["state"] == state and record["since"] == since:
            self.fail(executor, [record])

    def scan(self, executor):
        held = list(self.records[executor].values())
        waiting = [record for record in held if record["state"] in self.timeouts(record)]
        late = [r for r in waiting if max(0, self.ms() - r["since"]) > self.timeouts(r)[r["state"]]]
        if late:
            self.fail(executor, late)

    def fail(self, executor, late):
        held = self.records[executor].values()
        active = sum(record["state"] not in ("COMPLETE", "FAILED") for record in held)
        seen = self.firings.setdefault((self.env.now, executor), [active, len(held), 0])
        seen[2] += len(late)
        for record in late:
            number, actor = record["number"], record["actor"]
            self.end(record, "FAILED", "failed" if record["side"] == "source" else "target_failed")
            if record["side"] == "source":
                record["row"]["failure"] = 1
                self.busy.discard(actor)
                if self.paused.get((executor, actor)) == number:
                    del self.paused[executor, actor]
                    self.runs[actor].append(executor)

    # records

    def begin(self, executor, actor, number, side, state, column):
        old = self.records[executor].get(actor)
        if old is not None:
            assert old["state"] in ("COMPLETE", "FAILED")
            old["row"]["replaced" if old["side"] == "source" else "target_replaced"] = self.env.now
            del self.records[executor][actor]
        record = {"side": side, "number": number, "row": self.rows[number], "actor": actor, "executor": executor}
        self.records[executor][actor] = record
        self.end(record, state, column)
        return record

    def end(self, record, state, column):
        """The record ends its present state and enters another."""
        record["state"], record["since"] = state, self.ms()
        record["row"][column] = self.env.now
        if self.s.manager.enabled and self.detector.kind == "deadline" and state in self.timeouts(record):
            self.env.process(self.timer(record["executor"], record, state, self.ms()))

    def active(self, executor, actor):
        record = self.records[executor].get(actor)
        return record if record is not None and record["state"] not in ("COMPLETE", "FAILED") else None

    # messages

    def send(self, kind, number, sender, receiver, size, deliver):
        draws = self.draws.attempt(number, 1)
        extra = 0
        if self.s.matrix is not None:
            extra += self.s.matrix.one_way_us(self.groups[sender].region, self.groups[receiver].region)
        if self.s.network.bandwidth and size:
            extra += round(size * 1_000_000 / self.s.network.bandwidth)
        kinds = {k.name: k for k in draws.delay_us}
        if kinds[kind] not in draws.lost:
            self.env.process(self.carry(draws.delay_us[kinds[kind]] + extra, deliver))
        if kinds[kind] in draws.duplicated:
            self.env.process(self.carry(draws.duplicate_us[kinds[kind]] + extra, deliver))

    def carry(self, delay, deliver):
        yield self.wait(delay)
        rest = deliver()
        if rest is not None:
            yield from rest

    # one migration

    def arrivals(self, times):
        for number, when in enumerate(times):
            yield self.wait(when - self.env.now, ARRIVAL)
            self.arrive(number)

    def arrive(self, number):
        count, draws = self.s.actors.count, self.draws.arrival(number)
        actor = stable_index(draws.actor_u, count)
        if len(self.busy) == count:
            self.skipped.append(self.env.now)
            return
        turn = 0
        while actor in self.busy:
            turn += 1
            if turn <= 64:
                actor = stable_index(self.draws.redraw(number, turn), count)
            else:
                idle = [a for a in range(count) if a not in self.busy]
                actor = idle[int(self.draws.redraw(number, turn) * len(idle))]
        # If an actor runs twice, either copy may be the source: the rest of the actor's draw decides.
        copies = self.runs[actor]
        source = copies[rest_of(draws.actor_u, len(copies))]
        target = self.lottery.draw(draws.target_u, [source])
        size = self.sizes[actor]
        if self.active(source, actor):
            self.skipped.append(self.env.now)
            return
        picked = {"actor": actor, "source": source, "target": target}
        self.rows[number] = {**picked, "failure": 0, "late_reply": 0, **dict.fromkeys(TIMES, -1)}
        self.busy.add(actor)
        self.begin(source, actor, number, "source", "REQUESTING", "requested")
        latest = self.newest[source].get(actor, 0)
        asked = (number, actor, source, target, size, latest)
        self.send("REQUEST", number, source, target, size, lambda: self.on_request(*asked))

    def on_request(self, number, actor, source, target, size, latest):
        group, draws = self.groups[target], self.draws.attempt(number, 1)
        if group.behavior == "unresponsive" or draws.answer_u >= group.answer_probability:
            return
        if self.refuses_silently(target, actor, number):
            return
        self.newest[target][actor] = max(latest, self.newest[target].get(actor, 0))
        yield self.wait(self.slow(target, draws.evaluation_us))
        memory_refuses = group.capacity.memory // 2**20 < size // 2**20
        if group.behavior == "rejecting" or memory_refuses:
            self.send("REJECT", number, target, source, 0, lambda: self.on_reject(number, actor, source))
        elif not self.refuses_silently(target, actor, number):
            self.begin(target, actor, number, "target", "RESTORING", "admitted")
            self.send("ACCEPT", number, target, source, 0, lambda: self.on_accept(number, actor, source, target, size))

    def refuses_silently(self, target, actor, number):
        """An active record blocks; so does an ended one of this very attempt."""
        record = self.records[target].get(actor)
        return record is not None and (record["state"] not in ("COMPLETE", "FAILED") or record["number"] == number)

    def on_reject(self, number, actor, source):
        record = self.active(source, actor)
        if record is None or record["number"] != number or record["state"] != "REQUESTING":
            self.rows[number]["late_reply"] |= self.rows[number]["failure"] == 1
            return
        self.end(record, "FAILED", "failed")
        record["row"]["failure"] = 2
        self.busy.discard(actor)

    def on_accept(self, number, actor, source, target, size):
        record = self.active(source, actor)
        if record is None or record["number"] != number or record["state"] != "REQUESTING":
            self.rows[number]["late_reply"] |= self.rows[number]["failure"] == 1
            return
        self.end(record, "CHECKPOINTING", "accepted")
        self.runs[actor].remove(source)
        self.paused[source, actor] = number
        yield self.wait(self.slow(source, self.draws.attempt(number, 1).checkpoint_us))
        if record["state"] != "CHECKPOINTING":
            return
        self.end(record, "TRANSFERRING", "checkpointed")
        sequence = self.newest[source].get(actor, 0) + 1
        self.newest[source][actor] = sequence
        self.send(
            "COMPLETE", number, source, target, size, lambda: self.on_complete(number, actor, source, target, sequence)
        )

    def on_complete(self, number, actor, source, target, sequence):
        record = self.active(target, actor)
        if record is None or record["number"] != number or record["state"] != "RESTORING":
            return
        if sequence <= self.newest[target].get(actor, 0):
            return
        self.newest[target][actor] = sequence
        record["row"]["transferred"] = self.env.now
        yield self.wait(self.slow(target, self.draws.attempt(number, 1).restore_us))
        if record["state"] != "RESTORING":
            return
        self.end(record, "COMPLETE", "restored")
        self.paused.pop((target, actor), None)
        self.runs[actor] = [executor for executor in self.runs[actor] if executor != target] + [target]
        self.send("ACK", number, target, source, 0, lambda: self.on_ack(number, actor, source))

    def on_ack(self, number, actor, source):
        record = self.active(source, actor)
        if record is not None and record["number"] == number and record["state"] == "TRANSFERRING":
            self.end(record, "COMPLETE", "completed")
            self.paused.pop((source, actor), None)
            self.busy.discard(actor)

    def run(self, times, horizon):
        if self.s.manager.enabled:
            for executor in range(len(self.groups)):
                self.env.process(self.manager(executor))
                if self.detector.kind == "wheel":
                    self.env.process(self.wheel(executor))
        self.env.process(self.arrivals(times))
        self.env.run(until=horizon)
        return self.rows
