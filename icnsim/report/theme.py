"""The colours of plots as variables of a style sheet, for pictures that the browser draws without plotly.js."""

from collections.abc import Sequence

from icnsim.plots.palette import Theme, colours


def variables(selector: str, roles: Sequence[str]) -> str:
    """Rules that set `--ROLE` on the elements of a selector: for the light theme, the dark one, and print."""
    light, dark = (_rule(roles, theme) for theme in ("light", "dark"))
    return (
        f"{selector}{light}"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme=light]) {selector}{dark}}}"
        f":root[data-theme=dark] {selector}{dark}"
        f"@media print{{:root:root:root {selector}{light}}}"
    )


def _rule(roles: Sequence[str], theme: Theme) -> str:
    found = colours(theme)
    return "{" + ";".join(f"--{role}:{found[role]}" for role in roles) + "}"
