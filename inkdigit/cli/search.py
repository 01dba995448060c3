"""`inkdigit search`: settings that do better, found on validation or by cross-validation."""

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result

if TYPE_CHECKING:
    from inkdigit.config import RunConfig
    from inkdigit.studies.search.result import Found
    from inkdigit.studies.search.study import Plan, Search, TrialDone


def search(
    space: Annotated[
        str | None, typer.Argument(metavar="[SPACE]", help="A TOML file, or a name; see --list.")
    ] = None,
    *,
    preset: Annotated[
        str | None, typer.Option("--preset", help="What the space leaves open. Default: fast.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="A TOML configuration, instead of a preset.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option("--data", help="mnist, mnist-5k (default), or a folder of pictures."),
    ] = None,
    override: Annotated[
        list[str] | None,
        typer.Option("-s", "--set", metavar="SECTION.KEY=VALUE", help="Change one setting."),
    ] = None,
    sampler: Annotated[
        str | None, typer.Option("--sampler", help="grid, random (default) or tpe.")
    ] = None,
    trials: Annotated[
        int | None, typer.Option("--trials", min=1, help="Default: 50, or the whole grid.")
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Of the search. Default: 0.")
    ] = None,
    metric: Annotated[
        str | None, typer.Option("--metric", help="accuracy (default) or loss.")
    ] = None,
    pruner: Annotated[
        str | None,
        typer.Option("--pruner", help="Give up on bad trials: none (default), median, halving."),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option("--folds", min=2, help="Score by cross-validation. Default: on validation."),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            "--storage",
            envvar="INKDIGIT_STORAGE",
            help="SQLAlchemy URL of a database for several machines. Default: SQLite.",
        ),
    ] = None,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes here.")] = 1,
    threads: Annotated[
        int | None,
        typer.Option("--threads-per-worker", min=1, help="Default: the cores, shared out."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Its folder. Default: runs/search-<space>-<time>."),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option("--resume", metavar="FOLDER", help="Go on with one, or work along."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show the result only.")] = False,
    list_all: Annotated[
        bool, typer.Option("--list", help="Show the spaces that come along, and stop.")
    ] = False,
) -> None:
    """Search a SPACE of settings; the best becomes a preset that `inkdigit train` takes.

    Trials are scored on validation or by cross-validation, never on test. Killed at any moment, a
    search goes on with `--resume FOLDER`; started twice, it has two workers.
    """
    with needs_extra("search"):
        import optuna  # noqa: F401
    with needs_extra("train"):
        from inkdigit.cli.studying import refuse_beside_resume, resumable

        if list_all:
            _print_list()
            return
        if resume is not None:
            beside: dict[str, object] = {"SPACE": space, "--preset": preset, "--config": config}
            beside |= {"--data": data, "-s": override, "--sampler": sampler, "-o": output}
            beside |= {"--metric": metric, "--pruner": pruner, "--folds": folds}
            beside |= {"--seed": seed is not None, "--threads-per-worker": threads}
            refuse_beside_resume(beside)
            folder = resume
        else:
            chosen = _plan(sampler, metric, pruner, trials, seed, folds, storage)
            folder = _begin(
                *(space, _configured(config, preset, data, override), chosen, output),
                threads=threads or _share(workers),
            )
        with resumable("trials", f"search --resume {folder}"):
            found, searched = _follow(
                *(folder, storage, trials if resume else None, workers),
                as_json=as_json,
                quiet=quiet,
            )
    if as_json:
        print_json(_record(searched, found))
    else:
        _print(searched, found)


def _configured(
    file: Path | None, preset: str | None, data: str | None, override: list[str] | None
) -> "RunConfig":
    from inkdigit.cli.studying import configured

    return configured(file, preset, data, override)


def _plan(
    sampler: str | None,
    metric: str | None,
    pruner: str | None,
    trials: int | None,
    seed: int | None,
    folds: int | None,
    storage: str | None,
) -> "Plan":
    """Build the plan of a search; what was not given is as `Plan` has it."""
    from pydantic import ValidationError

    from inkdigit.errors import ConfigError, unknown
    from inkdigit.studies.search.study import Plan

    every = 10**9  # of a grid: `begin` knows how many points it has
    given = {
        "sampler": sampler,
        "metric": metric,
        "pruner": pruner,
        "trials": trials or (every if sampler == "grid" else None),
        "seed": seed,
        "folds": folds,
        "storage": storage,
    }
    try:
        return Plan.model_validate({key: v for key, v in given.items() if v is not None})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        known = Plan.model_json_schema()["properties"][name].get("enum", ())
        raise ConfigError(unknown(name, str(given[name]), known)) from error


