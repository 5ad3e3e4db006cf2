"""A small part of ``python -m tests.mutation``, and the explanations of its survivors."""

import ast
import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from icnsim.protocol.states import State
from tests.mutation import __main__ as command
from tests.mutation.children import forked
from tests.mutation.explained import explanations
from tests.mutation.kept import Kept, Mapped
from tests.mutation.mutants import ROOT, Name, compiled, functions, mutants
from tests.mutation.mutators import mutations
from tests.mutation.trial import SAME, Verdict


def changes(text: str, **names: object) -> list[str]:
    return [mutation.words for mutation in mutations(ast.parse(text), names)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a < b", ["a < b → pass", "a < b → a <= b"]),
        ("x = a + 1", ["a + 1 → a - 1", "1 → 2"]),
        ("x = a and not b", ["a and (not b) → a or not b", "not b → b"]),
        ("x[0] += y", ["x[0] += y → pass", "x[0] += y → x[0] -= y", "0 → 1"]),
        ("x = -y if z else f(k=True)", ["-y → y", "if z → if not", "f(k=True) → without k", "True → False"]),
        ("x = [y for y in z if y]", ["if y → if not"]),
        ("x = min(a)", ["min(a) → max(…)"]),
        ("x = State.IDLE", ["State.IDLE → State.REQUESTING"]),
        ("x = a + ZERO", []),
        ("x: 'array[int]' = a + 1", ["a + 1 → a - 1", "1 → 2"]),
        ("x = zip(a, b, strict=True)", []),
        ("LOG.info('read', 3)", []),
        ("x = ZERO + a", ["ZERO + a → ZERO - a"]),
        ("x = a - ONE", ["a - ONE → a + ONE"]),
        ("x[a] += ZERO", ["x[a] += ZERO → pass"]),
        ("while a:\n    break", ["if a → if not", "break → pass", "break → continue"]),
        ("def f(a=1):\n    return a", ["1 → 2", "return a → None"]),
        ("def f(a: int = 'one two three four') -> bool:\n    'text'", []),
        ("raise E('no', 1)", ["raise E('no', 1) → pass"]),
        ("__all__ = ['a']\nassert a\nimport b\nx: int = y\nt = NewType('t', int)", []),
    ],
)
def test_the_changes_of_a_statement(text: str, expected: list[str]) -> None:
    assert sorted(changes(text, State=State, ZERO=0, ONE=1)) == sorted(expected)


def test_a_mutant_has_one_change_and_the_module_is_unchanged_afterwards() -> None:
    every = list(mutants("icnsim/protocol/retry.py"))
    before = compiled(every[0].tree, every[0].name.module)
    codes = [mutant.code() for mutant in every]
    assert compiled(every[0].tree, every[0].name.module) == before
    assert all(code != before for code in codes)
    assert len({mutant.name for mutant in every}) == len(every) > 20


