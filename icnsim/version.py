"""The version of icnsim, which every result carries."""

from typing import Final

VERSION: Final = "0.1.0"
