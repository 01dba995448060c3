"""The report of a run: one self-contained HTML page, made from the run folder alone.

It draws what the folder recorded and opens neither pictures nor the model.
"""

import base64
import shlex
from pathlib import Path

import numpy as np
from markupsafe import Markup

from inkdigit import durable
from inkdigit.config import RunConfig
from inkdigit.evaluation import run_record
from inkdigit.evaluation.charts import Axes, Mark, Series, line_chart
from inkdigit.evaluation.confusion_chart import confusion_chart
from inkdigit.evaluation.fit import judge_fit
from inkdigit.evaluation.metrics import class_scores
from inkdigit.evaluation.page import render
from inkdigit.evaluation.run_record import RunRecord

REPORT = "report.html"


def write_report(run: Path) -> Path:
    """Write `report.html` into a finished run's folder, replacing an older one.

    Args:
        run: the folder.

    Returns:
        The path of the report.

    Raises:
        RunError: the folder holds no finished run.
    """
    record = run_record.read(run)
    path = run / REPORT
    durable.write_text(path, _page(record))
    return path


def _page(run: RunRecord) -> str:
    confusion = np.array(run.result.test.confusion)
    return render(
        "report.html.j2",
        {
            "title": f"{run.name} · inkdigit",
            "run": run,
            "test": run.result.test,
            "charts": _charts(run),
            "fit": judge_fit(run),
            "confusion": confusion_chart(confusion, run.data.class_names),
            "scores": class_scores(confusion, run.data.class_names),
            "augmented": base64.b64encode(run.augmented).decode() if run.augmented else None,
            "settings": _settings(run.config),
            "again": shlex.join(["inkdigit", "train", f"{run.result.run}/config.toml"]),
            "command": shlex.join(run.environment.command),
        },
    )


def _charts(run: RunRecord) -> list[Markup]:
    steps, epochs = run.steps, run.epochs
    step_numbers = [step.step for step in steps]
    numbers = [epoch.epoch for epoch in epochs]
    chosen = Mark(run.chosen.epoch, f"chosen: epoch {run.chosen.epoch}")
    return [
        line_chart(
            Axes(
                "Training loss",
                "iteration",
                "loss",
                "log",
                "The paper's Figure 3: the loss of every step, and its moving average.",
            ),
            [Series("training loss", step_numbers, [s.loss for s in steps], smooth=True)],
        ),
        line_chart(
            Axes("Loss per epoch", "epoch", "loss", "log"),
            [
                Series("training", numbers, [e.training_loss for e in epochs]),
                Series("validation", numbers, [e.validation_loss for e in epochs]),
            ],
            mark=chosen,
        ),
        line_chart(
            Axes("Accuracy per epoch", "epoch", "accuracy", "accuracy"),
            [
                Series("training", numbers, [e.training_accuracy for e in epochs]),
                Series("validation", numbers, [e.validation_accuracy for e in epochs]),
            ],
            mark=chosen,
        ),
        line_chart(
            Axes("Learning rate", "iteration", "learning rate"),
            [Series("learning rate", step_numbers, [s.learning_rate for s in steps])],
        ),
        line_chart(
            Axes("Gradient norm", "iteration", "norm", "log"),
            [Series("gradient norm", step_numbers, [s.gradient_norm for s in steps], smooth=True)],
        ),
        line_chart(
            Axes("Speed", "epoch", "pictures per second"),
            [
                Series(
                    "training",
                    [t.epoch for t in run.timings],
                    [t.images_per_s for t in run.timings],
                )
            ],
        ),
    ]


def _settings(config: RunConfig) -> dict[str, list[tuple[str, object, bool]]]:
    """List every setting by section: name, value, and whether it differs from the default."""
    defaults = RunConfig().model_dump()
    return {
        section: [(key, value, value != defaults[section][key]) for key, value in values.items()]
        for section, values in config.model_dump().items()
    }
