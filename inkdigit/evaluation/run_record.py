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

OPENINGS = "test_openings.jsonl"
MODEL_FILE = "model.onnx"


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


class ValidationResult(Record):
    """How the chosen epoch did on the validation split."""

    accuracy: float
    wrong: int
    total: int
    loss: float


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
    metrics = _lines(folder / "metrics.jsonl", TypeAdapter[Step | Epoch](_Metric))
    # a run that was killed and resumed may have logged a step twice; the values are equal
    steps = {line.step: line for line in metrics if isinstance(line, Step)}
    epochs = {line.epoch: line for line in metrics if isinstance(line, Epoch)}
    timings = {line.epoch: line for line in _lines(folder / "timings.jsonl", TypeAdapter(Timing))}
    result = _json(folder / "result.json", TypeAdapter(Result))
    if result.epoch not in epochs:
        raise RunError(
            f"{folder}: result.json chose epoch {result.epoch}, which metrics.jsonl does not have."
        )
    augmented = folder / "augmented.png"
    return RunRecord(
        folder=folder,
        config=_config(folder / "config.toml"),
        environment=_json(folder / "environment.json", TypeAdapter(Environment)),
        data=_json(folder / "splits.json", TypeAdapter(Data)),
        network=_json(folder / "model.json", TypeAdapter(Network)),
        steps=tuple(steps[key] for key in sorted(steps)),
        epochs=tuple(epochs[key] for key in sorted(epochs)),
        timings=tuple(timings[key] for key in sorted(timings)),
        openings=_lines(folder / OPENINGS, TypeAdapter(Opening)),
        validation=_json(folder / "validation.json", TypeAdapter(Validation)),
        result=result,
        augmented=augmented.read_bytes() if augmented.is_file() else None,
    )


def _check_finished(folder: Path) -> None:
    if not (folder / "config.toml").is_file():
        what = "holds no config.toml" if folder.is_dir() else "is no folder"
        raise RunError(f"{folder} {what}, expected the folder of a run, such as runs/fast-….")
    if not (folder / "result.json").is_file():
        raise RunError(
            f"{folder} has no result.json: the run is not finished. "
            f"Start it again with `inkdigit train {folder}/config.toml`."
        )


def _config(file: Path) -> RunConfig:
    """Read the resolved configuration; here a fault in it is the run's, not the user's."""
    try:
        return load(file=file)
    except ConfigError as error:
        raise RunError(f"{file.parent}: its configuration cannot be used: {error}") from error


def _json(file: Path, kind: TypeAdapter[Value]) -> Value:
    return _parse(_content(file), kind, f"{file}")


def _lines(file: Path, kind: TypeAdapter[Value]) -> tuple[Value, ...]:
    return tuple(
        _parse(line, kind, f"{file}, line {number}")
        for number, line in enumerate(_content(file).splitlines(), start=1)
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
