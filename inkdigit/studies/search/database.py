"""Where the trials of a search are kept: any database that SQLAlchemy reaches."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from optuna.exceptions import StorageInternalError
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from inkdigit.errors import ConfigError, MissingExtraError, RunError

_PATIENCE_S = 60  # how long a worker waits while others write into an SQLite file


def sqlite_url(file: Path) -> str:
    """Name an SQLite file as SQLAlchemy does."""
    return f"sqlite:///{file.resolve()}"


def connect_arguments(url: str) -> dict[str, Any]:
    """Give what the engine is told beside the URL."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": _PATIENCE_S}}
    return {"pool_pre_ping": True}  # a server may have been restarted meanwhile


def without_password(url: str) -> str:
    """Write a URL so that it may be shown and kept.

    Raises:
        ConfigError: it is none.
    """
    try:
        found = make_url(url)
        return URL.create(
            found.drivername,
            username=found.username,
            host=found.host,
            port=found.port,
            database=found.database,
            query=found.query,
        ).render_as_string()
    except (ArgumentError, ValueError) as error:
        raise ConfigError(
            f"--storage {url!r} is no SQLAlchemy URL, expected such as "
            "postgresql+psycopg://user@host/database."
        ) from error


def has_password(url: str) -> bool:
    """Tell whether a URL must not be kept."""
    return make_url(url).password is not None


@contextmanager
def answering(url: str) -> Iterator[None]:
    """Turn what a database refuses into one line.

    Raises:
        RunError: it does not answer, or refuses.
        ConfigError: no such kind of database is known.
        MissingExtraError: its driver is not installed.
    """
    shown = without_password(url)
    try:
        yield
    except NoSuchModuleError as error:
        raise ConfigError(
            f"--storage {shown}: unknown kind of database, expected one that SQLAlchemy knows, "
            "such as sqlite or postgresql+psycopg."
        ) from error
    except ImportError as error:
        raise MissingExtraError(
            f"--storage {shown}: the driver of this database is not installed. For PostgreSQL: "
            "pip install 'psycopg[binary]', and begin the URL with postgresql+psycopg://"
        ) from error
    except (SQLAlchemyError, StorageInternalError) as error:
        cause = error.__cause__ if isinstance(error, StorageInternalError) else error
        reason = str(getattr(cause, "orig", None) or cause or error).strip().splitlines()[0]
        raise RunError(
            f"the database {shown} refuses: {reason}. Finished trials are safe; once it answers, "
            "go on with --resume."
        ) from error
