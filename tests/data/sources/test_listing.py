"""A folder is understood by its names alone, and misunderstood never silently."""

import os
import tempfile
from pathlib import Path

import pytest

from inkdigit.data.sources.listing import Listing, list_folder
from inkdigit.errors import DataError


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def names(listing: Listing) -> list[str]:
    return [picture.name for picture in listing.pictures]


def test_classes_are_the_sub_folders_in_order_of_their_names(tmp_path: Path) -> None:
    listing = list_folder(touch(tmp_path, "b/2.png", "b/1.JPG", "a/x.png"))
    assert listing.class_names == ("a", "b")
    assert names(listing) == ["a/x.png", "b/1.JPG", "b/2.png"]
    assert [picture.label for picture in listing.pictures] == [0, 1, 1]
    assert listing.parts == {"train": range(3)}


def test_deeper_pictures_belong_to_their_class(tmp_path: Path) -> None:
    assert names(list_folder(touch(tmp_path, "a/x/y/1.png", "a/2.png"))) == [
        "a/2.png",
        "a/x/y/1.png",
    ]


def test_hidden_and_foreign_files_are_passed_over(tmp_path: Path) -> None:
    root = touch(
        tmp_path, "a/1.png", "a/.1.png", "a/notes.txt", "a/.x/1.png", ".git/1.png", "README.md"
    )
    listing = list_folder(root)
    assert names(listing) == ["a/1.png"]
    assert listing.class_names == ("a",)


@pytest.mark.parametrize("validation", ["val", "valid", "validation"])
def test_parts_on_top_are_matched_to_the_classes_of_train_by_name(
    tmp_path: Path, validation: str
) -> None:
    root = touch(
        tmp_path, "train/a/1.png", "train/b/1.png", f"{validation}/b/1.png", "test/b/1.png"
    )
    listing = list_folder(root)
    assert listing.class_names == ("a", "b")
    assert listing.parts == {"train": range(2), "validation": range(2, 3), "test": range(3, 4)}
    assert [picture.label for picture in listing.pictures] == [0, 1, 1, 1]


def test_a_class_may_be_called_test(tmp_path: Path) -> None:
    listing = list_folder(touch(tmp_path, "test/1.png", "other/1.png"))
    assert listing.class_names == ("other", "test")


def test_a_folder_with_a_test_part_only_can_be_listed(tmp_path: Path) -> None:
    assert list_folder(touch(tmp_path, "test/a/1.png")).parts == {"test": range(1)}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "no sub-folders, expected one for each class"),
        (["1.png"], "no sub-folders, expected one for each class"),
        (["a/1.txt", "b/2.txt"], "no pictures in its 2 class folders"),
        (["train/a/1.png", "test/c/1.png"], "unknown class 'c'"),
        (["train/a/1.png", "test/1.png"], "test: no sub-folders"),
        (["train/a/1.png", "val/a/1.png", "valid/a/1.png"], "both val/ and valid/"),
        (["train/a/1.png", "cats/1.png"], "'cats' beside train"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, files: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        list_folder(touch(tmp_path, *files))


def test_what_is_no_regular_file_is_listed_and_never_opened_here(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png", "b/1.png")
    os.mkfifo(tmp_path / "a" / "pipe.png")
    (tmp_path / "a" / "nowhere.png").symlink_to(tmp_path / "none")
    (tmp_path / "a" / "loop.png").symlink_to(tmp_path / "a" / "loop.png")
    (tmp_path / "a" / "round").symlink_to(tmp_path / "a")
    found = names(list_folder(tmp_path))
    assert found == ["a/1.png", "a/loop.png", "a/nowhere.png", "a/pipe.png", "b/1.png"]


def test_a_class_may_be_a_link(tmp_path: Path) -> None:
    touch(tmp_path, "x/a/1.png", "elsewhere/1.png")
    (tmp_path / "x" / "b").symlink_to(tmp_path / "elsewhere")
    assert names(list_folder(tmp_path / "x")) == ["a/1.png", "b/1.png"]


def test_a_class_whose_name_is_no_text_is_refused(tmp_path: Path) -> None:
    touch(tmp_path, "a/1.png")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).mkdir()
    with pytest.raises(DataError, match=r"b'\\xff' has a name that is no UTF-8"):
        list_folder(tmp_path)


def test_a_folder_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        root.chmod(0o755)
        touch(root, "a/1.png", "b/1.png")
        (root / "b").chmod(0)
        root_user = hasattr(os, "geteuid") and os.geteuid() == 0
        if root_user:
            os.seteuid(65534)  # nobody: root may read everything
        try:
            with pytest.raises(DataError, match=r"b: permission denied, expected a folder that"):
                list_folder(root)
        finally:
            if root_user:
                os.seteuid(0)
            (root / "b").chmod(0o755)
