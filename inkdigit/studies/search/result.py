"""What a search found: its table, the best trial, and the preset that it makes."""

import csv
import io
from dataclasses import asdict, dataclass
from typing import Any

import tomli_w
from optuna.trial import FrozenTrial, TrialState

from inkdigit.config import RunConfig
from inkdigit.durable import claim, write_json, write_text
from inkdigit.errors import RunError
from inkdigit.evaluation.metrics import wilson_interval
from inkdigit.studies import study_folder
from inkdigit.studies.search.space import Point
from inkdigit.studies.search.study import Search, training_seed
from inkdigit.studies.search.trial import Score

TABLE = "trials.csv"
PRESET = "best.toml"


@dataclass(frozen=True)
class Row:
    """One finished trial."""

    number: int
    seed: int  # training.seed
    point: Point
    score: Score | None  # None: it was given up
    why: str | None  # it was given up
    curve: dict[int, float]  # the metric after each epoch, or fold
    seconds: float


@dataclass(frozen=True)
class Found:
    """All finished trials, by number, and the best of them."""

    rows: tuple[Row, ...]
    best: Row
    score: Score  # of the best

    @property
    def complete(self) -> int:
        """Count those that were not given up."""
        return sum(row.score is not None for row in self.rows)

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's, of the best; it does not know that this is the best of many."""
        return wilson_interval(self.score.total - self.score.wrong, self.score.total)


def collect(search: Search) -> Found:
    """Read the trials that are finished.

    Raises:
        RunError: none of them came to its end.
    """
    with search.store() as store:
        trials = [each for each in store.trials() if each.number < search.plan.trials]
        store.tidy()
    rows = tuple(row_of(search, trial) for trial in trials if trial.state.is_finished())
    scored = [row for row in rows if row.score is not None]
    if not scored:
        why = ", ".join(sorted({row.why or "" for row in rows})) or "none is finished"
        raise RunError(
            f"none of {len(rows)} trials of {search.folder} came to its end ({why}). Search a "
            "narrower space, or with --pruner none."
        )
    best = min(scored, key=lambda row: rank(search, row))
    assert best.score is not None  # noqa: S101
    return Found(rows, best, best.score)


def rank(search: Search, row: Row) -> tuple[float, float, int]:
    """Order trials, the best first; of equals, the other metric decides, then the number."""
    assert row.score is not None  # noqa: S101
    wrong, loss = 1 - row.score.accuracy, row.score.loss
    return (
        (wrong, loss, row.number) if search.plan.metric == "accuracy" else (loss, wrong, row.number)
    )


def row_of(search: Search, trial: FrozenTrial) -> Row:
    """Read a finished trial."""
    record = trial.user_attrs.get("score", {})
    complete = trial.state == TrialState.COMPLETE
    return Row(
        number=trial.number,
        seed=training_seed(search.plan.seed, trial.number),
        point={key: trial.params[key] for key in search.space.varied if key in trial.params},
        score=Score(*(record[key] for key in ("accuracy", "loss", "wrong", "total")))
        if complete
        else None,
        why=None if complete else str(trial.user_attrs.get("why", "given up")),
        curve=dict(trial.intermediate_values),
        seconds=float(record.get("seconds", 0.0)),
    )


def write(search: Search, found: Found) -> None:
    """Write the table, the result and the winning preset; the clock is in none of them."""
    with claim(search.folder, wait=True):
        write_text(search.folder / TABLE, table(search, found))
        write_text(search.folder / PRESET, preset(search, found))
        write_json(search.folder / study_folder.RESULT, record(search, found))


def record(search: Search, found: Found) -> dict[str, Any]:
    """Give what `result.json` holds."""
    low, high = found.interval
    return {
        "source": search.source.name,
        "judged_on": judged_on(search),
        "metric": search.plan.metric,
        "trials": {"complete": found.complete, "given_up": len(found.rows) - found.complete},
        "best": {
            "trial": found.best.number,
            **asdict(found.score),
            "low": low,
            "high": high,
            "settings": {**search.space.fixed, **found.best.point},
        },
    }


def judged_on(search: Search) -> str:
    """Say on which pictures trials were judged."""
    return f"{search.plan.folds} folds" if search.plan.folds else "validation"


def table(search: Search, found: Found) -> str:
    """Write a row for each finished trial, as CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    keys = list(search.space.varied)
    rows.writerow(["trial", "seed", *keys, "accuracy", "wrong", "total", "loss", "given_up"])
    for row in found.rows:
        score = row.score
        figures = ("", "", "", "") if score is None else _figures(score)
        values = [row.point.get(key, "") for key in keys]
        rows.writerow([row.number, row.seed, *values, *figures, row.why or ""])
    return text.getvalue()


def _figures(score: Score) -> tuple[object, ...]:
    return score.accuracy, score.wrong, score.total, score.loss


def preset(search: Search, found: Found) -> str:
    """Write the best trial's settings as a preset: what differs from the defaults.

    Its seed is left out: to choose a seed by its score is to choose luck.
    """
    config = search.space.applied(search.config, found.best.point)
    defaults = RunConfig().model_dump()
    sections = {
        section: {
            key: value
            for key, value in values.items()
            if value != defaults[section][key] and value is not None
        }
        for section, values in config.model_dump().items()
    }
    score = found.score
    first = (
        f"# Trial {found.best.number} of a {search.plan.sampler} search of {len(found.rows)} on "
        f"{search.source.name}: {score.wrong} of {score.total} wrong on {judged_on(search)}."
    )
    return first + "\n" + tomli_w.dumps({name: keys for name, keys in sections.items() if keys})
