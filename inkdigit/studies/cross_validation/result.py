"""What a cross-validation found, as figures: spread over folds, wrong counts, flips."""

import csv
import io
from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np

from inkdigit.durable import write_json, write_text
from inkdigit.evaluation import metrics
from inkdigit.studies import study_folder
from inkdigit.studies.cross_validation.fold_answers import FoldScore
from inkdigit.studies.cross_validation.study import CrossValidation

FLIPS = "flips.csv"


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation over n trainings."""

    mean: float
    sd: float
    n: int


@dataclass(frozen=True)
class Pooled:
    """All answers of one repeat together: each picture counts once."""

    repeat: int
    accuracy: float
    wrong: int
    total: int
    low: float  # the 95 % Wilson interval
    high: float


@dataclass(frozen=True)
class Result:
    """The figures; they repeat from one time to the next."""

    source: str
    pictures: int
    folds: tuple[FoldScore, ...]
    accuracy: Spread  # over folds
    loss: Spread
    pooled: tuple[Pooled, ...]  # a repeat each
    confusion: tuple[tuple[int, ...], ...]  # of all repeats; a row for each truth
    flips: int  # pictures to which two of all networks answer differently
    flips_unseen: int  # that two repeats answer differently, out of fold
    wrong_unseen_only: int  # wrong out of fold in some repeat, right by all that learned from it
    wrong_though_seen: int  # wrong also by a network that learned from it

    def to_record(self) -> dict[str, Any]:
        """Give it as `result.json` holds it."""
        return asdict(self)

    def in_words(self) -> str:
        """Say it in one line."""
        first = self.pooled[0]
        return (
            f"Accuracy {self.accuracy.mean:.2%} ± {100 * self.accuracy.sd:.2f} points over "
            f"{self.accuracy.n} folds; {first.wrong:,} of {first.total:,} wrong out of fold, "
            f"95 % interval {first.low:.2%} to {first.high:.2%}"
        )


def judge(found: CrossValidation) -> Result:
    """Count what the networks said."""
    scores = tuple(fold.score for fold in found.folds)
    labels, agreement = found.pictures.labels[found.pictures.indices], found.agreement
    classes = len(found.pictures.class_names)
    confusion = sum(
        metrics.confusion_matrix(answers.astype(np.int64), labels, classes)
        for answers in agreement.unseen
    )
    return Result(
        source=found.source.name,
        pictures=len(labels),
        folds=scores,
        accuracy=_spread([score.accuracy for score in scores]),
        loss=_spread([score.loss for score in scores]),
        pooled=tuple(
            _pooled(number + 1, int((answers != labels).sum()), len(labels))
            for number, answers in enumerate(agreement.unseen)
        ),
        confusion=tuple(tuple(row) for row in np.asarray(confusion).tolist()),
        flips=int(agreement.flips.sum()),
        flips_unseen=int(agreement.flips_unseen.sum()),
        wrong_unseen_only=int(((agreement.unseen_wrong > 0) & (agreement.seen_wrong == 0)).sum()),
        wrong_though_seen=int((agreement.seen_wrong > 0).sum()),
    )


def write(found: CrossValidation, result: Result) -> None:
    """Write `result.json`, and every picture that is not simply right into `flips.csv`."""
    write_json(found.folder / study_folder.RESULT, result.to_record())
    write_text(found.folder / FLIPS, _flips(found))


def _spread(values: list[float]) -> Spread:
    return Spread(mean(values), stdev(values), len(values))


def _pooled(repeat: int, wrong: int, total: int) -> Pooled:
    low, high = metrics.wilson_interval(total - wrong, total)
    return Pooled(repeat, (total - wrong) / total, wrong, total, low, high)


def _flips(found: CrossValidation) -> str:
    """List the pictures that some network gets wrong or that networks differ on, hardest first."""
    names, agreement = found.pictures.class_names, found.agreement
    labels = found.pictures.labels[found.pictures.indices]
    table = io.StringIO()
    rows = csv.writer(table, lineterminator="\n")
    answered = [f"repeat_{number + 1}" for number in range(found.plan.repeats)]
    rows.writerow(
        [
            "picture",
            "row",
            "name",
            "truth",
            *answered,
            "wrong_unseen",
            "wrong_seen",
            "networks_right",
        ]
    )
    hard = agreement.hardest(len(labels))
    for place in hard.tolist():
        rows.writerow(
            [
                place,
                int(found.pictures.indices[place]),
                found.names[found.pictures.indices[place]],
                names[labels[place]],
                *(names[answer] for answer in agreement.unseen[:, place].tolist()),
                int(agreement.unseen_wrong[place]),
                int(agreement.seen_wrong[place]),
                int(agreement.right[place]),
            ]
        )
    return table.getvalue()
