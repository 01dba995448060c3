"""The options that studies of many networks share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    str | None,
    typer.Option("--data", help="mnist, mnist-5k (default), or a folder of pictures."),
]
Seeds = Annotated[
    int | None, typer.Option("--seeds", min=1, help="Networks of each kind. Default: 3.")
]
Steps = Annotated[
    int | None, typer.Option("--steps", min=1, help="Of each training. Default: 1500.")
]
Threads = Annotated[int, typer.Option("--threads", min=0, help="CPU threads; 0: one per core.")]
Resume = Annotated[
    Path | None,
    typer.Option("--resume", metavar="FOLDER", help="Go on with an interrupted one."),
]
AsJson = Annotated[bool, typer.Option("--json", help="One line of JSON on stdout.")]
