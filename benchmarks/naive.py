"""The model as a user of SimPy would first write it: what icnsim is measured against.

One SimPy process per migration, one ticking process per executor, floats for time, no records
written. Run side by side with icnsim on the same machine in the same run:

    python naive.py MIGRATIONS EXECUTORS RATE_PER_SECOND
"""

import random
import resource
import sys
import time

import simpy


def simulate(
    migrations, executors, rate, mute_share=0.1, drain=900.0, seed=1, timeout=60.0, interval=30.0, retention=300.0
):
    rng = random.Random(seed)
    env = simpy.Environment()
    mute = int(executors * mute_share)
    records = [{} for _ in range(executors)]
    rows = []

    def manager(executor):
        yield env.timeout(rng.uniform(0, interval))
        held = records[executor]
        while True:
            now = env.now
            for record in list(held.values()):
                if record["state"] == "Requesting" and now - record["since"] > timeout:
                    record.update(state="Failed", since=now)
                    record["row"].update(failed=now, outcome="timed_out")
                    record["answer"].succeed("timeout")
            for key, record in list(held.items()):
                if record["state"] in ("Complete", "Failed") and now - record["since"] >= retention:
                    record["row"]["removed"] = now
                    del held[key]
            yield env.timeout(interval)

    def target(message):
        yield env.timeout(0.2 + rng.uniform(1, 2))
        if message["target"] < mute:
            return
        yield env.timeout(0.1)
        message["record"] = {"state": "Restoring", "since": env.now, "row": {}}
        records[message["target"]][message["id"]] = message["record"]
        yield env.timeout(0.2)
        if not message["answer"].triggered:
            message["answer"].succeed("accept")

    def migration(number):
        source = rng.randrange(mute, executors)
        target_executor = rng.randrange(executors)
        while target_executor == source:
            target_executor = rng.randrange(executors)
        row = {"id": number, "source": source, "target": target_executor, "requested": env.now}
        rows.append(row)
        record = {"state": "Requesting", "since": env.now, "row": row, "answer": env.event()}
        records[source][number] = record
        message = {"id": number, "target": target_executor, "answer": record["answer"]}
        env.process(target(message))
        if (yield record["answer"]) == "timeout":
            return
        record.update(state="Checkpointing", since=env.now)
        row["accepted"] = env.now
        yield env.timeout(rng.uniform(1, 5))
        record.update(state="Transferring", since=env.now)
        row["checkpointed"] = env.now
        yield env.timeout(0.2)
        yield env.timeout(0.5)
        message["record"].update(state="Complete", since=env.now)
        yield env.timeout(0.2)
        record.update(state="Complete", since=env.now)
        row.update(completed=env.now, outcome="completed")

    def arrivals():
        for number in range(migrations):
            yield env.timeout(rng.expovariate(rate))
            env.process(migration(number))

    for executor in range(executors):
        env.process(manager(executor))
    env.process(arrivals())
    env.run(until=migrations / rate + drain)
    return rows


if __name__ == "__main__":
    migrations, executors, rate = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    began = time.perf_counter()
    rows = simulate(migrations, executors, rate)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    timed_out = sum(row.get("outcome") == "timed_out" for row in rows) / len(rows)
    print(
        f"{migrations} migrations, {executors} executors: {took:.2f} s, {migrations / took:,.0f}/s, {peak:.0f} MiB, {timed_out:.3f} timed out"
    )
