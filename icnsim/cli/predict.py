"""`icnsim predict`: prints the closed forms without a simulation."""

import click

from icnsim.cli import options


@click.command("predict")
@options.scenario
@options.overrides
@options.as_json
def command(scenario: str, overrides: dict[str, str], as_json: bool) -> None:
    """Print the closed forms of a scenario. If one does not hold, print its bounds and the broken assumption."""
    from icnsim.analysis.overview import predicted
    from icnsim.cli.document import print_document
    from icnsim.scenario import load
    from icnsim.sweeps.figures import unit_of
    from icnsim.theory.predictions import predict

    found = predict(load(scenario, overrides, allow_large=True))
    if as_json:
        print_document({name: {"reason": None, **prediction.fields()} for name, prediction in found.items()})
        return
    width = max(map(len, found))
    for name, prediction in found.items():
        said = predicted(prediction.fields(), unit_of(name))
        if prediction.reason is not None:
            said = f"{said}, no value: {prediction.reason}" if said else f"no value: {prediction.reason}"
        click.echo(f"{name:{width}}  {said:>12}  {prediction.formula}")