def test_functions_that_cannot_be_told_apart_are_left_out() -> None:
    code = compile("def f(): pass\ng = (lambda: 1, lambda: 2)", "m", "exec")
    assert {key: each is None for key, each in functions(code).items()} == {("f", 1): False, ("<lambda>", 2): True}


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")  # a worker of xdist has threads
def test_a_child_that_takes_too_long_or_fails_is_reported_and_leaves_no_files() -> None:
    from tests.mutation.children import limit_time

    def endless() -> None:
        limit_time(0)  # up to 1 s
        while True:
            pass

    ends = {end.key: end for end in forked([(1, endless), (2, lambda: 1 // 0), (3, lambda: "done")], jobs=2)}
    assert (ends[1].result, ends[1].reason) == (None, "it takes too long")
    assert "ZeroDivisionError" in ends[2].reason
    assert ends[3] == (3, "done", "")


def test_a_map_is_kept_until_the_package_or_the_tests_of_its_file_change(tmp_path: Path) -> None:
    package, tests, others = (tmp_path / name for name in ("icnsim/a.py", "tests/x/test_a.py", "tests/x/test_b.py"))
    for file in (package, tests, others):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("a")

    def kept() -> Kept:
        return Kept(tmp_path / "kept", tmp_path)

    maps = {"tests/x/test_a.py::test_1": Mapped(0.5, array("i", [3, 7])), "tests/x/test_a.py::test_2": None}
    assert kept().of("tests/x/test_a.py") is None
    kept().keep("tests/x/test_a.py", maps)
    others.write_text("b")
    assert kept().of("tests/x/test_a.py") == maps
    for changed in (tests, package):
        changed.write_text("b")
        assert kept().of("tests/x/test_a.py") is None
        changed.write_text("a")
        assert kept().of("tests/x/test_a.py") == maps


PLANTED = """
import sys
from tests.mutation.trial import verdicts

chosen = [int(place) for place in sys.argv[1:]]
for found in verdicts(lambda count: chosen, ["icnsim/protocol/trust.py"], ["tests/protocol/test_trust.py"], 1, str):
    print(found.name.change, "|", found.why)
"""


def test_a_planted_mutant_is_killed_and_an_equivalent_one_survives() -> None:
    every = [mutant.name.change for mutant in mutants("icnsim/protocol/trust.py")]
    chosen = ["self.of(other) + change → self.of(other) - change", "12 → 13"]
    command = [sys.executable, "-c", PLANTED, *(str(every.index(change)) for change in chosen)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told = dict(line.split(" | ") for line in done.stdout.splitlines())
    assert told == {
        chosen[0]: "tests/protocol/test_trust.py::test_trust_begins_as_given_and_falls_and_rises_as_learned",
        chosen[1]: "",
    }


def test_the_interval_of_wilson() -> None:
    """Of 10 trials 9 succeed: (0.9 + 0.19207 ± 0.24823) / 1.38415, by hand."""
    assert command.wilson(9, 10) == pytest.approx((0.5958, 0.9821), abs=5e-5)


def test_the_exit_code_and_the_table_count_the_mutants_that_differ(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of 20 mutants 17 are killed, 2 survive, and 1 survives for a reason that explains it: 17 of 20, and 17 of 19."""
    module = "icnsim/protocol/retry.py"
    found = [Verdict(Name(module, "line", str(each)), 1, each < 3, "" if each < 3 else "test") for each in range(20)]
    same = Verdict(Name(module, "line", "same"), 1, True, SAME)
    monkeypatch.setattr(command, "explanations", lambda: {found[0].name: "It is equivalent.", same.name: ""})
    monkeypatch.setattr(command, "verdicts", lambda *given: iter([*found[:2], *found[3:], same]))
    assert command.main(["--module", "protocol/retry"]) == 0
    told = capsys.readouterr().out
    assert "17 of 19 are killed of all mutants: 89.5%\n" in told
    assert "17 of 18 are killed of those without an explanation: 94.4%\n" in told
    monkeypatch.setattr(command, "verdicts", lambda *given: iter(found))
    assert command.main(["--module", "protocol/retry", "--list-survivors", "--sample", "20"]) == 1
    told = capsys.readouterr().out
    assert "icnsim/protocol/retry.py                          17         3   85.0%" in told
    assert told.count("NOT EXPLAINED") == 2
    assert "It is equivalent." in told
    assert "3 survive, 2 of them without an explanation" in told
    assert "17 of 20 are killed of all mutants: 85.0% [64.0%, 94.8%] with 95 %" in told
    assert "17 of 19 are killed of those without an explanation: 89.5% [68.6%, 97.1%] with 95 %" in told


def test_a_module_that_is_not_mutated_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--module", "nothing"])
    assert ended.value.code == 2
    assert "no mutated module contains nothing" in capsys.readouterr().err


def test_an_explanation_fits_a_mutant_that_exists() -> None:
    reasons = explanations()
    exist = {mutant.name for module in {name.module for name in reasons} for mutant in mutants(module)}
    assert [str(name) for name in reasons if name not in exist] == []
    assert all(len(reason.split()) > 3 for reason in reasons.values())
