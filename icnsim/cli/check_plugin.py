"""`icnsim check-plugin`: lists the installed plug-ins, or checks them for violations of their rules."""

import click

from icnsim.cli import FAILED
from icnsim.errors import PluginError, printable


@click.command("check-plugin")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(name: str | None, as_json: bool) -> int:
    """List the installed plug-ins, or check the plug-ins with a name.

    A check calls the plug-in in several processes with different hash seeds, states of the global random generators
    and orders of the calls. The results must have the same bits and keep the rules of docs/plugins.md. The exit code
    is 1 if a rule is broken.
    """
    from icnsim.cli.document import print_document
    from icnsim.plugins.check import check
    from icnsim.scenario.plugins.registry import KINDS, installed

    there = [plugin for kind in KINDS for plugin in installed(kind).values() if name in (None, plugin.name)]
    if name is not None and not there:
        known = ", ".join(plugin for kind in KINDS for plugin in installed(kind)) or "none"
        raise PluginError(f"no installed plug-in has the name {name!r}; installed are: {known}")
    found = [(plugin, None if name is None else check(plugin)) for plugin in there]
    if as_json:
        print_document(
            [
                {"kind": plugin.kind, "name": plugin.name, "package": plugin.package, "version": plugin.version}
                | ({} if broken is None else {"violations": broken})
                for plugin, broken in found
            ]
        )
    else:
        for plugin, broken in found:
            verdict = "" if broken is None else ": no violation was found" if not broken else ":"
            click.echo(printable(f"{plugin.kind} {plugin.name} ({plugin.package} {plugin.version}){verdict}"))
            for each in broken or ():
                click.echo(printable(f"  {each}"))
        if not found:
            click.echo("no plug-in is installed", err=True)
    return FAILED if any(broken for _, broken in found) else 0
