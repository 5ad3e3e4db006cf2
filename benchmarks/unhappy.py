"""What the invariants cost: runs with the monitor and with one that sees nothing, each in its own process."""

import json
import sys
import time

SCENARIO = """
name: watched
executors: [{{group: e, count: 100}}]
actors: {{count: 1000}}
network: {{loss: 0.01}}
protocol: {{profile: {profile}}}
retry: {{max_retries: 3}}
workload: {{migrations: {migrations}, arrivals: {{rate: 10/s}}}}
"""


def run(profile: str, migrations: int, *, watched: bool) -> dict[str, float]:
    """The run proper; events and messages are the same with both monitors."""
    from icnsim.scenario import loads
    from icnsim.simulation import federation
    from icnsim.simulation.watching.monitor import Monitor

    if not watched:

        class Blind(Monitor):
            """Subscribes to nothing."""

            def _subscribe(self, hooks: object) -> None: ...

            def finish(self, executors: object, *, managed: bool) -> None: ...

        federation.Monitor = Blind  # type: ignore[misc]
    made = federation.Federation(loads(SCENARIO.format(profile=profile, migrations=migrations)))
    began = time.perf_counter()
    recording = made.run()
    return {"took": time.perf_counter() - began, "events": recording.events}


if __name__ == "__main__":
    kind, profile, migrations = sys.argv[1], sys.argv[2], int(sys.argv[3])
    print(json.dumps(run(profile, migrations, watched=kind == "watched")))
