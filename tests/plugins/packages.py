"""Packages with plug-ins: the example, installed by pip, and small ones that break a rule."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

ROOT = Path(__file__).parents[2]


def install_example(target: Path) -> None:
    """Install `examples/plugin` into a folder: pip builds the package without a network."""
    source = target.with_name("source")
    copytree(ROOT / "examples" / "plugin", source)
    options = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *options, "--target", str(target), str(source)]
    subprocess.run(command, check=True, timeout=120)


def place(folder: Path, group: str, names: dict[str, str], code: str, package: str = "broken") -> Path:
    """Put a module and the metadata of a package that has it into a folder, as an installer would."""
    folder.mkdir(parents=True, exist_ok=True)
    module = package.replace("-", "_")
    (folder / f"{module}.py").write_text(code, "utf-8")
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n", "utf-8")
    lines = [f"[{group}]", *(f"{name} = {module}:{attribute}" for name, attribute in names.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def environment(*folders: Path) -> dict[str, str]:
    """The environment of a process that finds icnsim and the packages of these folders."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, *folders)))}
