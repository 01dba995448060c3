"""A finished run, read back from its folder into frozen values.

The report, the comparison and `inkdigit evaluate` see a run only through this door. It writes
nothing, and it opens neither pictures nor models.
"""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from inkdigit.config import RunConfig, load
from inkdigit.errors import ConfigError, RunError
from inkdigit.evaluation.test import TestResult
from inkdigit.types import Preparation

CONFIG = "config.toml"  # the files of a run's folder
ENVIRONMENT = "environment.json"
DATA = "splits.json"
METRICS = "metrics.jsonl"
TIMINGS = "timings.jsonl"
RESUMPTIONS = "resumptions.jsonl"
OPENINGS = "test_openings.jsonl"
MODEL_FILE = "model.onnx"
RESULT = "result.json"


class Record(BaseModel):
    """One JSON object of a run folder; keys that a later version added are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class Environment(Record):
    """On what the run ran, and how it was asked for."""

    inkdigit: str
    python: str
    torch: str
    torchvision: str
    numpy: str
    onnxruntime: str
    platform: str
    processor: str
    cores: int
    threads: int
    device: str
    precision: str
    command: tuple[str, ...]
    started: str  # ISO 8601, UTC


class SplitFacts(Record):
    """How large one split is, and the hash of its pictures and class names."""

    size: int
    sha256: str


class AllSplits(Record):
    """The three sides of the division."""

    train: SplitFacts
    validation: SplitFacts
    test: SplitFacts


class Data(Record):
    """What was learned from, and how it was prepared and divided."""

    source: str
    class_names: tuple[str, ...] = Field(min_length=2)
    preparation: Preparation
    left_out: int  # pictures whose double stands in a part that was not drawn
    excluded: int = 0  # pictures that `data.exclude` names
    relabelled: int = 0  # pictures that `data.relabel` names
    splits: AllSplits


class Layer(Record):
    """One layer of the network, for one picture."""

    name: str
    kind: str
    output: tuple[int, ...]
    parameters: int
    operations: int  # multiply-accumulates


class Network(Record):
    """The network; `operations` are multiply-accumulates for one picture."""

    name: str
    parameters: int
    operations: int
    layers: tuple[Layer, ...]


class Step(Record):
    """One step of the optimizer."""

    kind: Literal["step"]
    epoch: int
    step: int  # counted over all epochs
    loss: float
    learning_rate: float
    gradient_norm: float


class Epoch(Record):
    """One pass over the training pictures, and the validation after it."""

    kind: Literal["epoch"]
    epoch: int
    iterations: int  # steps so far
    training_loss: float
    training_accuracy: float
    validation_loss: float
    validation_accuracy: float
    validation_wrong: int
    validation_total: int
    learning_rate: float


class Timing(Record):
    """How long one epoch took, in seconds."""

    epoch: int
    training_s: float
    validation_s: float
    images_per_s: float


class Validation(Record):
    """Every answer of the chosen epoch on the validation split, in the split's order."""

    sha256: str
    class_names: tuple[str, ...]
    labels: tuple[int, ...]
    predicted: tuple[int, ...]


class Opening(Record):
    """One opening of a test split."""

    opened: str  # ISO 8601, UTC
    split: str
    sha256: str
    size: int
    why: str


class Resumption(Environment):
    """One time that the run went on after an interruption, and on what."""

    step: int  # the last one before it


class ValidationResult(Record):
    """How the chosen epoch did on the validation split."""

    accuracy: float
    wrong: int
    total: int
    loss: float
    objective: float  # the loss as it was minimised


class Seconds(Record):
    """`training` counts the optimizer's steps with their batches; `total` counts everything."""

    training: float
    total: float


class Result(Record):
    """How the run ended."""

    run: str  # the folder, as it was named then
    epoch: int  # the chosen one
    validation: ValidationResult
    test: TestResult
    seconds: Seconds


