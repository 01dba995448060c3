"""The study's page: what holds, and the curves and figures that it was read from."""

from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from markupsafe import Markup

from inkdigit.evaluation.charts import Axes, line_chart
from inkdigit.evaluation.page import duration, thousands
from inkdigit.studies import poster, study_folder
from inkdigit.studies.poster import Part, Poster, Table
from inkdigit.studies.residual.charts import (
    SETTINGS,
    Values,
    by_depth,
    chart,
    in_stretches,
    series_of,
)
from inkdigit.studies.residual.findings import judge
from inkdigit.studies.residual.groups import Groups
from inkdigit.studies.residual.networks import KINDS, Design
from inkdigit.studies.residual.results import Trained
from inkdigit.studies.residual.study import QUICK, Study
from inkdigit.studies.spread import Spread

_LOSS_POINTS = 60  # of a curve: means over equal stretches


def write_report(study: Study) -> Path:
    """Write `report.html` into the study's folder."""
    path = study.folder / study_folder.REPORT
    poster.write(_poster(study), path)
    return path


def _poster(study: Study) -> Poster:
    plan, groups = study.plan, Groups(study.trained)
    caution = (
        f"{plan.steps:,} steps and {plan.seeds} seeds are few: this shows how the study works. "
        "Leave --quick out before you believe it."
    )
    return Poster(
        title="Do residual connections help?",
        about=(
            f"Plain and residual networks of equal size, {_listed(groups.depths)} layers deep, "
            f"with and without batch norm: {len(study.trained)} networks, each trained for "
            f"{plan.steps:,} steps of {study.config.training.batch_size} digits. Figures are mean "
            f"± standard deviation over {plan.seeds} seeds; bands reach from the lowest seed to "
            "the highest."
        ),
        caution=caution if plan == QUICK else "",
        facts=_facts(study),
        findings=judge(study.trained),
        parts=(
            _at_start(groups),
            _along_training(groups, plan.steps),
            _by_depth(groups),
            _without_blocks(groups),
            _everything(study, groups),
        ),
    )


def _facts(study: Study) -> dict[str, str]:
    source = study.source
    return {
        "Data": source.name,
        "Training digits": thousands(len(source.train)),
        "Validation digits": thousands(len(source.validation)),
        "Test digits": thousands(len(source.test)),
        "Seeds": str(study.plan.seeds),
        "Threads": str(study.threads),
        "Training": duration(sum(each.seconds for each in study.trained)),
    }


def _at_start(groups: Groups) -> Part:
    deepest = groups.deepest
    layers = f"of the networks of {deepest} layers, before the first step"
    return Part(
        "The gradient on its way back",
        f"The loss is at the right end; the gradient travels from there to the left. All {layers}.",
        charts=(
            _deepest_chart(
                groups,
                Axes("At the blocks' inputs", "block", "norm of the gradient", "log"),
                lambda each: each.probes[0].input_gradient,
            ),
            _deepest_chart(
                groups,
                Axes("At the weights", "layer", "norm of the gradient", "log"),
                lambda each: each.probes[0].weight_gradient,
            ),
            _deepest_chart(
                groups,
                Axes("Against the size of the weights", "layer", "gradient ÷ weights", "log"),
                lambda each: each.probes[0].gradient_to_weight,
            ),
            _deepest_chart(
                groups,
                Axes(
                    "Neighbours' gradients",
                    "steps apart",
                    "cosine",
                    caption="1: they agree; 0: they have nothing in common (shattered).",
                ),
                lambda each: each.correlation,
            ),
        ),
    )


