"""The translated functions compute the results of Python."""

import ctypes
import random
from collections.abc import Callable

import pytest

pytest.importorskip("llvmlite")
import llvmlite.binding as llvm

from icnsim.columns.compiler.expressions import Untranslatable
from icnsim.columns.compiler.translating import translate
from icnsim.columns.kernel.layout import Floats, Whole

SEVEN = 7


def divides(m: Whole, f: Floats, a: int, b: int) -> int:
    return (a // b) * 1000 + a % b


def rounds(m: Whole, f: Floats, a: int, b: int) -> int:
    return round(a / 2) * 100 + int(a / 3) + round(f[0] * a) + int(f[0] * a % 1 * 8)


def decides(m: Whole, f: Floats, a: int, b: int) -> int:
    found = 0
    if a < b <= 5 or not a:
        found += 1
    if a in (b, SEVEN) and b not in (1, 2):
        found += 10
    found += 100 if a > b else min(a, b, 3) + max(a, b)
    return found | (1 << 20) & -1


def loops(m: Whole, f: Floats, a: int, b: int) -> int:
    total, step = 0, 1
    for number in range(3, a):
        if number == b:
            break
        total += number
    while step < b:
        step = step << 1
        if step > 64:
            return total - step
    m[1] += total
    m[2] = helper(m, f, total, b)
    return m[1] + m[2] if is_large(m, f, total) else step


def helper(m: Whole, f: Floats, a: int, b: int) -> int:
    if a > b:
        return a - b
    return b >> 1


def is_large(m: Whole, f: Floats, a: int) -> bool:
    return a > 10


def unsupported(m: Whole, f: Floats, a: int, b: int) -> int:
    return [a, b][0]


@pytest.mark.parametrize("function", [divides, rounds, decides, loops])
def test_a_translated_function_computes_the_result_of_python(function: Callable[..., int]) -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    module = llvm.parse_assembly(str(translate(function)))
    module.verify()
    target = llvm.Target.from_default_triple().create_target_machine(jit=True)
    engine = llvm.create_mcjit_compiler(module, target)
    engine.finalize_object()
    kind = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 2)
    compiled = kind(engine.get_function_address(f"test_translating.{function.__name__}"))
    pick = random.Random(1)
    for _ in range(500):
        a, b = pick.randint(-30, 30), pick.choice([-9, -4, -1, 1, 2, 3, 5, 7, 29])
        computed, expected = [0, 1, 2], (ctypes.c_int64 * 3)(0, 1, 2)
        real = pick.uniform(-3, 3)
        found = compiled(expected, (ctypes.c_double * 1)(real), a, b)
        assert found == function(computed, [real], a, b), (a, b, real)
        assert list(expected) == computed


def test_an_unsupported_construct_is_named_in_the_error() -> None:
    with pytest.raises(Untranslatable, match="unsupported"):
        translate(unsupported)
