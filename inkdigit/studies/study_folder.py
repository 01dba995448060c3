"""The folder of a study that takes many trainings: what it was begun with, and whether that holds.

`config.toml` holds the settings, `environment.json` the machine, `study.json` what is done with
them and the hashes of the pictures. They appear together, in one rename.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from inkdigit.config import RunConfig, Section, dump
from inkdigit.data.source import Source, open_source
from inkdigit.durable import claim, is_occupied, new_folder, recover, write_json, write_text
from inkdigit.errors import DataError, RunError
from inkdigit.evaluation import run_record
from inkdigit.training.device import Machine, choose_machine
from inkdigit.training.run_folder import environment
from inkdigit.version import __version__

STUDY = "study.json"
RESULT = "result.json"
REPORT = "report.html"
PREDICTIONS = "predictions.npz"

Command = Literal["cross-validate", "search", "study residual", "study pooling"]
AnyPlan = TypeVar("AnyPlan", bound=Section)


class Data(BaseModel):
    """The pictures that a study was begun with; the test part is hashed and not opened."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    source: str
    train: str  # SHA-256
    validation: str
    test: str


@dataclass(frozen=True)
class Begun:
    """What `begin` wrote down."""

    config: RunConfig
    plan: dict[str, Any]
    data: Data
    threads: int

    def machine(self) -> Machine:
        """Choose the machine with the threads that it began with: the last bits depend on them."""
        return choose_machine(self.config.training.model_copy(update={"threads": self.threads}))


@dataclass(frozen=True)
class GoingOn(Generic[AnyPlan]):
    """A study that is gone on with, as it was begun."""

    plan: AnyPlan
    config: RunConfig
    source: Source
    machine: Machine


def begin(
    folder: Path,
    command: Command,
    config: RunConfig,
    source: Source,
    machine: Machine,
    *,
    plan: Section,
    files: dict[str, str] | None = None,
) -> None:
    """Make the folder of a study appear.

    Args:
        folder: must not exist, or be empty.
        command: whose study it is.
        config: of every training, before what the study changes.
        source: the pictures.
        machine: that begins it.
        plan: what is done.
        files: further texts by name.

    Raises:
        RunError: something is in the way.
    """
    refuse_occupied(folder, command)
    with new_folder(folder) as aside:
        write_text(aside / run_record.CONFIG, dump(config))
        write_json(aside / run_record.ENVIRONMENT, environment.describe(machine))
        for name, text in (files or {}).items():
            write_text(aside / name, text)
        write_json(
            aside / STUDY,
            {
                "command": command,
                "plan": plan.model_dump(mode="json"),
                "data": data_of(source).model_dump(),
            },
        )


def begin_empty(folder: Path, command: Command, config: RunConfig, plan: Section) -> None:
    """Make the folder of a study of which nothing is worked out beforehand.

    Raises:
        RunError: something is in the way.
        InkdigitError: as `open_source`.
    """
    refuse_occupied(folder, command)  # before the pictures are read
    machine = choose_machine(config.training)
    begin(folder, command, config, open_source(config.data), machine, plan=plan)


def refuse_occupied(folder: Path, command: Command) -> None:
    """See to it that a study has a folder of its own.

    Raises:
        RunError: something is in the way.
    """
    if (folder / STUDY).is_file():
        raise RunError(
            f"{folder} holds a study already, expected a new folder. Name another with -o, or go "
            f"on with that one: `inkdigit {command} --resume {folder}`."
        )
    if is_occupied(folder):
        raise RunError(
            f"{folder} exists already, expected a new folder for the study. "
            "Name another with -o, or move it away."
        )


def read(folder: Path, command: Command) -> Begun:
    """Read what a study was begun with.

    Raises:
        RunError: there is none, it is another command's, or another version's.
    """
    file = folder / STUDY
    if not file.is_file():
        raise RunError(
            f"{folder} holds no {STUDY}, expected the folder of an `inkdigit {command}`."
        )
    try:
        record = json.loads(file.read_text("utf-8"))
        found, plan, data = record["command"], dict(record["plan"]), Data(**record["data"])
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{file} is damaged, expected what `inkdigit {command}` wrote. Begin anew with "
            "another -o."
        ) from error
    if found != command:
        raise RunError(f"{folder} is a study of `inkdigit {found}`. Use that command.")
    began = run_record.read_environment(folder)
    if began.inkdigit != __version__:
        raise RunError(
            f"{folder} was begun with inkdigit {began.inkdigit}, this is {__version__}. Go on with "
            f"`pip install inkdigit=={began.inkdigit}`, or begin anew with another -o."
        )
    return Begun(run_record.read_config(folder), plan, data, began.threads)


@contextmanager
def going_on(folder: Path, command: Command, kind: type[AnyPlan]) -> Iterator[GoingOn[AnyPlan]]:
    """Take a study up again; no other process does so meanwhile.

    Args:
        folder: that `begin` made.
        command: whose study it is.
        kind: of plan.

    Raises:
        RunError: there is none, another version's, or another process is at it.
        DataError: the pictures changed.
    """
    begun = read(folder, command)
    plan = parse_plan(kind, begun.plan, folder)
    machine = begun.machine()
    with claim(folder):
        recover(folder)
        source = open_source(begun.config.data)
        require_same_data(folder, begun, source)
        yield GoingOn(plan, begun.config, source, machine)


def parse_plan(kind: type[AnyPlan], plan: dict[str, Any], folder: Path) -> AnyPlan:
    """Turn what `study.json` holds into the plan that was written.

    Raises:
        RunError: it is another one.
    """
    try:
        return kind.model_validate(plan)
    except ValidationError as error:
        raise RunError(
            f"{folder / STUDY} was changed: {error.errors()[0]['msg'].lower()}. Undo the change, "
            "or begin anew with another -o."
        ) from error


def replace_plan(folder: Path, plan: Section) -> None:
    """Write down that more is done than was planned."""
    record = json.loads((folder / STUDY).read_text("utf-8"))
    write_json(folder / STUDY, record | {"plan": plan.model_dump(mode="json")})


def data_of(source: Source) -> Data:
    """Give the hashes of a source's parts."""
    return Data(
        source=source.name,
        train=source.train.sha256,
        validation=source.validation.sha256,
        test=source.test.sha256,
    )


def require_same_data(folder: Path, begun: Begun, source: Source) -> None:
    """See to it that the pictures are those that the study began with.

    Raises:
        DataError: a part differs.
    """
    if data_of(source) != begun.data:
        raise DataError(
            f"{source.name}: its pictures are not those that {folder} began with: they changed "
            "since. Bring them back, or begin anew with another -o."
        )
