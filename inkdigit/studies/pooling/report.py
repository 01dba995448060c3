"""The study's page: what holds, the curves over bent digits, and what each network costs."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from inkdigit.evaluation.charts import Axes, Series, line_chart
from inkdigit.evaluation.page import duration, thousands
from inkdigit.studies import poster, study_folder
from inkdigit.studies.pooling.bends import SWEEPS, Sweep
from inkdigit.studies.pooling.findings import Groups, grouped, judge, stability
from inkdigit.studies.pooling.networks import REDUCTIONS, WORDS
from inkdigit.studies.pooling.study import QUICK, Study
from inkdigit.studies.pooling.training import Trained, Variant
from inkdigit.studies.poster import Part, Poster, Table
from inkdigit.studies.spread import Spread, curve


def write_report(study: Study) -> Path:
    """Write `report.html` into the study's folder."""
    path = study.folder / study_folder.REPORT
    poster.write(_poster(study), path)
    return path


def _poster(study: Study) -> Poster:
    plan, groups = study.plan, grouped(study.trained)
    judged = min(plan.judged, len(study.source.validation))
    caution = (
        f"{plan.steps:,} steps and {plan.seeds} seeds are few: this shows how the study works. "
        "Leave --quick out before you believe it."
    )
    return Poster(
        title="What is pooling good for?",
        about=(
            "The paper's two-layer CNN in four versions: max pooling, average pooling, "
            "convolutions that take every second place, and nothing that makes pictures smaller. "
            f"Each is trained for {plan.steps:,} steps of {study.config.training.batch_size} "
            f"digits, with and without augmentation, and asked about {judged:,} validation digits "
            f"that are bent. Mean ± standard deviation over {plan.seeds} seeds; bands reach from "
            "the lowest seed to the highest."
        ),
        caution=caution if plan == QUICK else "",
        facts={
            "Data": study.source.name,
            "Training digits": thousands(len(study.source.train)),
            "Bent digits": thousands(judged),
            "Test digits": thousands(len(study.source.test)),
            "Seeds": str(plan.seeds),
            "Threads": str(study.threads),
            "Training": duration(sum(each.training_s for each in study.trained)),
        },
        findings=judge(study.trained),
        parts=(
            _curves(groups, augmented=False),
            _curves(groups, augmented=True),
            _figures(study, groups),
        ),
    )


def _curves(groups: Groups, *, augmented: bool) -> Part:
    title = "Trained on bent digits" if augmented else "Trained on digits as they are"
    return Part(title, charts=tuple(_chart(groups, sweep, augmented) for sweep in SWEEPS))


def _chart(groups: Groups, sweep: Sweep, augmented: bool) -> Markup:
    place = SWEEPS.index(sweep)
    series = []
    for reduction in REDUCTIONS:
        group = groups[Variant(reduction, augmented)]
        found = [each.sweeps[place].accuracies for each in group]
        middle, low, high = curve(found, logarithmic=False)
        series.append(Series(WORDS[reduction], sweep.settings, middle, band=(low, high)))
    return line_chart(Axes(sweep.words.capitalize(), sweep.unit, "accuracy"), series)


def _figures(study: Study, groups: Groups) -> Part:
    head = (
        *("network", "augmentation", "parameters", "operations", "training s", "ms a digit"),
        *("training", "test", "wrong", "gap", *(sweep.words for sweep in SWEEPS)),
    )
    rows = tuple(_row(variant, groups[variant]) for variant in study.plan.variants())
    return Part(
        "Every network",
        table=Table(head, rows, words=2),
        note=(
            "Training and test are accuracies on digits as they are; the last columns say "
            "how much of the accuracy is left on bent ones, on average. Operations are "
            "multiply-accumulates for one digit; the comparisons and sums of pooling are not among "
            "them, but their time is in the seconds, which compare only on the same machine. The "
            "test digits were opened once for each network, to report."
        ),
    )


def _row(variant: Variant, group: Sequence[Trained]) -> tuple[str, ...]:
    def percent(values: Spread, form: str = ".2f") -> str:
        return values.in_words(form, percent=True)

    return (
        WORDS[variant.reduction],
        "yes" if variant.augmented else "no",
        thousands(group[0].parameters),
        thousands(group[0].operations),
        Spread.of(each.training_s for each in group).in_words(".1f"),
        Spread.of(each.answer_ms for each in group).in_words(".3f"),
        percent(Spread.of(each.training_accuracy for each in group)),
        percent(Spread.of(each.test.accuracy for each in group)),
        ", ".join(str(each.test.wrong) for each in group),
        percent(Spread.of(each.gap for each in group)),
        *(percent(stability(group, sweep), ".1f") for sweep in SWEEPS),
    )
