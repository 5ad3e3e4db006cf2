"""`icnsim run`: simulate, show the figures next to the predictions, write the results."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icnsim import memory
from icnsim.cli import BAD_INPUT, FAILED, complain, options
from icnsim.errors import IcnsimError

if TYPE_CHECKING:
    from icnsim.engines import Engine


@click.command("run")
@options.scenarios
@options.overrides
@options.seed
@options.of_runs
@click.option("--strict", is_flag=True, help="Exit with 1 if an invariant is violated.")
@click.option("--watch", is_flag=True, help="Show the federation on stderr while it runs.")
def command(
    scenarios: tuple[str, ...], overrides: dict[str, str], seed: int | None, out: str, force: bool, as_json: bool,
    quiet: bool, allow_large: bool, max_events: int | None, max_wall: float | None, engine: "Engine",
    strict: bool, watch: bool,
) -> int:  # fmt: skip
    """Simulate scenarios; print figures next to their closed forms; write results; check `expect`."""
    from icnsim.cli.document import print_document
    from icnsim.cli.progress import progress_bar
    from icnsim.cli.reading import read
    from icnsim.cli.table import show
    from icnsim.cli.watch import watching
    from icnsim.experiment import prepare, run
    from icnsim.recording.progress import Budget
    from icnsim.recording.stored import showing
    from icnsim.scenario.coherence import BASE_BYTES, estimate_bytes

    # Every file is read before the first one runs, so that a mistake in the last one is found first.
    loaded, failed = [], False
    for path in scenarios:
        running = Budget(max_events, max_wall).begun()
        try:
            made = partial(prepare, path, overrides, seed, allow_large=allow_large)
            scenario = read(path, made, running, quiet=quiet or as_json)
            memory.refuse_little(estimate_bytes(scenario) - BASE_BYTES)
            loaded.append((path, scenario, running.paused()))
        except IcnsimError as error:
            complain(str(error))
            failed = True
    if failed:
        return BAD_INPUT
    if watch and engine == "auto":
        engine = "events"  # the columnar engine has no state of the whole federation at an instant
    shown = watching() if watch else partial(progress_bar, quiet=quiet or as_json)
    documents: list[dict[str, Any]] = []
    held = True
    for path, scenario, budget in loaded:
        with shown(scenario.name) as progress:
            stage = None if progress is None else progress.stage
            result = run(scenario, out=out, force=force, budget=budget, progress=progress, stage=stage, engine=engine)
        with showing(result):
            held = held and result.held and not (strict and result.broken)
            documents.append(result.summary)
            if not quiet and not as_json:
                show(result, Path(path))
    if as_json:
        print_document(documents[0] if len(documents) == 1 else documents)
    return 0 if held else FAILED
