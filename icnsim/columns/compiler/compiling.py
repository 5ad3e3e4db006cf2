"""The compiled kernel: translated, optimised and loaded once a process, and kept on disk for the next one.

A first process interprets the kernel while a thread compiles it. What it has compiled is kept under the hash of
the kernel's source, the compiler's version and the processor, so that later processes load it in a moment. Where
nothing can be kept, each process that needs it compiles it anew.
"""

import ctypes
import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from icnsim.columns.kernel.advance import advance
from icnsim.protocol import states

Advance = Callable[[int, int, int, int, int], int]
"""The kernel's `advance`, with the addresses of the three sequences."""

OFF: Final = "ICNSIM_INTERPRETED"
"""The environment variable that keeps the kernel interpreted."""
ENTRY: Final = "advance.advance"
FAILURES: Final = (ImportError, OSError, RuntimeError)
"""What keeps a kernel from being compiled or loaded: no compiler, no source, no place that may hold code."""


def is_wanted() -> bool:
    """Whether the kernel may be compiled at all: nobody forbids it, and the compiler is installed."""
    return not os.environ.get(OFF) and find_spec("llvmlite") is not None


def kept() -> bool:
    """Whether this process has the compiled kernel, or finds it on disk."""
    return is_wanted() and (_compiled.cache_info().currsize > 0 or _file().exists())


def loaded() -> Advance | None:
    """The compiled kernel where one is kept; None where there is none, or where it cannot be loaded here."""
    try:
        return _compiled() if kept() else None
    except FAILURES:
        return None


def finished() -> Advance | None:
    """What the thread has compiled; None while it works, and where it could not."""
    future = begun()
    return future.result() if future.done() and future.exception() is None else None


def compiled() -> Advance:
    """The compiled kernel; it is compiled first where it is not kept. Whoever starts many runs may call it first."""
    return _compiled()


@cache
def begun() -> "Future[Advance]":
    """The compiled kernel, as soon as a thread has it."""
    return ThreadPoolExecutor(1, "compiles the kernel").submit(compiled)


@cache
def _compiled() -> Advance:
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    target = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2, jit=True
    )
    file = _file()
    try:
        code = file.read_bytes()
    except OSError:
        code = _object_code(llvm, target)
        _keep(file, code)
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    kind = ctypes.CFUNCTYPE(
        ctypes.c_int64, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64
    )
    entry: Any = kind(engine.get_function_address(ENTRY))
    entry.engine = engine  # the code lives as long as this
    return entry  # type: ignore[no-any-return]


def _object_code(llvm: Any, target: Any) -> bytes:
    from icnsim.columns.compiler.translating import translate

    module = llvm.parse_assembly(str(translate(advance)))
    module.verify()
    passes = llvm.create_pass_builder(target, llvm.create_pipeline_tuning_options(speed_level=2))
    passes.getModulePassManager().run(module, passes)
    code: bytes = target.emit_object(module)
    return code


@cache
def _file() -> Path:
    """Where the object code of this kernel, for this processor, is kept."""
    import llvmlite
    import llvmlite.binding as llvm

    digest = hashlib.sha256(f"{llvmlite.__version__} {llvm.get_host_cpu_name()} {sys.maxsize}".encode())
    digest.update(llvm.get_host_cpu_features().flatten().encode())
    for source in _sources():
        digest.update(source.read_bytes())
    return _folder() / f"kernel-{digest.hexdigest()[:24]}.o"


def _sources() -> list[Path]:
    """The files that determine the object code: the compiler, the kernel, and the numbers of states and events."""
    here = Path(__file__).parent
    return [*sorted(here.glob("*.py")), *sorted((here.parent / "kernel").glob("*.py")), Path(states.__file__)]


def _folder() -> Path:
    given = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(given) if given else Path.home() / ".cache") / "icnsim"


def _keep(file: Path, code: bytes) -> None:
    """Keep it, whole or not at all; where that cannot be, the next process compiles it again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
            part.write(code)
        Path(part.name).replace(file)
    except OSError:
        return
