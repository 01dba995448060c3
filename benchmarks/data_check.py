"""How well `inkdigit data check` finds what is wrong, on faults that were put in on purpose.

    python -m benchmarks.data_check [planted | held-out | duplicates | known]...

`planted`, `held-out`: wrong labels in training digits; the order of doubtful labels is chosen by
them.
`duplicates`: pictures that are nearly another one; the threshold is chosen by them. `known`: at
which ranks 15 test digits of MNIST come whose labels people reject; run once, when all was chosen.
"""

import io
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from statistics import mean, stdev
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.results import ROOT, append, commit
from inkdigit.config import DataConfig, load
from inkdigit.data.source import Source, open_source
from inkdigit.evaluation.test import open_and_test
from inkdigit.recognition.recognizer import SHIPPED, open_recognizer
from inkdigit.studies.data_check.doubles import centred, near_pairs
from inkdigit.studies.data_check.labels import ORDERS, find_doubts
from inkdigit.types import Indices, Labels

Grey = NDArray[np.uint8]  # (height, width)

OPENINGS = ROOT / "benchmarks" / "openings.jsonl"
SEEDS, MANY_SEEDS = (0, 1, 2), range(20)
FOLDS, EPOCHS = 3, 12
CONFUSABLE = (6, 7, 7, 5, 9, 3, 0, 1, 3, 4)  # what each digit is most easily taken for
KNOWN = (  # rejected by human raters: Northcutt et al. 2021, *Pervasive label errors in test sets*
    *(947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937),
    *(6651, 6783, 8527, 9679, 9729),
)


