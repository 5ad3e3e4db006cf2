"""The packages of the plug-ins that a scenario names, each with its version."""

from typing import Annotated

from pydantic import AfterValidator, Field

from icnsim.scenario.plugins import registry

Package = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
Version = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.!+_-]{0,99}$")]


def _installed(value: dict[str, str]) -> dict[str, str]:
    """The given packages; raises ValueError if another version is installed, or none."""
    for package, version in value.items():
        found = registry.version_of(package)
        if found is None:
            raise ValueError(f"the package {package}, which is not installed: pip install {package}=={version}")
        if found != version:
            either = f"install {package}=={version}, or remove the package from the key if results may differ"
            raise ValueError(f"the version of {package} that is installed, {found}: {either}")
    return value


Packages = Annotated[dict[Package, Version], Field(max_length=100), AfterValidator(_installed)]
