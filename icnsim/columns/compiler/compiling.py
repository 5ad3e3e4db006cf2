"""The compiled kernel: it is loaded once per process and kept on disk for later processes.

A long first run interprets the kernel while a thread compiles it. The object code is stored under a hash of the
kernel's source, the version of the compiler and the processor. Later processes load it from disk. If it cannot be
stored, each process that needs it compiles it again.
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
from icnsim.draws import stable
from icnsim.protocol import states

Advance = Callable[[int, int, int, int, int], int]
"""The compiled `advance`; its first arguments are the addresses of the three sequences."""

OFF: Final = "ICNSIM_INTERPRETED"
"""The environment variable that disables compilation."""
ENTRY: Final = "advance.advance"
FAILURES: Final = (ImportError, OSError, RuntimeError)
"""The errors without a compiled kernel: no compiler, no source, or no memory that may hold code."""


class Demand:
    """The number of arrivals of all runs of this process, which decides if the compiled kernel saves time."""

    arrivals = 0

    @classmethod
    def with_run(cls, arrivals: int) -> int:
        """Count the arrivals of one more run; return the number with them."""
        cls.arrivals += arrivals
        return cls.arrivals


def is_wanted() -> bool:
    """Whether compilation is enabled and the compiler is installed."""
    return not os.environ.get(OFF) and find_spec("llvmlite") is not None


def kept() -> bool:
    """Whether the compiled kernel is in this process or on disk."""
    return is_wanted() and (_compiled.cache_info().currsize > 0 or _file().exists())


def loaded() -> Advance | None:
    """The compiled kernel if it is in this process or on disk and can be loaded, else None."""
    try:
        return _compiled() if kept() else None
    except FAILURES:
        return None


def finished() -> Advance | None:
    """The kernel that a thread has compiled; None until it is finished, and after a failure."""
    future = background()
    return future.result() if future.done() and future.exception() is None else None


def compiled() -> Advance:
    """The compiled kernel, compiled now if it is not on disk. A process that starts many runs may call this first.

    Raises
    ------
    ImportError, OSError, RuntimeError : the kernel cannot be compiled or loaded.
    """
    return _compiled()


@cache
def background() -> "Future[Advance]":
    """The future of the compiled kernel; the first call starts a thread that compiles it."""
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
    entry.engine = engine  # the engine owns the code
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
    """The file of the object code of this kernel for this processor."""
    import llvmlite
    import llvmlite.binding as llvm

    digest = hashlib.sha256(f"{llvmlite.__version__} {llvm.get_host_cpu_name()} {sys.maxsize}".encode())
    digest.update(llvm.get_host_cpu_features().flatten().encode())
    for source in _sources():
        digest.update(source.read_bytes())
    return _folder() / f"kernel-{digest.hexdigest()[:24]}.o"


def _sources() -> list[Path]:
    """The files that determine the object code: the compiler, the kernel, stable choices, the numbers of states."""
    here = Path(__file__).parent
    kernel = sorted((here.parent / "kernel").glob("*.py"))
    return [*sorted(here.glob("*.py")), *kernel, Path(stable.__file__), Path(states.__file__)]


def _folder() -> Path:
    configured = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    return (Path(configured) if configured else Path.home() / ".cache") / "icnsim"


def _keep(file: Path, code: bytes) -> None:
    """Store the object code, as a whole or not at all. After a failure the next process compiles it again."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as part:
            part.write(code)
        Path(part.name).replace(file)
    except OSError:
        return
