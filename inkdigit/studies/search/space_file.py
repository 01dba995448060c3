"""Reading the space of a search: TOML against the same keys as the configuration.

    [optimizer]
    learning_rate = { low = 0.02, high = 0.5, log = true }   # a range
    name = ["sgd", "adamw"]                                  # choices
    weight_decay = 0.0005                                    # fixed, in all trials

A range of whole numbers stays whole; `step` makes it one of steps, and `points` says how many
values a grid takes of it.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, PositiveFloat, PositiveInt, ValidationError

from inkdigit.config import RunConfig, validate
from inkdigit.errors import ConfigError, text_expected, unknown
from inkdigit.models.catalogue import find
from inkdigit.studies.search.space import Choices, Range, Space, Value

_FIXED_SECTIONS = {"data"}
_NOT_SEARCHED = {  # what decides which pictures are judged, or nothing that is learned
    *("training.seed", "training.device", "training.threads"),
    *("training.early_stopping", "training.checkpoint_every_s", "model.licence"),
}
_SEARCHED_OF_DATA = {"data.not_digits", "data.other_hands"}


class _RangeTable(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    low: int | float
    high: int | float
    log: bool = False
    step: PositiveInt | PositiveFloat | None = None
    points: PositiveInt | None = None


def spaces() -> dict[str, str]:
    """List the spaces that come along: name → the sentence on its first line."""
    found = sorted(files("inkdigit.studies").joinpath("spaces").iterdir(), key=lambda e: e.name)
    return {
        entry.name.removesuffix(".toml"): entry.read_text("utf-8").splitlines()[0].lstrip("# ")
        for entry in found
        if entry.name.endswith(".toml")
    }


def load_space(name: str) -> Space:
    """Read a space by its name, or from a file.

    Raises:
        ConfigError: there is none, or it is not one.
    """
    if name in spaces():
        place = files("inkdigit.studies").joinpath("spaces", f"{name}.toml")
        return parse_space(place.read_text("utf-8"), name)
    file = Path(name)
    if file.suffix != ".toml" and not file.exists():
        raise ConfigError(f"{unknown('search space', name, spaces())} Or name a TOML file.")
    remedy = "`inkdigit search --list` shows those that come along."
    with text_expected(file, "a search space in TOML", remedy):
        text = file.read_text("utf-8")
    return parse_space(text, name)


def parse_space(text: str, name: str) -> Space:
    """Read a space, and see to it that every value in it fits its key.

    Raises:
        ConfigError: no TOML, an unknown key, a value out of range, or nothing that varies.
    """
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"{name}: no valid TOML: {error}. Write `key = [values]` or "
            "`key = { low = …, high = … }` lines below a [section]."
        ) from error
    varied: dict[str, Choices | Range] = {}
    fixed: dict[str, Value] = {}
    for section, keys in sections.items():
        if not isinstance(keys, Mapping) or section not in RunConfig.model_fields:
            validate({section: keys})  # says what is wrong
            continue
        for short, written in keys.items():
            key = f"{section}.{short}"
            _require_known(section, short)
            _require_searchable(key)
            if isinstance(written, list):
                varied[key] = Choices(tuple(_checked(section, short, each) for each in written))
                _require_different(key, written)
            elif isinstance(written, Mapping):
                varied[key] = _range(section, short, written)
            else:
                fixed[key] = _checked(section, short, written)
    if not varied:
        raise ConfigError(
            f"{name}: nothing varies, expected at least one `key = [values]` or "
            "`key = { low = …, high = … }` below a [section]."
        )
    return Space(text, varied, fixed)


def _require_known(section: str, key: str) -> None:
    known = type(getattr(RunConfig(), section)).model_fields
    if key not in known:
        raise ConfigError(unknown("key", f"{section}.{key}", (f"{section}.{k}" for k in known)))


def _require_searchable(key: str) -> None:
    section = key.partition(".")[0]
    barred = section in _FIXED_SECTIONS and key not in _SEARCHED_OF_DATA
    if barred or key in _NOT_SEARCHED:
        raise ConfigError(
            f"{key} in a search space: it decides which pictures are judged or how it is computed, "
            f"not how well is learned. Set it for the whole search with `-s {key}=value`."
        )


def _require_different(key: str, written: list[object]) -> None:
    if len({str(value) for value in written}) < max(1, len(written)) or not written:
        raise ConfigError(f"{key} = {written!r}: expected different values, at least one.")


def _checked(section: str, key: str, value: object) -> Value:
    """Hold a value to its key; give it as the configuration has it, so that 1 becomes 1.0."""
    config = validate({section: {key: value}})
    if (section, key) == ("model", "name"):
        find(str(value))
    found = getattr(getattr(config, section), key)
    if not isinstance(found, bool | int | float | str):
        raise ConfigError(f"{section}.{key} = {value!r}: expected one number, text or truth value.")
    return found


def _range(section: str, key: str, written: Mapping[str, Any]) -> Range:
    name = f"{section}.{key}"
    try:
        table = _RangeTable.model_validate(written)
    except ValidationError as error:
        first = error.errors()[0]
        wrong = str(first["loc"][0])
        if first["type"] == "extra_forbidden":
            raise ConfigError(
                f"{name}: {unknown('word in a range', wrong, _RangeTable.model_fields)}"
            ) from error
        raise ConfigError(
            f"{name} = {dict(written)!r}: {wrong}: {first['msg'].lower()}. Write "
            "`{ low = …, high = … }`, with `log = true`, `step` or `points` if wanted."
        ) from error
    low, high = _checked(section, key, table.low), _checked(section, key, table.high)
    if isinstance(low, bool | str) or isinstance(high, bool | str):
        raise ConfigError(f"{name}: a range, expected a list of choices for this key.")
    whole = isinstance(low, int) and isinstance(high, int)
    if not low < high or (table.log and low <= 0) or (table.log and table.step):
        raise ConfigError(
            f"{name} = {dict(written)!r}: expected low < high, a low above 0 beside `log`, and no "
            "`step` beside `log`."
        )
    if whole and table.step is not None and table.step != int(table.step):
        raise ConfigError(f"{name}: step {table.step}, expected a whole number as its values are.")
    return Range(float(low), float(high), whole, table.log, table.step, table.points)


def require_grid(space: Space) -> None:
    """See to it that every range says which of its values a grid takes.

    Raises:
        ConfigError: one does not.
    """
    for key, what in space.varied.items():
        if isinstance(what, Range) and what.is_endless:
            raise ConfigError(
                f"{key}: a range without steps, expected `step` or `points` in it for a grid, or "
                "a list of values. Or use --sampler random."
            )
