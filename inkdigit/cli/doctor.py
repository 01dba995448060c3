"""`inkdigit doctor`: what is installed, what this machine is, and whether the weights are sound."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any

import typer

from inkdigit.cli.console import print_json, print_note, print_result
from inkdigit.version import __version__

_PACKAGES = {  # by the extra that installs them
    "core": ("numpy", "pillow", "onnxruntime"),
    "train": ("torch", "torchvision", "onnx", "scikit-learn", "mlxtend", "tensorboard"),
}


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON.")] = False,
) -> None:
    """Say what is installed and what this machine is, and let the weights test themselves.

    The exit code is 1 if a self-test fails.
    """
    from inkdigit.machine import instruction_sets, processor, usable_cores

    found: dict[str, Any] = {
        "inkdigit": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "processor": processor(),
        "instruction_sets": list(instruction_sets()),
        "cores": usable_cores(),
        "packages": {extra: _versions(names) for extra, names in _PACKAGES.items()},
        "cache": _cache(),
        "data": os.environ.get("INKDIGIT_DATA"),
        "self_tests": _self_tests(),
    }
    if as_json:
        print_json(found)
    else:
        _print(found)
    if any(found["self_tests"].values()):
        raise typer.Exit(1)


def _versions(names: tuple[str, ...]) -> dict[str, str | None]:
    """Ask for the versions of packages without importing them; None where one is missing."""

    def found(name: str) -> str | None:
        try:
            return version(name)
        except PackageNotFoundError:
            return None

    return {name: found(name) for name in names}


def _cache() -> dict[str, Any]:
    from inkdigit.data.sources.cache import cache_folder, entries

    return {"folder": str(cache_folder()), "bytes": sum(entry.size_bytes for entry in entries())}


def _self_tests() -> dict[str, str | None]:
    """Open the weights that come with inkdigit; None where one is sound, else what is wrong."""
    from inkdigit.errors import ModelError
    from inkdigit.recognition.recognizer import SHIPPED, open_recognizer

    faults: dict[str, str | None] = {}
    for name in SHIPPED:
        try:
            open_recognizer(name)
        except ModelError as error:
            faults[name] = str(error)
        else:
            faults[name] = None
    return faults


def _print(found: dict[str, Any]) -> None:
    print_result(f"inkdigit {found['inkdigit']}, Python {found['python']}, {found['platform']}")
    sets = " ".join(found["instruction_sets"]) or "instruction sets unknown"
    print_result(f"{found['processor']}, {found['cores']} cores; {sets}")
    for extra, packages in found["packages"].items():
        listed = ", ".join(f"{name} {each}" for name, each in packages.items() if each)
        print_result(f"{extra}: {listed or 'nothing'}")
        missing = [name for name, each in packages.items() if each is None]
        if missing:
            print_result(f"  without {', '.join(missing)}: pip install 'inkdigit[{extra}]'")
    cache = found["cache"]
    print_result(f"cache: {cache['folder']}, {cache['bytes'] / 2**20:,.1f} MiB")
    print_result(f"INKDIGIT_DATA: {found['data'] or 'not set'}")
    for name, fault in found["self_tests"].items():
        print_result(f"weights {name!r}: {'sound' if fault is None else 'not sound'}")
        if fault is not None:
            print_note(f"inkdigit: {fault}")