def _begin(
    space: str | None, config: "RunConfig", plan: "Plan", output: Path | None, *, threads: int
) -> Path:
    from inkdigit.cli.studying import default_folder
    from inkdigit.errors import ConfigError
    from inkdigit.studies.search.space_file import load_space, spaces
    from inkdigit.studies.search.study import begin

    if space is None:
        raise ConfigError(
            "no search space was given, expected a TOML file or one of "
            f"{', '.join(spaces())}. `inkdigit search --list` describes them."
        )
    folder = output or default_folder("search", Path(space).stem, None)
    begin(config, load_space(space), plan, folder, threads=threads)
    return folder


def _share(workers: int) -> int:
    from inkdigit.machine import usable_cores

    return max(1, usable_cores() // workers)


def _follow(
    folder: Path,
    storage: str | None,
    trials: int | None,
    workers: int,
    *,
    as_json: bool,
    quiet: bool,
) -> "tuple[Found, Search]":
    """Do all that is left, and show each trial as it ends."""
    from inkdigit.cli.studying import StudyDisplay
    from inkdigit.studies.search import result as search_result
    from inkdigit.studies.search.report import write_report
    from inkdigit.studies.search.study import Event, TrialBegun, TrialDone, read, work
    from inkdigit.studies.search.workers import work_together

    say = print_note if as_json else print_result
    searched = read(folder, storage=storage, trials=trials)
    with closing(StudyDisplay(quiet=quiet)) as display:

        def watch(event: Event) -> None:
            if isinstance(event, TrialBegun):
                display.next(event.number)
            elif not isinstance(event, TrialDone):
                display.show(event)
            elif not quiet:
                say(_in_words(event))

        if workers == 1:
            work(searched, watch)
        else:
            from inkdigit.studies.search.news import News

            with closing(News(searched)) as news:

                def look() -> None:
                    for each in news.fresh():
                        watch(each)

                work_together(searched, workers, look)
                look()
    found = search_result.collect(searched)
    search_result.write(searched, found)
    write_report(searched, found)
    return found, searched


def _in_words(done: "TrialDone") -> str:
    settings = "  ".join(f"{key}={_short(value)}" for key, value in done.point.items())
    if done.score is None:
        return f"Trial {done.number}: {done.why}, {done.seconds:.1f} s  {settings}"
    score = done.score
    return (
        f"Trial {done.number}: accuracy {score.accuracy:.2%} ({score.wrong:,} of "
        f"{score.total:,} wrong), loss {score.loss:.4f}, {done.seconds:.1f} s  {settings}"
    )


def _short(value: bool | int | float | str) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _record(search: "Search", found: "Found") -> dict[str, Any]:
    from inkdigit.studies import study_folder
    from inkdigit.studies.search import result as search_result

    return {
        "study": str(search.folder),
        **search_result.record(search, found),
        "preset": str(search.folder / search_result.PRESET),
        "report": str(search.folder / study_folder.REPORT),
        "seconds": {"trials": round(sum(row.seconds for row in found.rows), 3)},
    }


def _print(search: "Search", found: "Found") -> None:
    from inkdigit.studies import study_folder
    from inkdigit.studies.search import result as search_result

    low, high = found.interval
    score = found.score
    print_result(
        f"Best of {len(found.rows)}: trial {found.best.number}, accuracy {score.accuracy:.2%} on "
        f"{search_result.judged_on(search)} ({score.wrong:,} of {score.total:,} wrong, 95 % "
        f"interval {low:.2%} to {high:.2%})"
    )
    for key, value in found.best.point.items():
        print_result(f"  {key} = {_short(value)}")
    print_result(f"Preset: {search.folder / search_result.PRESET}")
    print_result(f"Table:  {search.folder / search_result.TABLE}")
    print_result(f"Report: {search.folder / study_folder.REPORT}")
    print_result(f"Train:  inkdigit train {search.folder / search_result.PRESET}")


def _print_list() -> None:
    from inkdigit.studies.search.space_file import spaces

    print_result("Search spaces:")
    for name, about in spaces().items():
        print_result(f"  {name:<16} {about}")
