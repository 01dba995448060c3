"""The one family of errors that inkdigit raises on purpose.

Every message says what was found, what was expected and how to mend it, in one line. The
command line prints that line and leaves with `exit_code`; nothing else in the package exits.
"""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class InkdigitError(Exception):
    """Anything that the user or the world, not inkdigit, got wrong."""

    exit_code = 1


class ConfigError(InkdigitError, ValueError):
    """A setting, preset, name or combination of options that does not exist or make sense."""

    exit_code = 2


class MissingExtraError(InkdigitError, ImportError):
    """A command needs packages that an optional extra installs."""

    exit_code = 2


class DataError(InkdigitError, ValueError):
    """Pictures, labels or their files are not what they should be."""

    exit_code = 5


class RunError(InkdigitError, ValueError):
    """A run folder is missing, incomplete, or in the way."""

    exit_code = 2


class CheckpointError(InkdigitError, ValueError):
    """A checkpoint is missing, damaged, or belongs to another network."""


class ModelError(InkdigitError, ValueError):
    """A model file is missing, damaged, foreign, or answers differently from its network."""


class DivergedError(InkdigitError, ArithmeticError):
    """Training met a loss that is not a finite number."""


class OutOfMemoryError(InkdigitError, MemoryError):
    """A step of training needs more memory than there is."""


class LostWorkerError(InkdigitError):
    """A process that worked for this one was ended from outside."""


class StoppedError(InkdigitError):
    """A run was asked to stop, and did after a whole step; everything up to there is saved."""

    exit_code = 130


class QualityGateError(InkdigitError, ValueError):
    """The result is sound but below the accuracy that was asked for."""

    exit_code = 4


def unknown(kind: str, found: str, known: Iterable[str]) -> str:
    """Say that a name is unknown, with the nearest known one and all of them.

    Args:
        kind: what the name should have named, such as "preset".
        found: the name as it was given.
        known: every name that would have been right.

    Returns:
        One line for the message of an error.
    """
    names = sorted(known)
    near = difflib.get_close_matches(found, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"unknown {kind} {found!r}.{hint} Known: {', '.join(names)}."


@contextmanager
def text_expected(
    file: Path, what: str, remedy: str, *, error: type[InkdigitError] = ConfigError
) -> Iterator[None]:
    """Turn what goes wrong while a text file is read into one line.

    Args:
        file: that is read inside the block.
        what: it should be, such as "a search space in TOML".
        remedy: a sentence for a file that cannot be opened.
        error: that is raised.
    """
    try:
        yield
    except UnicodeDecodeError as wrong:
        raise error(f"{file}: not UTF-8 text, expected {what}. Save it as UTF-8.") from wrong
    except OSError as wrong:
        reason = (wrong.strerror or str(wrong)).lower()
        raise error(f"{file}: {reason}, expected {what}. {remedy}") from wrong
