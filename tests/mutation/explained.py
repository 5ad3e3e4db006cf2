"""The survivors that no test can or should kill, with the reason of each."""

import tomllib
from pathlib import Path
from typing import Final

from tests.mutation.mutants import Name

FILE: Final = Path(__file__).with_name("explained.toml")


def explanations() -> dict[Name, str]:
    """The reasons by the names of the mutants."""
    entries = tomllib.loads(FILE.read_text("utf-8")).get("survivor", [])
    return {
        Name(each["module"], each["line"], change): each["reason"] for each in entries for change in each["changes"]
    }
