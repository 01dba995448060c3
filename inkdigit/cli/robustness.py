"""`inkdigit evaluate --robustness`: a run, a model file or shipped weights on worse pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigit.cli.console import needs_extra, print_json, print_note, print_result, progress

if TYPE_CHECKING:
    from inkdigit.evaluation.robustness import Fared, Rejected
    from inkdigit.evaluation.robustness_page import Measured
    from inkdigit.recognition.recognizer import OnnxRecognizer
    from inkdigit.types import Split

OPENINGS = "test_openings.jsonl"  # beside the page, where there is no run folder


@dataclass(frozen=True)
class Wanted:
    """What was asked for."""

    model: str  # default, quick, a run folder or a model file
    data: str | None
    test: bool  # on the test part, not on validation
    framed: bool  # the pictures are prepared as `classify` prepares them
    seed: int
    page: Path | None
    other_writers: Sequence[Path]
    not_digits: Sequence[Path]


def measure_robustness(wanted: Wanted, *, as_json: bool) -> None:
    """Measure, write the page, and print what was found."""
    from inkdigit.evaluation.robustness import measure
    from inkdigit.evaluation.robustness_page import Measured, gallery, write_page
    from inkdigit.recognition.as_given import AsGiven
    from inkdigit.recognition.recognizer import SHIPPED, open_recognizer

    recognizer = open_recognizer(wanted.model)
    shipped = wanted.model in SHIPPED
    run = None if shipped or not Path(wanted.model).is_dir() else Path(wanted.model)
    page = wanted.page or (run or Path()) / _page_name(wanted.model, run)
    with needs_extra("train"):  # to decode a folder, or for the digits of mnist-5k
        name, validation, split = _splits(wanted, recognizer, run)
        others = {str(each): _whole(each, recognizer) for each in wanted.other_writers}
    strangers = {str(each): _rejected(each, recognizer) for each in wanted.not_digits}
    with progress("asking about worse pictures") as watch:
        found = measure(
            AsGiven(recognizer) if wanted.framed else recognizer,
            split,
            seed=wanted.seed,
            openings=(run or page.parent) / OPENINGS,
            why="inkdigit evaluate --robustness --test-part",
            watch=watch,
        )
    measured = Measured(
        model=wanted.model,
        data=f"{name}, framed" if wanted.framed else name,
        robustness=found,
        other_writers={name: _asked(recognizer, other) for name, other in others.items()},
        not_digits=strangers,
        gallery=gallery(validation, seed=wanted.seed) if found.corruptions else {},
    )
    write_page(measured, page)
    if as_json:
        print_json(_record(measured, page))
    else:
        _print(measured, page)


def _page_name(model: str, run: Path | None) -> str:
    return "robustness.html" if run else f"robustness-{Path(model).stem}.html"


def _splits(
    wanted: Wanted, recognizer: "OnnxRecognizer", run: Path | None
) -> tuple[str, "Split", "Split"]:
    """Find the data's name, its validation part to draw examples from, and the part to measure."""
    from inkdigit.config import DataConfig
    from inkdigit.data.source import open_source
    from inkdigit.evaluation import run_record

    own = run_record.read_config(run).data if run else None
    if own is None:
        named = DataConfig() if recognizer.card.origin.data == "unknown" else None
        own = named or DataConfig(source=recognizer.card.origin.data)
    preparation = recognizer.preparation
    asked = {
        "source": wanted.data or own.source,
        "test_source": None if wanted.data else own.test_source,
        "image_size": preparation.image_size,
        "channels": preparation.channels,
        "frame": preparation.frame,
    }
    config = own.model_copy(update=asked)
    source = open_source(config)
    split = source.test if wanted.test else source.validation
    if recognizer.card.origin.data_sha256 != source.train.sha256:
        print_note(
            f"The model was trained on other pictures than the training part of {config.source}: "
            "it may have seen some of those that it is asked about."
        )
    name = config.test_source if wanted.test and config.test_source else config.source
    return name, source.validation, split


def _whole(folder: Path, recognizer: "OnnxRecognizer") -> "Split":
    """Open all pictures of a folder of labelled digits, whichever part they stand in."""
    import hashlib

    import numpy as np

    from inkdigit.config import DataConfig
    from inkdigit.data.source import gather
    from inkdigit.errors import DataError, unknown
    from inkdigit.types import Split

    preparation, known = recognizer.preparation, recognizer.class_names
    config = DataConfig(
        source=str(folder),
        image_size=preparation.image_size,
        channels=preparation.channels,
        frame=preparation.frame,
    )
    pool = gather(config).pool
    for name in pool.class_names:
        if name not in known:
            raise DataError(f"{folder}: {unknown('class', name, known)}")
    positions = np.array([known.index(name) for name in pool.class_names], np.int64)
    return Split(
        name="validation",
        class_names=known,
        images=pool.images,
        labels=positions[pool.labels],
        indices=np.arange(len(pool.labels)),
        sha256=hashlib.sha256(pool.digests.tobytes()).hexdigest(),
    )


def _asked(recognizer: "OnnxRecognizer", split: "Split") -> "Fared":
    from inkdigit.evaluation.robustness import fared
    from inkdigit.evaluation.test import ask

    right = ask(recognizer, split).argmax(axis=1) == split.labels[split.indices]
    return fared(int(right.sum()), len(right))


def _rejected(folder: Path, recognizer: "OnnxRecognizer") -> "Rejected":
    from inkdigit.errors import DataError
    from inkdigit.evaluation.robustness import Rejected
    from inkdigit.pictures.inputs import inputs_in

    if not folder.exists():
        raise DataError(f"{folder}: no such folder, expected one with pictures of no digits.")
    files = list(inputs_in(folder))
    if not files:
        raise DataError(f"{folder}: no pictures found, expected some of no digits. Name another.")
    if unreadable := next((each.error for each in files if each.error is not None), None):
        raise DataError(unreadable)
    answers = recognizer.classify([each.source for each in files])
    return Rejected(int(answers.rejected.sum()), len(files))


def _record(measured: "Measured", page: Path) -> dict[str, Any]:
    from dataclasses import asdict

    record = asdict(replace(measured, gallery={}))
    del record["gallery"]
    found: dict[str, Any] = record.pop("robustness")
    return record | {"report": str(page)} | found


def _print(measured: "Measured", page: Path) -> None:
    found = measured.robustness
    print_result(
        f"{measured.model} on {found.pictures:,} pictures of {measured.data}, {found.part} part:"
    )
    rows = {"as they are": found.clean, **found.corruptions, **measured.other_writers}
    width = max(map(len, rows))
    for name, each in rows.items():
        print_result(
            f"  {name:<{width}}  {each.accuracy:7.2%}  {each.wrong:>6,} of {each.total:,} wrong, "
            f"95 % interval {each.low:.2%} to {each.high:.2%}"
        )
    for name, rejected in measured.not_digits.items():
        print_result(f"  {name}: {rejected.rejected:,} of {rejected.total:,} rejected")
    for sweep in found.sweeps:
        points = "  ".join(f"{p.value:g}: {p.fared.accuracy:.1%}" for p in sweep.points)
        print_result(f"  {sweep.name} ({sweep.unit})  {points}")
    if found.mean is not None:
        interval = ""
        if found.mean.low is not None and found.mean.high is not None:
            interval = f", 95 % interval {found.mean.low:.2%} to {found.mean.high:.2%}"
        print_result(f"Mean corruption accuracy {found.mean.accuracy:.2%}{interval}")
    print_result(f"Report: {page}")
