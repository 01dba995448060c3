"""The report of a search: history, importance and slices, as one self-contained HTML page."""

import shlex
import warnings
from pathlib import Path

import numpy as np
from markupsafe import Markup
from optuna.exceptions import ExperimentalWarning
from optuna.importance import FanovaImportanceEvaluator, get_param_importances

from inkdigit import durable
from inkdigit.evaluation.charts import Axes
from inkdigit.evaluation.page import render
from inkdigit.evaluation.scales import Scale
from inkdigit.studies import study_folder
from inkdigit.studies.search import result as search_result
from inkdigit.studies.search.charts import Dot, bar_chart, dot_chart
from inkdigit.studies.search.result import Found, Row
from inkdigit.studies.search.space import Choices, Range
from inkdigit.studies.search.study import SPACE, Search

_SHOWN = 20  # of the best trials
_LEAST_FOR_IMPORTANCE = 10  # complete trials; fewer say nothing


def write_report(search: Search, found: Found) -> Path:
    """Write `report.html` into the folder of a search.

    Returns:
        The path of the report.
    """
    low, high = found.interval
    scored = [row for row in found.rows if row.score is not None]
    ranked = sorted(scored, key=lambda row: search_result.rank(search, row))
    importance = _importance(search, found)
    page = render(
        "search.html.j2",
        {
            "title": f"{search.folder.resolve().name} · inkdigit",
            "name": search.folder.resolve().name,
            "plan": search.plan,
            "source": search.source.name,
            "judged_on": search_result.judged_on(search),
            "found": found,
            "low": low,
            "high": high,
            "keys": list(search.space.varied),
            "fixed": search.space.fixed,
            "ranked": ranked[:_SHOWN],
            "given_up": [row for row in found.rows if row.score is None][:_SHOWN],
            "total_s": sum(row.seconds for row in found.rows),
            "threads": search.machine.threads,
            "preset": search_result.preset(search, found),
            "history": _history(search, found),
            "importance": bar_chart("Importance", importance) if importance else None,
            "slices": [_slice(search, found, key) for key in search.space.varied],
            "use": shlex.join(["inkdigit", "train", f"{search.folder}/{search_result.PRESET}"]),
            "again": _again(search),
        },
    )
    path = search.folder / study_folder.REPORT
    durable.write_text(path, page)
    return path


def value_of(search: Search, row: Row) -> float:
    """Give what trials are compared by."""
    assert row.score is not None  # noqa: S101
    return row.score.accuracy if search.plan.metric == "accuracy" else row.score.loss


def _history(search: Search, found: Found) -> Markup:
    """Draw the trials in their order, and the best so far."""
    scored = [row for row in found.rows if row.score is not None]
    values = np.array([value_of(search, row) for row in scored])
    is_accuracy = search.plan.metric == "accuracy"
    best = np.maximum.accumulate(values) if is_accuracy else np.minimum.accumulate(values)
    scale: Scale = "accuracy" if is_accuracy else "log"
    dots = [
        Dot(row.number, value, row.number, row == found.best)
        for row, value in zip(scored, values.tolist(), strict=True)
    ]
    axes = Axes("History: every trial, and the best so far", "trial", search.plan.metric, scale)
    return dot_chart(axes, dots, line=best.tolist())


def _importance(search: Search, found: Found) -> list[tuple[str, float]]:
    """Measure by how much each key explains the scores; nothing where there are too few trials.

    Source: Hutter, Hoos and Leyton-Brown 2014, *An efficient approach for assessing
    hyperparameter importance* (functional ANOVA over random forests).
    """
    values = {value_of(search, row) for row in found.rows if row.score is not None}
    if found.complete < _LEAST_FOR_IMPORTANCE or len(values) < 2 or len(search.space.varied) < 2:
        return []
    with search.store() as store, warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        evaluator = FanovaImportanceEvaluator(seed=0)
        measured = get_param_importances(store.study, evaluator=evaluator)
    return sorted(measured.items(), key=lambda pair: -pair[1])


def _slice(search: Search, found: Found, key: str) -> Markup:
    what = search.space.varied[key]
    dots = [
        Dot(row.point[key], value_of(search, row), row.number, row == found.best)
        for row in found.rows
        if row.score is not None
    ]
    is_accuracy = search.plan.metric == "accuracy"
    axes = Axes(key, key, search.plan.metric, "accuracy" if is_accuracy else "log")
    is_log = isinstance(what, Range) and what.log
    return dot_chart(axes, dots, log_x=is_log, named=isinstance(what, Choices))


def _again(search: Search) -> str:
    plan, folder = search.plan, search.folder
    options = ["--config", f"{folder}/config.toml", "--sampler", plan.sampler]
    options += ["--trials", str(plan.trials), "--seed", str(plan.seed)]
    options += ["--metric", plan.metric] if plan.metric != "accuracy" else []
    options += ["--pruner", plan.pruner] if plan.pruner != "none" else []
    options += ["--folds", str(plan.folds)] if plan.folds else []
    return shlex.join(["inkdigit", "search", f"{folder}/{SPACE}", *options])
