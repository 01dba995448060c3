"""The whole command in this process, exit code and all."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from inkdigit.cli.app import main


@dataclass(frozen=True)
class Done:
    """What a command left behind on the terminal."""

    code: int
    out: str
    err: str


Inkdigit = Callable[..., Done]


@pytest.fixture
def inkdigit(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Inkdigit:
    """Run the whole command in this process, exit code and all."""

    def invoke(*arguments: object) -> Done:
        monkeypatch.setattr("sys.argv", ["inkdigit", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        return Done(int(left.value.code or 0), captured.out, captured.err)

    return invoke
