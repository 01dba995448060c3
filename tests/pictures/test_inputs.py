"""A path means a file, whatever its name, or all of a kind in a folder."""

import os
from pathlib import Path

import pytest

from inkdigit.pictures.inputs import inputs_in
from inkdigit.reading.documents.document import SUFFIXES


def test_files_come_in_the_order_of_their_names_folders_last(tmp_path: Path) -> None:
    for name in ("b.png", "a.PNG", "c/b.jpg", "c/a/x.bmp", ".c/x.png", ".hidden.png", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "round").symlink_to(tmp_path, target_is_directory=True)
    found = [str(Path(each.name).relative_to(tmp_path)) for each in inputs_in(tmp_path)]
    assert found == ["a.PNG", "b.png", "c/b.jpg", "c/a/x.bmp"]


def test_pdfs_are_found_where_pages_are_wanted(tmp_path: Path) -> None:
    for name in ("a.PDF", "b.png", "c.txt", "d/e.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [Path(each.name).name for each in inputs_in(tmp_path, SUFFIXES)]
    assert found == ["a.PDF", "b.png", "e.pdf"]
    assert [Path(each.name).name for each in inputs_in(tmp_path)] == ["b.png"]


def test_a_file_that_is_named_is_given_whatever_its_name_is(tmp_path: Path) -> None:
    file = tmp_path / "none.txt"
    assert [(each.name, each.source) for each in inputs_in(file)] == [(str(file), file)]


def test_a_folder_that_cannot_be_read_is_told_and_the_rest_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("closed", "open"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").touch()
    real = os.scandir

    def scandir(path: Path) -> object:
        if path.name == "closed":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    closed, good = inputs_in(tmp_path)
    assert closed.error == (
        f"{tmp_path}/closed: permission denied, expected a folder that can be read."
    )
    assert good.name.endswith("open/a.png")
    assert good.error is None
