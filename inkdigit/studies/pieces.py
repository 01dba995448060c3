"""The finished parts of a study: each is one JSON file, there whole or not at all."""

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from inkdigit.durable import recover, write_json
from inkdigit.errors import RunError

AnyPiece = TypeVar("AnyPiece", bound=BaseModel)


class Pieces:
    """Where the finished parts lie.

    Args:
        folder: for them alone; it is made, and tidied up after a process that was killed. No
            other process may be writing there.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        recover(folder)
        self._folder = folder

    def get(self, name: str, kind: type[AnyPiece]) -> AnyPiece | None:
        """Read a part, if it is finished.

        Raises:
            RunError: it was damaged or changed.
        """
        file = self._file(name)
        if not file.is_file():
            return None
        try:
            return kind.model_validate(json.loads(file.read_text("utf-8")))
        except (ValidationError, ValueError) as error:
            raise RunError(
                f"{file} is damaged, expected what this study wrote. Remove the file: its part is "
                "then done again."
            ) from error

    def keep(self, name: str, piece: BaseModel) -> None:
        """Write a finished part."""
        write_json(self._file(name), piece.model_dump(mode="json"))

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"