def _along_training(groups: Groups, steps: int) -> Part:
    width = max(1, steps // _LOSS_POINTS)
    ends = [*range(width, steps, width), steps]
    charts = [
        chart(
            groups,
            depth,
            Axes(f"Training loss, {depth} layers", "iteration", "loss", "log"),
            lambda each: in_stretches(each, ends),
            x=ends,
        )
        for depth in groups.depths
    ]
    every = [each for kind in KINDS for each in groups.all(kind)]
    probes = [probe.step for probe in max((each.probes for each in every), key=len)]
    charts.append(
        chart(
            groups,
            groups.deepest,
            Axes(
                f"How much gradient reaches the first block, {groups.deepest} layers",
                "measuring",
                "first ÷ last block",
                "log",
                f"Measured before training and after steps {_listed(probes[1:])}.",
            ),
            lambda each: [probe.reach for probe in each.probes],
        )
    )
    charts.append(
        chart(
            groups,
            groups.deepest,
            Axes(
                f"Gradient ÷ weights at the first layer, {groups.deepest} layers",
                "measuring",
                "gradient ÷ weights",
                "log",
                "At the same steps.",
            ),
            lambda each: [probe.gradient_to_weight[0] for probe in each.probes],
        )
    )
    return Part("How they learned", charts=tuple(charts))


def _by_depth(groups: Groups) -> Part:
    return Part(
        "What depth does",
        charts=(
            by_depth(
                groups,
                Axes("Training loss at the end", "layers", "loss", "log"),
                lambda each: each.training_loss,
            ),
            by_depth(
                groups,
                Axes("Test accuracy", "layers", "accuracy", "accuracy"),
                lambda each: each.test.accuracy if each.test else None,
            ),
        ),
    )


def _without_blocks(groups: Groups) -> Part:
    charts = []
    for batchnorm, words in SETTINGS:
        series = []
        for kind in KINDS:
            found = [
                each.deletion.without
                for each in groups.of(kind, batchnorm)
                if each.deletion and each.learned
            ]
            series.append(series_of(kind, found, logarithmic=False))
        axes = Axes(
            f"{groups.deepest} layers, {words}", "block that is left out", "validation accuracy"
        )
        charts.append(line_chart(axes, series))
    return Part(
        "One block at a time left out, after training",
        "In place of the block stands its shortcut. Networks that learned nothing are not shown.",
        charts=tuple(charts),
    )


def _everything(study: Study, groups: Groups) -> Part:
    head = (
        *("network", "rate", "parameters", "blew up", "training loss"),
        *("test accuracy", "wrong", "steps to 99 %", "seconds each"),
    )
    rows = []
    for design in study.plan.designs():
        group = groups.of(design.kind, design.batchnorm, design.depth)
        rows.append(_row(design, group))
    tried = ", ".join(f"{rate:g}" for rate, _ in next(iter(study.chosen.values())).losses)
    return Part(
        "Every network",
        table=Table(head, tuple(rows)),
        note=(
            f"The learning rate of each design is that of {tried} whose training loss ended "
            "lowest in the worse of two trainings of a fifth of the steps, with seeds of their "
            "own. The test digits were opened once for each network, to report. Losses are means "
            "over the last tenth of the steps."
        ),
    )


def _row(design: Design, group: Sequence[Trained]) -> tuple[str, ...]:
    tested = [each.test for each in group if each.test]
    losses = [each.training_loss for each in group if each.training_loss is not None]
    reached = [str(each.steps_to_goal or "–") for each in group]
    return (
        f"{design.kind}, {design.depth} layers" + (", batch norm" if design.batchnorm else ""),
        f"{group[0].learning_rate:g}",
        thousands(group[0].parameters),
        f"{sum(each.blown_up_at is not None for each in group)} of {len(group)}",
        Spread.of(losses).in_words(".2g") if losses else "–",
        Spread.of(each.accuracy for each in tested).in_words(".2f", percent=True)
        if tested
        else "–",
        ", ".join(str(each.wrong) for each in tested) or "–",
        ", ".join(reached),
        f"{fmean(each.seconds for each in group):.0f}",
    )


def _deepest_chart(groups: Groups, axes: Axes, values: Values) -> Markup:
    return chart(groups, groups.deepest, axes, values)


def _listed(numbers: Sequence[int]) -> str:
    words = [f"{number:,}" for number in numbers]
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
