"""The configuration of a run: what may be set, its defaults, and where it comes from.

A preset (a small TOML file in `presets/` that says only what differs) or a TOML file of the
user's, then `section.key=value` overrides, then nothing: the result is frozen. A typo is an
error that names the known keys, not a different experiment.
"""

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

import tomli_w
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    ValidationError,
)

from inkdigit.errors import ConfigError, text_expected, unknown

Fraction = Annotated[float, Field(ge=0, le=1)]
DEFAULT_PRESET = "fast"


class Section(BaseModel):
    """A part of the configuration: strict about names, frozen once it is made."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, validate_default=True
    )


class DataConfig(Section):
    """Which pictures, how they are prepared, and how they are divided."""

    source: str = Field("mnist-5k", min_length=1, description="mnist, mnist-5k or a folder")
    test_source: str | None = Field(
        None, min_length=1, description="test on the test part of this source instead"
    )
    split_seed: NonNegativeInt = Field(0, description="draws the split, and nothing else does")
    validation_fraction: float = Field(
        0.1, gt=0, lt=1, description="of what is not the source's own test part"
    )
    test_fraction: float = Field(
        0.2, gt=0, lt=1, description="of a source that has no test part of its own"
    )
    image_size: Annotated[int, Field(ge=20, le=64)] | Literal["auto"] = Field(
        "auto", description="side in pixels; auto: as the pictures are, else 28"
    )
    channels: Literal["auto", 1, 3] = Field("auto", description="auto: 1 if all pictures are grey")
    invert: Literal["auto", "yes", "no"] = Field(
        "auto", description="turn dark on light into light on dark; auto: look at the borders"
    )
    frame: Literal["auto", "digit", "none"] = Field(
        "auto", description="digit: crop, size and centre as MNIST; auto: for MNIST's digits only"
    )
    not_digits: NonNegativeInt = Field(
        0, description="generated pictures of no digit to learn from, so that they are rejected"
    )
    other_hands: NonNegativeInt = Field(
        0, description="training digits with a flag or a bar added, as other hands write 1 and 9"
    )
    pixel_limit: Annotated[int, Field(ge=1, le=178_956_970)] = Field(  # Pillow opens no more
        50_000_000, description="larger pictures are refused; each pixel costs up to 16 bytes"
    )
    byte_limit: PositiveInt = Field(67_108_864, description="larger picture files are refused")
    exclude: str | None = Field(
        None, min_length=1, description="a file of pictures to leave out, from `data check`"
    )
    relabel: str | None = Field(
        None, min_length=1, description="a file of pictures with other labels, from `data check`"
    )


class AugmentationConfig(Section):
    """How training pictures are changed; 0 switches a part off. Nothing is ever flipped."""

    shift: Fraction = Field(0.0, description="largest shift, as a fraction of the side")
    rotation_deg: Annotated[float, Field(ge=0, le=180)] = Field(0.0, description="largest turn")
    shear_deg: Annotated[float, Field(ge=0, le=60)] = Field(0.0, description="largest slant")
    scale: Annotated[float, Field(ge=0, le=0.9)] = Field(
        0.0, description="largest change of size; 0.1 is 0.9 to 1.1, each axis for itself"
    )
    elastic_px: Annotated[float, Field(ge=0, le=20)] = Field(
        0.0, description="standard deviation of a smooth warp, in pixels"
    )
    stroke: Fraction = Field(
        0.0, description="largest share of a one-pixel thickening or thinning of the strokes"
    )
    appearance: Fraction = Field(
        0.0, description="share of pictures whose pen, paper, lens, light or grain is changed"
    )
    erasing: Fraction = Field(0.0, description="probability that a rectangle is blanked")
    clean_epochs: NonNegativeInt = Field(0, description="last epochs without augmentation")


class ModelConfig(Section):
    """Which network; `inkdigit train --list` shows them."""

    name: str = Field("fast-cnn", min_length=1, description="a name from the catalogue")
    licence: str = Field(
        "unknown", min_length=1, description="of the weights, as SPDX names it, for the model card"
    )


class OptimizerConfig(Section):
    """How a gradient becomes a step."""

    name: Literal["sgd", "adamw", "muon"] = Field(
        "sgd", description="sgd is with Nesterov momentum; muon steps orthogonally in filters"
    )
    learning_rate: PositiveFloat = Field(0.1, description="the schedule's peak")
    momentum: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.9, description="of sgd and muon; the first beta of adamw"
    )
    second_beta: Annotated[float, Field(ge=0, lt=1)] = Field(0.999, description="of adamw")
    weight_decay: NonNegativeFloat = Field(
        0.0005, description="never on norms and biases; with muon on the last layer only"
    )
    clip_norm: NonNegativeFloat = Field(0.0, description="largest gradient norm; 0: no limit")


class ScheduleConfig(Section):
    """How the learning rate moves over the whole of `training.epochs`, however many they are."""

    name: Literal["one-cycle", "cosine", "step", "constant"] = Field(
        "one-cycle", description="one-cycle: linear up, linear down to `final`"
    )
    warmup: Fraction = Field(0.2, description="share of all steps spent rising to the peak")
    final: Fraction = Field(0.0, description="what is left of the peak at the end")
    drops: PositiveInt = Field(2, description="of step: how many equal stages follow the first")
    drop_factor: Fraction = Field(0.1, description="of step: what a drop leaves")


class AveragingConfig(Section):
    """The moving average of the weights, which is what gets validated, tested and exported."""

    decay: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.0, description="per step; 0: the weights themselves are used"
    )
    batchnorm_images: NonNegativeInt = Field(
        2048, description="training pictures that re-estimate batch norm for averaged weights"
    )


class TrainingConfig(Section):
    """The loop."""

    epochs: PositiveInt = Field(5, description="passes over the training pictures")
    batch_size: PositiveInt = Field(128, description="pictures a step")
    seed: NonNegativeInt = Field(0, description="draws weights, order and augmentation")
    device: Literal["auto", "cuda", "mps", "cpu"] = Field("auto", description="where to compute")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="auto: bf16 where it is faster than fp32"
    )
    threads: NonNegativeInt = Field(0, description="CPU threads; 0: one per core")
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = Field(0.0, description="of the loss")
    teacher: Annotated[str, Field(min_length=1)] | None = Field(
        None,
        description="a run to learn from beside the labels (distillation), or a file of what a "
        "teacher said of the training pictures",
    )
    teacher_share: Fraction = Field(
        0.5, description="of the teacher in what is learned; the rest is the labels'"
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="balanced: rare classes weigh more in the loss"
    )
    early_stopping: NonNegativeInt = Field(
        0, description="epochs without a better validation before stopping; 0: never"
    )
    checkpoint_every_s: NonNegativeFloat = Field(
        60.0, description="seconds between checkpoints inside an epoch; 0: after every step"
    )


class RunConfig(Section):
    """Everything that decides a run."""

    data: DataConfig = DataConfig()
    augmentation: AugmentationConfig = AugmentationConfig()
    model: ModelConfig = ModelConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    averaging: AveragingConfig = AveragingConfig()
    training: TrainingConfig = TrainingConfig()


def presets() -> dict[str, str]:
    """List the presets: name → the sentence on its first line."""
    found = sorted(files("inkdigit.presets").iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8").splitlines()[0].lstrip("# ")
        for entry in found
        if entry.name.endswith(".toml")
    }


def load(
    *, preset: str | None = None, file: Path | None = None, overrides: Sequence[str] = ()
) -> RunConfig:
    """Build a configuration.

    Args:
        preset: a name from `presets()`; the default preset if neither this nor `file` is given.
        file: a TOML file of the user's, instead of a preset.
        overrides: `section.key=value`, applied in order; values are TOML, or plain text.

    Raises:
        ConfigError: both a preset and a file, an unknown name or key, a value out of range, or
            a file that is no TOML.
    """
    if preset is not None and file is not None:
        raise ConfigError(
            f"both the preset {preset!r} and the file {file} were given. Give one of them; "
            "change single keys with `-s section.key=value`."
        )
    settings = _preset(preset or DEFAULT_PRESET) if file is None else _parse(file, _read(file))
    for override in overrides:
        section, key, value = _parse_override(override)
        keys = settings.setdefault(section, {})
        if isinstance(keys, dict):  # else `validate` says what is wrong with the section
            keys[key] = value
    return validate(settings)


def validate(settings: Mapping[str, Any]) -> RunConfig:
    """Turn nested settings into a configuration, or say which one is wrong and what is known.

    Raises:
        ConfigError: an unknown section or key, or a value of the wrong kind or range.
    """
    known = RunConfig.model_fields
    for name, section in settings.items():
        if name not in known:
            raise ConfigError(unknown("section", name, known))
        if not isinstance(section, Mapping):
            raise ConfigError(
                f"{name} is {section!r}, expected a section. Write `{name}.key=value`."
            )
        keys = getattr(RunConfig(), name).__class__.model_fields
        for key in section:
            if key not in keys:
                raise ConfigError(
                    unknown("key", f"{name}.{key}", (f"{name}.{each}" for each in keys))
                )
    try:
        return RunConfig.model_validate(settings)
    except ValidationError as error:
        first = error.errors()[0]
        section, key = str(first["loc"][0]), str(first["loc"][1])
        help_ = getattr(RunConfig(), section).__class__.model_fields[key].description
        raise ConfigError(
            f"{section}.{key} = {settings[section][key]!r}: {first['msg']} ({help_})."
        ) from error


def dump(config: RunConfig) -> str:
    """Write a configuration as TOML that `load(file=...)` reads back to an equal one."""
    return tomli_w.dumps(config.model_dump(exclude_none=True))


def _preset(name: str) -> dict[str, Any]:
    known = presets()
    if name not in known:
        raise ConfigError(unknown("preset", name, known))
    return tomllib.loads(files("inkdigit.presets").joinpath(f"{name}.toml").read_text("utf-8"))


def _read(file: Path) -> str:
    with text_expected(file, "a TOML configuration", "`inkdigit train --list` shows the presets."):
        return file.read_text("utf-8")


def _parse(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{file}: no valid TOML: {error}. Write `key = value` lines below a [section]."
        ) from error


def _parse_override(override: str) -> tuple[str, str, Any]:
    """Split `section.key=value`; a value that is no TOML is taken as the text it is."""
    path, equals, text = override.partition("=")
    section, dot, key = path.strip().partition(".")
    if not (equals and dot and section and key):
        raise ConfigError(
            f"override {override!r} is not of the form section.key=value, "
            "for example `-s training.epochs=3`."
        )
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    return section, key, value
