"""`icnsim predict`: the closed forms alone, without a simulation."""

import click

from icnsim.cli import options


@click.command("predict")
@options.scenario
@options.overrides
@options.as_json
def command(scenario: str, overrides: dict[str, str], as_json: bool) -> None:
    """Print what the closed forms say of a scenario, or why they say nothing."""
    from icnsim.analysis.overview import figure
    from icnsim.analysis.predictions import predict
    from icnsim.cli.document import print_document
    from icnsim.scenario import load

    found = predict(load(scenario, overrides, allow_large=True))
    if as_json:
        fields = {name: {"value": p.value, "formula": p.formula, "reason": p.reason} for name, p in found.items()}
        print_document(fields)
        return
    width = max(map(len, found))
    for name, prediction in found.items():
        said = figure(prediction.value, "") if prediction.reason is None else f"none: {prediction.reason}"
        click.echo(f"{name:{width}}  {said:>12}  {prediction.formula}")
