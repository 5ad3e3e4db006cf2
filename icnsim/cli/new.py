"""`icnsim new`: writes a commented scenario."""

import json
import re
from pathlib import Path

import click

from icnsim import typed, wholefile
from icnsim.errors import ResultsError

SCHEMA = "icnsim.schema.json"
"""The name of the JSON Schema next to a scenario."""
TEMPLATE = """\
# {name}: which question does this scenario answer?
# `icnsim run {name}.yaml` runs it, `icnsim schema` describes every key, `icnsim figures` every figure.
# yaml-language-server: $schema=./{schema}
name: {name}
seed: 1
warmup: 7min                      # timeout + interval + retention: before that, the number of records grows
duration: 20min                   # the time in which migrations arrive

executors:                        # groups of equal executors
  - group: responsive
    count: 90
  - group: unresponsive           # these never answer a request
    count: 10
    behavior: unresponsive        # or responsive, slow (with a slowdown), rejecting

actors:
  count: 10000                    # many more than the simultaneous migrations
  state_size: 1MiB

network:
  latency: 200ms                  # one way; or {{distribution: lognormal, mean: 200ms, std: 100ms}}

manager:
  check_interval: 30s             # interval between checks for records that are too old
  timeout: 60s                    # a request that has waited longer fails
  retention: 5min                 # time for which the record of an ended migration is kept
  tracked_states: [requesting]

workload:
  arrivals: {{process: poisson, rate: 5/s}}

# sweep:                          # `icnsim sweep {name}.yaml` runs it at each of these values
#   vary: {{manager.timeout: [30s, 60s, 90s], manager.check_interval: 5s..60s}}
#   samples: 3                    # values of each range
#   replications: 10

expect:                           # `icnsim run` exits with 1 if an expectation fails
  detection_latency.mean: {{about: 15s, within: 5s}}
"""


@click.command("new")
@click.argument("name")
def command(name: str) -> None:
    """Write NAME.yaml, a commented scenario to start from. An existing file is not overwritten.

    The schema of its keys is written next to it, as icnsim.schema.json. An editor with a YAML language server uses
    this file to check and complete the scenario.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name):
        raise click.BadParameter(f"{name!r} must consist of 1 to 64 letters, digits, _ and -", param_hint="NAME")
    path = Path(f"{name}.yaml")
    try:
        wholefile.write(path, [TEMPLATE.format(name=name, schema=SCHEMA).encode()], replace=False)
    except FileExistsError:
        raise click.UsageError(f"{path} exists; choose another name") from None
    except OSError as error:
        raise ResultsError(f"{path} cannot be written: {(error.strerror or str(error)).lower()}") from None
    _write_schema()
    click.echo(f"{path} written; run it with: {typed.command(['icnsim', 'run', str(path)])}")


def _write_schema() -> None:
    """Writes the schema of this version of icnsim. It overwrites the schema of another version."""
    from icnsim.cli.output import put_file
    from icnsim.scenario.resolved import json_schema

    put_file(SCHEMA, [json.dumps(json_schema(), indent=1, ensure_ascii=False).encode() + b"\n"])