class RunRecord(Record):
    """Everything that a finished run left behind, except its weights."""

    folder: Path
    config: RunConfig
    environment: Environment
    data: Data
    network: Network
    steps: tuple[Step, ...]
    epochs: tuple[Epoch, ...] = Field(min_length=1)
    timings: tuple[Timing, ...]
    resumptions: tuple[Resumption, ...]
    openings: tuple[Opening, ...]
    validation: Validation
    result: Result
    augmented: bytes | None  # PNG

    @property
    def name(self) -> str:
        """The folder's own name."""
        return self.folder.resolve().name

    @property
    def chosen(self) -> Epoch:
        """The epoch whose weights were tested and exported."""
        return next(epoch for epoch in self.epochs if epoch.epoch == self.result.epoch)

    @property
    def own_test_openings(self) -> tuple[Opening, ...]:
        """The openings of the run's own test split; other data may have been opened too."""
        return tuple(o for o in self.openings if o.sha256 == self.data.splits.test.sha256)


Value = TypeVar("Value")
_Metric = Annotated[Step | Epoch, Field(discriminator="kind")]


def read(folder: Path) -> RunRecord:
    """Read a finished run.

    Raises:
        RunError: `folder` holds no run, an unfinished one, or a file that is not as it should be.
    """
    _check_finished(folder)
    metrics = _lines(folder / METRICS, TypeAdapter[Step | Epoch](_Metric))
    result = read_result(folder)
    epochs = tuple(line for line in metrics if isinstance(line, Epoch))
    if result.epoch not in (epoch.epoch for epoch in epochs):
        raise RunError(
            f"{folder}: {RESULT} chose epoch {result.epoch}, which {METRICS} does not have."
        )
    augmented = folder / "augmented.png"
    resumptions = folder / RESUMPTIONS
    return RunRecord(
        folder=folder,
        config=read_config(folder),
        environment=read_environment(folder),
        data=read_data(folder),
        network=_json(folder / "model.json", TypeAdapter(Network)),
        steps=tuple(line for line in metrics if isinstance(line, Step)),
        epochs=epochs,
        timings=_lines(folder / TIMINGS, TypeAdapter(Timing)),
        resumptions=_lines(resumptions, TypeAdapter(Resumption)) if resumptions.is_file() else (),
        openings=_lines(folder / OPENINGS, TypeAdapter(Opening)),
        validation=_json(folder / "validation.json", TypeAdapter(Validation)),
        result=result,
        augmented=augmented.read_bytes() if augmented.is_file() else None,
    )


def read_config(folder: Path) -> RunConfig:
    """Read a run's resolved configuration; here a fault in it is the run's, not the user's.

    Raises:
        RunError: `folder` holds no run, or its configuration cannot be used.
    """
    if not (folder / CONFIG).is_file():
        what = f"holds no {CONFIG}" if folder.is_dir() else "is no folder"
        raise RunError(f"{folder} {what}, expected the folder of a run, such as runs/fast-….")
    try:
        return load(file=folder / CONFIG)
    except ConfigError as error:
        raise RunError(f"{folder}: its configuration cannot be used: {error}") from error


def read_environment(folder: Path) -> Environment:
    """Read on what a run began; also of one that is not finished."""
    return _json(folder / ENVIRONMENT, TypeAdapter(Environment))


def read_data(folder: Path) -> Data:
    """Read what a run learns from; also of one that is not finished."""
    return _json(folder / DATA, TypeAdapter(Data))


def read_result(folder: Path) -> Result:
    """Read how a run ended."""
    return _json(folder / RESULT, TypeAdapter(Result))


def _check_finished(folder: Path) -> None:
    read_config(folder)
    if not (folder / RESULT).is_file():
        raise RunError(
            f"{folder} has no {RESULT}: the run is not finished. "
            f"Go on with `inkdigit train --resume {folder}`."
        )


def _json(file: Path, kind: TypeAdapter[Value]) -> Value:
    return _parse(_content(file), kind, f"{file}")


def _lines(file: Path, kind: TypeAdapter[Value]) -> tuple[Value, ...]:
    whole, _, _torn = _content(file).rpartition(b"\n")  # a killed process may leave half a line
    return tuple(
        _parse(line, kind, f"{file}, line {number}")
        for number, line in enumerate(whole.splitlines(), start=1)
        if line.strip()
    )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError as error:
        raise RunError(
            f"{file.parent} has no {file.name}: the run is incomplete. Train it again."
        ) from error


def _parse(content: bytes, kind: TypeAdapter[Value], place: str) -> Value:
    try:
        return kind.validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise RunError(
            f"{place}: {key + ': ' if key else ''}{first['msg']}. The file is damaged, or of "
            "another version of inkdigit; train again."
        ) from error
