"""Mistaken and hostile scenario files: the command refuses each with one clear message."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from icnsim.cli import main
from icnsim.errors import ScenarioError
from icnsim.experiment import prepare
from icnsim.scenario import load, loads

GOOD = """\
name: good
executors:
  - {group: a, count: 3}
workload: {migrations: 10}
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


CASES: dict[str, tuple[str, str]] = {
    # form
    "empty": ("", "a mapping of keys"),
    "a list": ("- 1\n- 2\n", "a mapping of keys"),
    "not YAML": ("name: [unclosed\n", "valid YAML"),
    "a tab": ("name: x\nworkload:\n\tmigrations: 3\n", "valid YAML"),
    "a control character": ("name: \x07\n", "valid YAML"),
    "python tag": (GOOD + "description: !!python/object/apply:os.system ['true']\n", "tags are not allowed"),
    "custom tag": (GOOD + "description: !include /etc/passwd\n", "tags are not allowed"),
    "standard tag": (GOOD + "seed: !!str 3\n", "tags are not allowed"),
    "alias": (GOOD + "description: &a x\nexpect: {b: *a}\n", "aliases are not allowed"),
    "alias bomb": (
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(20)),
        "aliases are not allowed",
    ),
    "merge key": (GOOD + "base: &b {seed: 3}\nnetwork: {<<: *b}\n", "not allowed"),
    "deep nesting": (GOOD + "sweep: " + "[" * 500 + "]" * 500 + "\n", "levels of nesting"),
    "deep mapping": (GOOD + "sweep: " + "{a: " * 100 + "1" + "}" * 100 + "\n", "levels of nesting"),
    "too long": (GOOD + "#" * 2**20 + "\n", "at most 1 MiB"),
    "two documents": (GOOD + "---\n" + GOOD, "a single document"),
    "duplicate key": (GOOD + "seed: 1\nseed: 2\n", "each key once; it is in line 5, too"),
    "duplicate nested key": (changed("migrations: 10", "migrations: 10, migrations: 11"), "each key once"),
    "a list as key": (GOOD + "? [a, b]\n: 1\n", "plain names as keys"),
    # keys
    "unknown key": (GOOD + "sed: 3\n", "did you mean 'seed'?"),
    "unknown nested key": (GOOD + "manager: {timeot: 60s}\n", "did you mean 'timeout'?"),
    "unknown key in a group": (changed("count: 3", "count: 3, behaviour: slow"), "did you mean 'behavior'?"),
    "no name": (changed("name: good\n", ""), "name is required"),
    "neither migrations nor duration": (changed("workload: {migrations: 10}\n", ""), "workload.migrations or duration"),
    # names
    "name that climbs": (changed("name: good", "name: ../../etc"), "of the form"),
    "name with a slash": (changed("name: good", "name: a/b"), "of the form"),
    "name with a dot": (changed("name: good", "name: ."), "of the form"),
    "name too long": (changed("name: good", "name: " + "x" * 65), "of the form"),
    "name with a line break": (changed("name: good", 'name: "good\\n"'), "of the form"),
    "name that is a number": (changed("name: good", "name: 7"), "a valid string"),
    # YAML's traps
    "no for a name": (changed("name: good", "name: false"), "a valid string"),
    "no for a truth": (GOOD + "manager: {enabled: no}\n", "a valid boolean"),
    "octal": (GOOD + "seed: 010\n", "a valid integer"),
    "sexagesimal": (GOOD + "duration: 60:30\n", "a duration such as"),
    "exponent of a fraction": (changed("migrations: 10", "migrations: 1.5e-3"), "a valid integer"),
    "exponent that no float holds": (GOOD + "network: {loss: 1e-999}\n", "a valid number"),
    "exponent without end": (GOOD + "network: {loss: 1e9999999}\n", "a valid number"),
    "underscore": (changed("migrations: 10", "migrations: 1_000"), "a valid integer"),
    # numbers
    "NaN": (GOOD + "network: {loss: .nan}\n", "a valid number"),
    "infinity": (GOOD + "network: {loss: .inf}\n", "a valid number"),
    "probability above 1": (GOOD + "network: {loss: 1.5}\n", "less than or equal to 1"),
    "negative count": (changed("count: 3", "count: -3"), "greater than or equal to 1"),
    "zero count": (changed("count: 3", "count: 0"), "greater than or equal to 1"),
    "fractional count": (changed("count: 3", "count: 3.5"), "a valid integer"),
    "huge integer": (GOOD + "seed: 99999999999999999999999999\n", "less than 9223372036854775808"),
    "negative seed": (GOOD + "seed: -1\n", "greater than or equal to 0"),
    # units
    "bare number": (GOOD + "manager: {timeout: 60}\n", "the number has no unit"),
    "negative duration": (GOOD + "manager: {timeout: -60s}\n", "a duration such as"),
    "zero interval": (GOOD + "manager: {check_interval: 0s}\n", "above 0"),
    "unknown unit": (GOOD + "manager: {timeout: 60sec}\n", "units: us, ms, s, min, h, d"),
    "a size for a duration": (GOOD + "manager: {timeout: 60MiB}\n", "a duration such as"),
    "finer than the clock": (GOOD + "manager: {timeout: 1500us}\n", "whole milliseconds"),
    "endless duration": (GOOD + "drain: 99999999999999999999h\n", "at most"),
    "rate without a period": (changed("migrations: 10", "migrations: 10, arrivals: {rate: 5}"), "no unit of time"),
    "zero rate": (changed("migrations: 10", "migrations: 10, arrivals: {rate: 0/s}"), "above 0"),
    # distributions
    "unknown distribution": (GOOD + "network: {latency: {distribution: unifrm}}\n", "did you mean 'uniform'?"),
    "a mapping for the family": (GOOD + "network: {latency: {distribution: {kind: x}}}\n", "the name of a family"),
    "a list for the family": (GOOD + "network: {latency: {distribution: [uniform]}}\n", "the name of a family"),
    "missing parameter": (GOOD + "network: {latency: {distribution: uniform, low: 1s}}\n", "'high' is missing"),
    "crossed bounds": (GOOD + "network: {latency: {distribution: uniform, low: 2s, high: 1s}}\n", "low below high"),
    "zero spread": (GOOD + "network: {latency: {distribution: gamma, mean: 1s, std: 0s}}\n", "above 0"),
    "file outside": (
        GOOD + "network: {latency: {distribution: empirical, file: ../x.csv, column: a}}\n", "own folder"
    ),
    # files
    "matrix outside": (GOOD + "network: {matrix: ../../etc/passwd}\n", "own folder"),
    "matrix by an absolute path": (GOOD + "network: {matrix: /etc/passwd}\n", "own folder"),
    "matrix of another kind": (GOOD + "network: {matrix: summary.json}\n", "ends in .csv"),
    "matrix that is not there": (GOOD + "network: {matrix: none.csv}\n", "there is no none.csv"),
    "matrix by a link": (GOOD + "network: {matrix: link.csv}\n", "not a link out of it"),
    "matrix that is none": (GOOD + "network: {matrix: text.csv}\n", "a square matrix"),
    "matrix with NaN": (GOOD + "network: {matrix: nan.csv}\n", "finite round-trip"),
    "trace that is none": (changed("migrations: 10", "trigger: {trace: {file: text.csv}}"), "the column at_s"),
    "trace with a short row": (
        changed("migrations: 10", "migrations: 10, trigger: {trace: {file: short.csv}}"), "a row of 2 cells"
    ),
    "a link that leads to itself": (GOOD + "network: {matrix: loop.csv}\n", "a link that leads to itself"),
    "a file name without an end": (GOOD + f"network: {{matrix: {'x' * 300}.csv}}\n", "a file that can be read"),
    "a folder called as a result": (GOOD + "network: {matrix: attempts.parquet/m.csv}\n", "another name"),
    "a value beyond all time": (
        GOOD + "network: {latency: {distribution: empirical, file: huge.csv, column: a}}\n", "a century"
    ),
    # contradictions
    "a single target": (
        changed("{group: a, count: 3}", "{group: a, count: 3, weight: 0}\n  - {group: b, count: 1}"), "another target"
    ),
    "a simulation of centuries": (changed("migrations: 10", "migrations: 10, arrivals: {rate: 0.00001/h}"), "years"),
    "warm-up beyond the arrivals": (GOOD + "warmup: 20s\n", "less than the 1 s in which"),
    "more executors than fit": (
        changed("{group: a, count: 3}", "{group: a, count: 1000000}\n  - {group: b, count: 1000000}"), "GiB of memory"
    ),
    "two groups of one name": (
        changed("{group: a, count: 3}", "{group: a, count: 3}\n  - {group: a, count: 3}"), "no other group has"
    ),
    "one executor": (changed("count: 3", "count: 1"), "at least two"),
    "no home for actors": (changed("count: 3", "count: 3, hosts_actors: false"), "hosts_actors: true"),
    "no targets": (changed("count: 3", "count: 3, weight: 0"), "another target"),
    "slowdown of a quick one": (changed("count: 3", "count: 3, slowdown: 5"), "the behavior slow"),
    "region without a matrix": (changed("count: 3", "count: 3, region: x"), "executors have a region"),
    "warm-up beyond the end": (GOOD + "duration: 10s\nwarmup: 20s\n", "less than the 10 s in which"),
    "burst without a size": (changed("migrations: 10", "migrations: 10, arrivals: {process: burst}"), "has a size"),
    "burst with a rate": (
        changed("migrations: 10", "migrations: 10, arrivals: {process: burst, size: 2, every: 1s, rate: 3/s}"),
        "bursts have a size",
    ),
    # memory
    "too many migrations": (changed("migrations: 10", "migrations: 900000000"), "GiB of memory"),
    "too many samples": (GOOD + "record: {timeline: 1us}\n", "GiB of memory"),
    "too many retries": (
        changed("migrations: 10", "migrations: 1000000") + "retry: {max_retries: 1000}\nnetwork: {loss: 1}\n",
        "GiB of memory",
    ),
    "too many messages": (GOOD + "actors: {message_rate: 1000000/s}\n", "GiB of memory"),
    # faults, trust and the manager
    "a switch that is none": (GOOD + "protocol: {fencing_epoch: true}\n", "did you mean 'fencing_epochs'?"),
    "a fault that is none": (GOOD + "faults: [{kind: crsh, at: 1s}]\n", "did you mean 'crash'?"),
    "a fault's key that is none": (
        GOOD + "faults: [{kind: pause, at: 1s, executors: a-0, fro: 3s}]\n", "did you mean 'for'?"
    ),
    "a fault of no executor": (GOOD + "faults: [{kind: pause, at: 1s, executors: b-0}]\n", "which no executor is"),
    "a fault after the end": (GOOD + "faults: [{kind: loss, at: 1d}]\n", "before the end of the simulation"),
    "a fault with a control character": (
        GOOD + 'faults: [{kind: pause, at: 1s, executors: "\\e[31m"}]\n', "which no executor is"
    ),
    "a pattern that is none": (GOOD + 'faults: [{kind: pause, at: 1s, executors: "a-[9-0]"}]\n', "which no executor"),
    "a pattern that takes long": (
        changed("count: 3", "count: 100000")
        + f'faults: [{{kind: pause, at: 1s, executors: "{"*a" * 99}*"}}]\n', "which no executor is"
    ),
    "patterns that take long": (
        changed("count: 3", "count: 100000")
        + f"faults: [{{kind: pause, at: 1s, executors: [{', '.join(f'a*{k}*' for k in range(999))}]}}]\n",
        "fewer different patterns",
    ),
    "more faults than fit": (GOOD + "faults:\n" + "  - {kind: loss, at: 1s}\n" * 1001, "a list of at most 1000"),
    "random faults without end": (GOOD + "faults: {random: {mtbf: 1us, mttr: 1us}}\n", "at most 1,000,000"),
    "a heal of nothing": (GOOD + "faults: [{kind: heal, at: 1s}]\n", "a partition that begins before it"),
    "trust outside": (GOOD + "trust: {initial: {file: ../trust.csv}}\n", "own folder"),
    "trust that is none": (GOOD + "trust: {initial: {file: text.csv}}\n", "the columns executor and trust"),
    "trust beyond belief": (GOOD + "trust: {initial: 2}\n", "a number from 0 to 1"),
    "an override of no actor": (
        GOOD + "manager: {overrides: [{actors: db-*, timeout: 1s}]}\n", "a name or a pattern of actors"
    ),
    "overrides that take long": (
        GOOD + "actors: {count: 9000000}\nmanager: {overrides: ["
        + ", ".join(f"{{actors: 'x*{k}', timeout: 1s}}" for k in range(100)) + "]}\n", "fewer overrides"
    ),
    "an adjustment of nothing": (GOOD + "manager: {adjustments: [{at: 1s}]}\n", "nothing that changes"),
    "adjustments out of order": (
        GOOD + "manager: {adjustments: [{at: 2s, timeout: 1s}, {at: 1s, timeout: 1s}]}\n", "the order of their times"
    ),
    "a back-off above its maximum": (GOOD + "retry: {backoff: {base: 2min}}\n", "at least the base"),
    "a liar without a quorum": (changed("count: 3", "count: 3, behavior: byzantine"), "quorum.enabled: true"),
    "a lie of no liar": (changed("count: 3", "count: 3, lies: silent"), "the behavior byzantine"),
    "a lie of no kind": (changed("count: 3", "count: 3, behavior: byzantine, lies: sometimes"), "equivocate"),
    "a quorum of too many": (GOOD + "quorum: {enabled: true, executors: 4}\n", "at most the 3 that there are"),
    "a quorum on nothing": (GOOD + "quorum: {enabled: true, executors: 2, on: []}\n", "quorum.on"),
    "a quorum on something else": (GOOD + "quorum: {enabled: true, executors: 2, on: [weather]}\n", "checkpoint"),
    "a quorum of no executor": (GOOD + "quorum: {executors: 0}\n", "1"),
    "a quorum by nothing": (GOOD + "quorum: {executors: by-size}\n", "by-credits"),
    "a threshold of nothing": (GOOD + "quorum: {threshold: 0}\n", "greater than 0"),
    "ephemeral actors": (GOOD + "actors: {mode: ephemeral}\n", "keeps no state has nothing to migrate"),
    "actors of two modes": (GOOD + "actors: {mode: {stateful: {}, wasm_stateful: {}}}\n", "one of stateful and wasm"),
    "actors of no mode": (GOOD + "actors: {mode: {}}\n", "one of stateful and wasm"),
    "checkpoints without end": (GOOD + "checkpoints: {time: 1min}\n", "checkpoints that take up to 60 s"),
    "slow checkpoints": (GOOD + "checkpoints: {bandwidth: 1kB/s}\n", "less than the checkpoint_interval of 1min"),
    "durable records in memory": (
        GOOD + "protocol: {profile: hardened}\ncheckpoints: {store: memory}\n", "durable_records: false"
    ),
    # policies
    "a policy without an effect": (GOOD + "policy: {minimum_trust: 0.1}\n", "a value that has no effect"),
    "blobs without an effect": (GOOD + "actors: {blobs: 3}\n", "a value that has no effect"),
    "a load without an effect": (GOOD + "actors: {load: 0.1}\n", "a value that has no effect"),
    "a load": (changed("count: 3", "count: 3, capacity: {load: 0.9}"), "a value that has no effect"),
    "a wave": (changed("count: 3", "count: 3, capacity: {wave: {}}"), "a value that has no effect"),
    "a policy without end": (changed("migrations: 10", "migrations: 10, trigger: policy"), "is evaluated until then"),
    "a policy that trusts": (
        changed("migrations: 10", "trigger: policy, target: trust") + "duration: 1h\n", "chooses targets, too"
    ),
    "a policy and arrivals": (
        changed("migrations: 10", "trigger: policy, arrivals: {rate: 1/s}") + "duration: 1h\n",
        "decides which actors migrate",
    ),
    "locality without blobs": (
        changed("migrations: 10", "migrations: 10, target: policy") + "policy: {kind: locality-first}\n", "at least 1"
    ),
    "too many blobs": (
        changed("migrations: 10", "migrations: 10, target: policy") + "actors: {blobs: 100000}\n", "blobs of all actors"
    ),
    "a part twice": (changed("count: 3", "count: 3, parts: [policy, policy]"), "each part once"),
    "an unknown part": (changed("count: 3", "count: 3, parts: [gossip]"), "migration_manager"),
    "no actor to migrate": (changed("count: 3", "count: 3, parts: [migration_manager]"), "no group that an actor"),
    "no executor with a policy": (
        changed("count: 3", "count: 3, parts: [migration_manager, checkpoint_store]").replace(
            "migrations: 10", "migrations: 10, trigger: policy"
        )
        + "duration: 1h\n",
        "no group with a policy",
    ),
    "a pre-copy over no wire": (
        GOOD + "actors: {mode: {wasm_stateful: {migration: pre-copy}}}\n", "determines the duration of pre-copy"
    ),
    "rounds of nothing": (GOOD + "actors: {mode: {wasm_stateful: {max_rounds: 3}}}\n", "which has rounds"),
    # submissions
    "submitted tasks": (changed("migrations: 10", "trigger: {submissions: {file: a.csv}}"), "ends in .jsonl"),
    # expectations
    "unknown metric": (GOOD + "expect: {detection_latncy.mean: {at_most: 3s}}\n",
                       "did you mean 'detection_latency.mean'"),
    "about without within": (GOOD + "expect: {success_rate: {about: 1}}\n", "about and within together"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_bad_scenario_is_refused_with_a_clear_message_and_nothing_is_written(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text, expected = CASES[case]
    monkeypatch.chdir(tmp_path)
    Path("bad.yaml").write_text(text, "utf-8")
    Path("text.csv").write_text("just,text\n", "utf-8")
    Path("short.csv").write_text("actor,at_s\nactor-1\n", "utf-8")
    Path("huge.csv").write_text("a\n1\n1e300\n", "utf-8")
    Path("loop.csv").symlink_to("loop.csv")
    Path("nan.csv").write_text("region,a\na,nan\n", "utf-8")
    Path("link.csv").symlink_to("/etc/hostname")
    before = sorted(path.name for path in tmp_path.iterdir())
    monkeypatch.setattr("sys.argv", ["icnsim", "run", "bad.yaml"])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr()
    assert left.value.code == 2
    assert said.out == ""
    assert "bad.yaml" in said.err
    assert expected in said.err
    assert "Traceback" not in said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_all_mistakes_of_a_file_are_reported_at_once_each_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "name: bad\nsed: 3\nmanager:\n  timeout: 60\n  phase: randm\nexecutors:\n  - {group: a, count: x}\n", "utf-8"
    )
    with pytest.raises(ScenarioError) as caught:
        load(file)
    places = {(problem.key, problem.line) for problem in caught.value.problems}
    assert {("sed", 2), ("manager.timeout", 4), ("manager.phase", 5), ("executors.0.count", 7)} <= places


def test_control_characters_are_made_visible(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads('name: "a\\e[31mred"\nworkload: {migrations: 1}\n')
    assert "\x1b" not in str(caught.value)


def test_mistakes_of_all_kinds_are_reported_together(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(
        "name: bad\nseed: 1\nseed: 2\nexecutors: [{group: a, count: 1}]\nmanager: {timeot: 3s}\n"
        "actors: {blobs: 3}\nworkload: {migrations: 5}\nexpect: {sucess_rate: {equals: 1}}\n"
        "network: {latency: {distribution: uniform, low: 5, high: -1s}}\n",
        "utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        prepare(file)
    places = {(problem.key, problem.line) for problem in caught.value.problems}
    assert places == {
        ("seed", 3), ("executors", 4), ("manager.timeot", 5), ("actors.blobs", 6), ("expect.sucess_rate", 8),
        ("network.latency", 9),
    }  # fmt: skip
    assert "low: " in str(caught.value) and "high: " in str(caught.value)


def test_refusing_takes_little_memory(tmp_path: Path) -> None:
    """All cases one after the other, in one process: at most 256 MiB."""
    program = (
        "import re\n"
        "from icnsim.errors import ScenarioError\n"
        "from icnsim.experiment import prepare\n"
        "from tests.hostile.test_bad_scenarios import CASES\n"
        "for text, _ in CASES.values():\n"
        "    open('bad.yaml', 'w', encoding='utf-8').write(text)\n"
        "    try:\n"
        "        prepare('bad.yaml')\n"
        "    except ScenarioError:\n"
        "        continue\n"
        "    raise SystemExit(text)\n"
        # Not ru_maxrss, which begins with that of the process that started this one.
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert int(done.stdout) < 256
