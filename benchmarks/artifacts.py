"""What finished measurements left behind, so that a benchmark goes on where it stopped.

A measurement has a folder of its own below `benchmarks/artifacts/`, which appears in one rename
with everything in it; `result.json` says of which settings it is.
"""

import json
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.results import commit, facts
from inkdigit.config import validate
from inkdigit.durable import new_folder, write_json

ARTIFACTS = Path(__file__).parent / "artifacts"
RESULT = "result.json"

Record = dict[str, Any]


def keep(
    place: Path, settings: Mapping[str, Any], measure: Callable[[Path], Mapping[str, Any]]
) -> Record:
    """Read what a measurement gave, or measure and keep it.

    Args:
        place: the measurement's folder.
        settings: everything that decides the result, as JSON can hold it; a run's settings as
            TOML under `config`.
        measure: gets a folder for its log and files, which becomes `place` once it is done, and
            returns what goes into `result.json`.

    Raises:
        SystemExit: the folder holds a result of other settings.
    """
    if (place / RESULT).is_file():
        record: Record = json.loads((place / RESULT).read_text("utf-8"))
        if _as_of_now(record["settings"]) != _as_of_now(json.loads(json.dumps(settings))):
            raise SystemExit(
                f"{place} was measured with other settings. Remove the folder to measure again."
            )
        return record
    measured = commit()
    place.parent.mkdir(parents=True, exist_ok=True)
    with new_folder(place) as aside:
        found = measure(aside)
        record = {"settings": dict(settings), "measured": facts(measured), **found}
        write_json(aside / RESULT, record)
    return record


def machine_of(record: Record) -> str:
    """Name the processor that a measurement was taken on, without what it can do, and its cores."""
    processor, _, cores = record["measured"].split(" · ")[2].rpartition(", ")
    return f"{processor.partition(' (')[0]}, {cores.replace('1 cores', '1 core')}"


def _as_of_now(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Read a run's settings as they are read today: a field that came later has its default."""
    if "config" not in settings:
        return dict(settings)
    return {**settings, "config": validate(tomllib.loads(settings["config"]))}
