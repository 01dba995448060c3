"""The output in README.md and in docs/, and the pictures there, made by running the commands.

    python -m benchmarks.readme

Every ```` ```console ```` block below a line `<!-- run -->` is run in order, in one new folder, and
what each `$ command` printed takes the place of what stood below it. One command trains on
`mnist`, which is looked for as ever: see docs/data.md.
"""

import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks.results import ROOT

PAGES = (ROOT / "README.md", ROOT / "docs" / "robustness.md")
PICTURES = {  # in docs/: the page that is drawn, its width and height in pixels
    "report.png": ("runs/mnist/report.html", 1100, 1400),
    "explanation.png": ("why.html", 900, 640),
    "reading.png": ("numbers.html", 1000, 900),
}

_BLOCK = re.compile(r"(?<=^<!-- run -->\n```console\n)(.*?)(?=^```$)", re.DOTALL | re.MULTILINE)
_HEAD, _TAIL = 4, 9  # lines that are kept of a long output
_LONGEST = 30
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def rewrite(page: str, run: Callable[[str], str]) -> str:
    """Give `page` with the output of its marked commands as `run` has it now."""

    def block(match: re.Match[str]) -> str:
        commands = [line for line in match[0].splitlines() if line.startswith("$ ")]
        return "".join(f"{line}\n{shorten(run(line[2:]))}\n" for line in commands)

    return _BLOCK.sub(block, page)


def shorten(output: str) -> str:
    """Leave the middle of a long output out, and say so by a line with three dots."""
    lines = [line.rstrip() for line in output.strip("\n").splitlines()]
    if len(lines) > _LONGEST:
        lines[_HEAD:-_TAIL] = ["..."]
    return "\n".join(lines)


def run_in(folder: Path) -> Callable[[str], str]:
    """Give a function that runs one `inkdigit` command in `folder` as a user would."""

    def run(command: str) -> str:
        name, *arguments = shlex.split(command)
        print(f"$ {command}", file=sys.stderr)
        done = subprocess.run(
            [Path(sys.executable).with_name(name), *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = done.stdout + done.stderr
            sys.exit(f"{said}\nThe command left with {done.returncode}; the page stays.")
        return done.stdout

    return run


def take_picture(page: Path, picture: Path, width: int, height: int) -> bool:
    """Draw the top of a page as a PNG, if there is a browser."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        return False
    with tempfile.TemporaryDirectory() as place:
        shot = Path(place) / "shot.png"
        subprocess.run(
            [
                browser,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                f"--user-data-dir={place}/profile",
                f"--window-size={width},{height}",
                f"--screenshot={shot}",
                page.resolve().as_uri(),
            ],
            capture_output=True,
            timeout=120,
            check=True,
        )
        with Image.open(shot) as full:
            full.convert("RGB").save(picture, optimize=True)
    return True


def main() -> None:
    """Run the pages."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as place:
        for page in PAGES:
            page.write_text(rewrite(page.read_text("utf-8"), run_in(Path(place))), "utf-8")
        for name, (drawn, width, height) in PICTURES.items():
            if not take_picture(Path(place) / drawn, ROOT / "docs" / name, width, height):
                print(f"No browser of {', '.join(_BROWSERS)} is here: {name} stays as it is.")


if __name__ == "__main__":
    main()
