"""The generated pages of the guide: every command's `--help`, and every setting.

    python -m inkdigit.cli.reference DOCS_DIR

Nothing here is known twice: the commands come from the app, the settings from `RunConfig`, and
what a preset changes from comparing it with the defaults.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import typer

from inkdigit.cli.app import app
from inkdigit.config import DEFAULT_PRESET, RunConfig, load, presets
from inkdigit.durable import write_text

_WIDTH = 88  # characters: whatever terminal the page is made on
_NOTICE = "<!-- Written by `make docs`; changes by hand are lost. -->"
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def command_page() -> str:
    """Show the `--help` of every command, each under its own heading."""
    lines = ["# Commands", "", _NOTICE]
    for path, text in _helps(typer.main.get_command(app), ("inkdigit",), None):
        lines += ["", f"## {path}", "", "```text", text.rstrip(), "```"]
    return "\n".join(lines) + "\n"


def settings_page() -> str:
    """Show every section and key of a run's configuration, and what each preset changes."""
    lines = [
        "# Settings",
        "",
        _NOTICE,
        "",
        "A run is configured by a preset (`--preset NAME`) or by a TOML file of yours",
        "(`inkdigit train FILE`), never both; then by any number of `-s section.key=value`.",
        "What neither of them names has the default below. An unknown name is an error.",
        f"`inkdigit train` alone takes the preset `{DEFAULT_PRESET}`. Every run keeps all its",
        "settings in `config.toml`, which `inkdigit train` takes again.",
    ]
    schema = RunConfig.model_json_schema()
    defaults = RunConfig().model_dump()
    for name in RunConfig.model_fields:
        section = schema["$defs"][type(getattr(RunConfig(), name)).__name__]
        lines += ["", f"## {name}", "", section["description"], ""]
        lines += ["| key | value | default | |", "|---|---|---|---|"]
        for key, about in section["properties"].items():
            cells = (f"`{key}`", _kind(about), _value(defaults[name][key]), about["description"])
            lines.append(_row(cells))
    return "\n".join([*lines, "", *_preset_lines(defaults)]) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": command_page,
    "configuration.md": settings_page,
}


def _helps(command: Any, path: tuple[str, ...], parent: Any) -> Iterator[tuple[str, str]]:
    """Walk a command and those below it, in the order in which `--help` lists them."""
    context = command.context_class(
        command,
        info_name=path[-1],
        parent=parent,
        **(command.context_settings | {"terminal_width": _WIDTH}),
    )
    yield " ".join(path), command.get_help(context)
    for name, child in getattr(command, "commands", {}).items():
        yield from _helps(child, (*path, name), context)


def _kind(schema: Mapping[str, Any]) -> str:
    """Say in words what a JSON schema allows."""
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(_value(each) for each in schema["enum"])
    if "const" in schema:
        return _value(schema["const"])
    bounds = [f"{sign} {schema[key]:g}" for key, sign in _BOUNDS.items() if key in schema]
    name = {"null": "nothing", "string": "text"}.get(schema["type"], schema["type"])
    return " ".join([name, ", ".join(bounds)]).strip()


def _preset_lines(defaults: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Make the table of presets: a row for each setting that one of them changes."""
    configs = {name: load(preset=name).model_dump() for name in presets()}
    lines = ["## Presets", ""]
    lines += [f"- `{name}`: {about}" for name, about in presets().items()]
    lines += ["", _row(["", "default", *(f"`{name}`" for name in configs)])]
    lines.append("|---" * (len(configs) + 2) + "|")
    for section, values in defaults.items():
        for key, default in values.items():
            found = [config[section][key] for config in configs.values()]
            if any(value != default for value in found):
                cells = (_value(value) if value != default else "" for value in found)
                lines.append(_row([f"`{section}.{key}`", _value(default), *cells]))
    return lines


def _value(value: object) -> str:
    return "" if value is None else f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Write the pages into the folder that the command line names."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        sys.exit("usage: python -m inkdigit.cli.reference DOCS_DIR")
    for name, page in PAGES.items():
        write_text(Path(sys.argv[1]) / name, page())


if __name__ == "__main__":
    main()