def plant(labels: Labels, draws: np.random.Generator) -> tuple[Labels, Mapping[str, Indices]]:
    """Make some labels wrong, in three ways; no label twice.

    Returns:
        The labels, and the places that were changed in each way.
    """
    changed = labels.copy()
    share = len(labels) // 100
    places = draws.permutation(len(labels))
    random, alike = places[:share], places[share : 2 * share]
    fours = places[2 * share :][labels[places[2 * share :]] == 4]
    one_way = fours[: len(fours) // 10]
    changed[random] = (labels[random] + draws.integers(1, 10, len(random))) % 10
    changed[alike] = np.array(CONFUSABLE)[labels[alike]]
    changed[one_way] = 9
    ways = {"1 % at random": random, "1 % to what looks alike": alike}
    return changed, ways | {"a tenth of the 4s to 9": one_way}


@dataclass(frozen=True)
class Figures:
    """How well an order finds what was planted."""

    average_precision: float
    recall: float  # among as many as were planted


def judge(scores: NDArray[np.float64], planted: NDArray[np.bool_]) -> Figures:
    """Compare an order with the truth; ties count as they happen to lie."""
    hits = planted[np.argsort(scores, kind="stable")]
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    count = int(planted.sum())
    return Figures(float(precision[hits].mean()), float(hits[:count].sum() / count))


def measure_planted() -> None:
    """Plant errors, check, and compare the orders."""
    from inkdigit.data.folds import all_but_test  # these two load torch
    from inkdigit.studies.data_check.answers import answer_all

    measured, started = commit(), perf_counter()
    source = open_source(DataConfig())
    everything = all_but_test(source)
    truth = everything.labels[everything.indices]
    found: dict[str, list[Figures]] = defaultdict(list)
    recalls: dict[tuple[str, str], list[float]] = defaultdict(list)
    sure: list[tuple[float, float]] = []
    right: list[float] = []
    for seed in SEEDS:
        given, ways = plant(truth, np.random.default_rng(seed))
        planted = given != truth
        config = load(overrides=[f"training.seed={seed}", f"training.epochs={EPOCHS}"])
        answers = answer_all(config, _relabelled(source, everything.indices, given), FOLDS)
        right.append(float((answers.argmax(axis=1) == truth).mean()))
        for order, score in ORDERS.items():
            scores = score(answers, given)
            found[order].append(judge(scores, planted))
            first = np.argsort(scores, kind="stable")[: planted.sum()]
            for way, places in ways.items():
                recalls[order, way].append(float(np.isin(places, first).mean()))
        doubts = [doubt.place for doubt in find_doubts(answers, given) if doubt.sure]
        hits = planted[doubts]
        sure.append((float(hits.mean()), float(hits.sum() / planted.sum())))
        print(f"seed {seed} after {perf_counter() - started:.0f} s", flush=True)
    lines = [
        "$ python -m benchmarks.data_check planted",
        "",
        (
            f"`mnist-5k`: {len(truth):,} training and validation digits, of which "
            f"{int(planted.sum())} got a wrong label, in three ways at once; {FOLDS} folds, "
            f"networks of preset `fast` for {EPOCHS} epochs, {_spread(right)} right out of fold; "
            f"seeds {', '.join(map(str, SEEDS))}, mean ± sd. Recall is among as many as were "
            "planted. The test part stays closed."
        ),
        "",
        f"| order | average precision | recall | {' | '.join(ways)} |",
        "|---|---|---|" + "---|" * len(ways),
    ]
    for order, figures in found.items():
        cells = [
            _spread([each.average_precision for each in figures]),
            _spread([each.recall for each in figures]),
            *(_spread(recalls[order, way]) for way in ways),
        ]
        lines.append(f"| {order} | {' | '.join(cells)} |")
    precision, recall = zip(*sure, strict=True)
    lines += [
        "",
        (
            f"What is called sure, which `relabel.jsonl` gets: precision {_spread(precision)}, "
            f"recall {_spread(recall)}. {perf_counter() - started:.0f} s."
        ),
    ]
    append("Wrong labels planted into `mnist-5k`", lines, measured=measured)


def measure_held_out() -> None:
    """Plant errors into digits that the networks which come with inkdigit did not learn from."""
    measured = commit()
    config = load(preset="weights-default").data
    held = open_source(config).validation
    images, truth = held.read()
    lines = [
        "$ python -m benchmarks.data_check held-out",
        "",
        (
            f"{len(truth):,} of MNIST's training digits that the networks which come with "
            "inkdigit were validated with and did not learn from; wrong labels planted in three "
            f"ways at once, for {len(MANY_SEEDS)} seeds, mean ± sd. The networks learned from "
            "right labels: that makes it easier than it is among one's own. Recall is among as "
            "many as planted."
        ),
        "",
        "| network | order | average precision | recall |",
        "|---|---|---|---|",
    ]
    for name in SHIPPED:
        answers = open_recognizer(name).probabilities(images)
        found: dict[str, list[Figures]] = defaultdict(list)
        sure: list[tuple[float, float]] = []
        for seed in MANY_SEEDS:
            given, _ = plant(truth, np.random.default_rng(seed))
            planted = given != truth
            for order, score in ORDERS.items():
                found[order].append(judge(score(answers, given), planted))
            hits = planted[[doubt.place for doubt in find_doubts(answers, given) if doubt.sure]]
            sure.append((float(hits.mean()), float(hits.sum() / planted.sum())))
        for order, figures in found.items():
            precision = _spread([each.average_precision for each in figures])
            recall = _spread([each.recall for each in figures])
            lines.append(f"| `{name}` | {order} | {precision} | {recall} |")
        precise, recalled = zip(*sure, strict=True)
        lines.append(
            f"| `{name}` | called sure | precision {_spread(precise)} | {_spread(recalled)} |"
        )
    append("Wrong labels planted into digits that were held out", lines, measured=measured)


def _relabelled(source: Source, rows: Indices, given: Labels) -> Source:
    labels = source.train.labels.copy()
    labels[rows] = given
    return replace(
        source,
        train=replace(source.train, labels=labels),
        validation=replace(source.validation, labels=labels),
    )


def _spread(values: tuple[float, ...] | list[float]) -> str:
    return f"{mean(values):.4f} ± {stdev(values):.4f}"


def measure_known() -> None:
    """See where the 15 labels of MNIST's test part come that people reject."""
    measured = commit()
    test = open_source(DataConfig(source="mnist")).test
    labels = test.labels[test.indices]
    known = np.isin(test.indices - test.indices.min(), KNOWN)
    lines = [
        "$ python -m benchmarks.data_check known",
        "",
        (
            f"MNIST's {len(test):,} test digits, judged by the networks that come with inkdigit, "
            f"which learned from training digits only; {int(known.sum())} labels that people "
            "reject. All orders are shown; the one that is used is chosen on planted errors."
        ),
        "",
        "| network | order | doubted | of them sure | in the first 15 | 50 | 100 | 200 | ranks |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in SHIPPED:
        why = f"ranks of the known bad labels: data check with {name}"
        answers = open_and_test(
            open_recognizer(name), test, openings=OPENINGS, why=why
        ).probabilities
        doubts = find_doubts(answers, labels)
        for order, score in ORDERS.items():
            ranks = np.argsort(np.argsort(score(answers, labels), kind="stable"))[known] + 1
            counts = " | ".join(str(int((ranks <= most).sum())) for most in (15, 50, 100, 200))
            listed = ", ".join(map(str, np.sort(ranks).tolist()))
            lines.append(
                f"| `{name}` | {order} | {len(doubts)} | {sum(doubt.sure for doubt in doubts)} | "
                f"{counts} | {listed} |"
            )
    append("The known bad labels of MNIST's test part", lines, measured=measured)


def measure_duplicates() -> None:
    """Plant pictures that are nearly another one, and compare thresholds."""
    from inkdigit.data.folds import all_but_test

    measured = commit()
    source = open_source(DataConfig())
    originals, _ = all_but_test(source).read()
    lines = [
        "$ python -m benchmarks.data_check duplicates",
        "",
        (
            f"`mnist-5k`: {len(originals):,} training and validation digits and 200 copies of some "
            "of them, changed a little, for seeds 0, 1, 2. False are pairs of which none is a copy."
        ),
        "",
        "| copies | " + " | ".join(f"found at {alike}" for alike in THRESHOLDS) + " |",
        "|---|" + "---|" * len(THRESHOLDS),
    ]
    false: dict[float, list[int]] = defaultdict(list)
    for name, spoil in COPIES.items():
        cells: dict[float, list[float]] = defaultdict(list)
        for seed in SEEDS:
            draws = np.random.default_rng(seed)
            chosen = draws.choice(len(originals), 200, replace=False)
            copies = np.stack([spoil(originals[row, ..., 0], draws) for row in chosen])
            images = [*originals[..., 0], *copies]
            pairs = near_pairs(
                np.stack([centred(image[..., None]) for image in images]), alike=THRESHOLDS[0]
            )
            for alike in THRESHOLDS:
                kept = {(a, b) for a, b, r in pairs if r >= alike}
                right = {(row, len(originals) + place) for place, row in enumerate(chosen.tolist())}
                cells[alike].append(len(kept & right) / len(chosen))
                false[alike].append(sum(b < len(originals) for _, b in kept))
        row = " | ".join(f"{mean(cells[alike]):.1%}" for alike in THRESHOLDS)
        lines.append(f"| {name} | {row} |")
    row = " | ".join(f"{mean(false[alike]):.1f}" for alike in THRESHOLDS)
    lines.append(f"| false pairs | {row} |")
    append("Nearly identical pictures", lines, measured=measured)


def _shifted(picture: Grey, draws: np.random.Generator) -> Grey:
    return np.roll(picture, draws.integers(-2, 3, 2), axis=(0, 1))


def _noisy(picture: Grey, draws: np.random.Generator) -> Grey:
    return np.clip(picture + draws.normal(0, 12, picture.shape), 0, 255).astype(np.uint8)


def _paler(picture: Grey, draws: np.random.Generator) -> Grey:
    return (picture * draws.uniform(0.6, 0.9)).astype(np.uint8)


def _compressed(picture: Grey, draws: np.random.Generator) -> Grey:
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "JPEG", quality=int(draws.integers(50, 90)))
    return np.asarray(Image.open(content))


def _resized(picture: Grey, draws: np.random.Generator) -> Grey:
    side = int(draws.integers(40, 80))
    large = Image.fromarray(picture).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large.resize(picture.shape, Image.Resampling.BILINEAR))


COPIES: Mapping[str, Callable[[Grey, np.random.Generator], Grey]] = {
    "moved by up to 2 pixels": _shifted,
    "with noise, sd 12 of 255": _noisy,
    "paler, 0.6 to 0.9": _paler,
    "JPEG, quality 50 to 90": _compressed,
    "enlarged to 40 to 80 pixels, and back": _resized,
}
THRESHOLDS = (0.95, 0.96, 0.97, 0.975, 0.98, 0.985, 0.99)


COMMANDS: Mapping[str, Callable[[], None]] = {
    "planted": measure_planted,
    "held-out": measure_held_out,
    "duplicates": measure_duplicates,
    "known": measure_known,
}


if __name__ == "__main__":
    for name in sys.argv[1:] or COMMANDS:
        if name not in COMMANDS:
            sys.exit(f"unknown measurement {name!r}; known: {', '.join(COMMANDS)}")
        COMMANDS[name]()
