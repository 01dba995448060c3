"""A folder is decoded once, completely, and as it was meant."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.config import DataConfig
from inkdigit.data.source import Gathered, gather, open_source
from inkdigit.data.sources import folder as folder_module
from inkdigit.data.sources.cache import packs
from inkdigit.data.sources.image_folder import write_image_folder
from inkdigit.data.split import Pool
from inkdigit.errors import DataError
from inkdigit.types import Images, Labels, Preparation
from tests.faults import small_disk


def small_pool(digits: tuple[Images, Labels], each: int = 6) -> Pool:
    images, labels = digits
    rows = np.concatenate([np.flatnonzero(labels == label)[:each] for label in range(10)])
    return Pool(images[rows], labels[rows], tuple("0123456789"), {"train": range(len(rows))})


@pytest.fixture
def folder(tmp_path: Path, digits: tuple[Images, Labels]) -> Path:
    """Sixty real digits as PNG files."""
    write_image_folder(small_pool(digits), tmp_path / "digits")
    return tmp_path / "digits"


def opened(folder: Path, **settings: object) -> Gathered:
    return gather(DataConfig.model_validate({"source": str(folder), **settings}))


def test_an_exported_folder_comes_back_bit_for_bit(
    folder: Path, digits: tuple[Images, Labels]
) -> None:
    gathered, pool = opened(folder), small_pool(digits)
    assert gathered.preparation == Preparation(28, 1, invert=False)
    assert (gathered.pool.images == pool.images).all()
    assert (gathered.pool.labels == pool.labels).all()
    assert gathered.pool.class_names == pool.class_names


def test_the_pack_is_memory_mapped_and_made_once(folder: Path) -> None:
    assert isinstance(opened(folder).pool.images, np.memmap)
    made = next(packs().iterdir()).stat().st_mtime_ns
    opened(folder)
    assert [path.stat().st_mtime_ns for path in packs().iterdir()] == [made]


def test_a_pack_is_opened_without_torch(folder: Path) -> None:
    opened(folder)
    code = (
        "import sys; from inkdigit.config import DataConfig;"
        "from inkdigit.data.source import open_source;"
        f"open_source(DataConfig(source={str(folder)!r}));"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_changed_file_or_setting_makes_another_pack(folder: Path) -> None:
    opened(folder)
    opened(folder, channels=3)
    Image.new("L", (28, 28)).save(folder / "0" / "00000.png")
    assert (opened(folder).pool.images[0] == 0).all()
    (folder / "9" / "00000.png").unlink()
    assert len(opened(folder).pool.labels) == 59
    assert len(list(packs().iterdir())) == 4


def test_rebuild_decodes_again_even_if_nothing_seems_to_have_changed(folder: Path) -> None:
    file = folder / "0" / "00000.png"
    Image.fromarray(np.full((28, 28), 100, np.uint8)).save(file)
    before = file.stat()
    assert opened(folder).pool.images[0].max() == 100
    content = file.read_bytes()
    Image.fromarray(np.full((28, 28), 101, np.uint8)).save(file)
    assert file.stat().st_size == len(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    config = DataConfig(source=str(folder))
    assert gather(config).pool.images[0].max() == 100
    assert gather(config, rebuild=True).pool.images[0].max() == 101


def test_workers_give_what_one_process_gives(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = np.array(opened(folder).pool.images)
    monkeypatch.setattr(folder_module, "FEW", 0)
    monkeypatch.setattr(folder_module, "BATCH", 7)
    seen: list[tuple[int, int]] = []
    config = DataConfig(source=str(folder))
    many = gather(config, rebuild=True, watch=lambda *step: seen.append(step))
    assert (many.pool.images == alone).all()
    assert seen[-1] == (60, 60)
    assert sorted(seen) == seen


def test_another_process_may_be_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = folder_module._fill

    def slow_fill(aside: Path, *rest: object) -> None:
        fill(aside, *rest)  # type: ignore[arg-type]
        monkeypatch.setattr(folder_module, "_fill", fill)
        opened(folder)

    monkeypatch.setattr(folder_module, "_fill", slow_fill)
    assert len(opened(folder).pool.labels) == 60
    assert len(list(packs().iterdir())) == 1


def test_dark_digits_on_light_paper_are_inverted(
    tmp_path: Path, digits: tuple[Images, Labels]
) -> None:
    pool = small_pool(digits)
    dark = Pool(255 - pool.images, pool.labels, pool.class_names, pool.parts)
    write_image_folder(dark, tmp_path / "dark")
    gathered = opened(tmp_path / "dark")
    assert gathered.preparation.invert
    assert (gathered.pool.images == pool.images).all()
    assert (opened(tmp_path / "dark", invert="no").pool.images == dark.images).all()


def test_colour_pictures_of_odd_sizes_and_classes(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for name, colour in (("red wine", (200, 0, 30)), ("β", (0, 90, 9)), ("7", (9, 9, 200))):
        (tmp_path / "x" / name).mkdir(parents=True)
        for place in range(5):
            height, width = random.integers(15, 90, 2)
            pixels = np.full((height, width, 3), colour, np.uint8) + np.uint8(place)
            Image.fromarray(pixels).save(tmp_path / "x" / name / f"{place}.bmp")
    source = open_source(DataConfig(source=str(tmp_path / "x")))
    assert source.class_names == ("7", "red wine", "β")
    assert source.preparation == Preparation(28, 3, invert=False)
    assert source.train.images.shape == (15, 28, 28, 3)
    assert tuple(source.train.images[0, 14, 14]) == (9, 9, 200)
    assert opened(tmp_path / "x", channels=1, image_size=40).pool.images.shape == (15, 40, 40, 1)


@pytest.mark.parametrize(("side", "kept"), [(20, 20), (33, 33), (64, 64), (19, 28), (65, 28)])
def test_squares_of_a_usual_size_stay_as_they_are(tmp_path: Path, side: int, kept: int) -> None:
    (tmp_path / "a" / "x").mkdir(parents=True)
    Image.new("RGB", (side, side), (7, 7, 7)).save(tmp_path / "a" / "x" / "1.png")
    assert opened(tmp_path / "a").preparation == Preparation(kept, 1, invert=False)


def test_one_bad_picture_in_two_thousand_is_left_out_by_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for part, count in (("train", 1500), ("test", 500)):
        for label in ("a", "b"):
            (tmp_path / "p" / part / label).mkdir(parents=True)
            for place in range(count // 2):
                pixels = np.full((20, 20), place % 250, np.uint8)
                pixels[0, 0] = place // 250 + (10 if part == "test" else 0)
                Image.fromarray(pixels).save(tmp_path / "p" / part / label / f"{place:04}.png")
    (tmp_path / "p" / "train" / "b" / "0007.png").write_bytes(b"broken")
    with caplog.at_level(logging.WARNING):
        gathered = opened(tmp_path / "p")
    assert gathered.bad_pictures == ("train/b/0007.png",)
    assert "0007.png: no picture" in caplog.text
    assert gathered.pool.parts == {"train": range(1499), "test": range(1499, 1999)}
    assert gathered.pool.images.shape == (1999, 20, 20, 1)
    assert gathered.pool.images[757, 5, 5, 0] == 8  # what stood after the bad one moved up
    assert gathered.pool.labels.sum() == 749 + 250


def test_too_many_bad_pictures_stop_everything(folder: Path) -> None:
    for name in ("3/00001.png", "5/00002.png"):
        (folder / name).write_bytes(b"broken")
    with pytest.raises(DataError, match=r"2 of 60 pictures cannot be read.*3.00001\.png"):
        opened(folder)
    assert not list(packs().iterdir())


def test_a_folder_of_bad_pictures_only_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x" / "a").mkdir(parents=True)
    (tmp_path / "x" / "a" / "1.png").write_bytes(b"broken")
    with pytest.raises(DataError, match=r"1\.png: no picture"):
        opened(tmp_path / "x")


@pytest.mark.parametrize("damage", ["flip", "cut", "remove", "replace"])
@pytest.mark.parametrize("name", ["images.npy", "labels.npy", "pack.json"])
def test_a_damaged_pack_is_noticed_and_made_anew(
    folder: Path, name: str, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = np.array(opened(folder).pool.images)
    file = next(packs().iterdir()) / name
    content = bytearray(file.read_bytes())
    if damage == "flip":
        content[len(content) * 2 // 3] ^= 4
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "remove":
        file.unlink()
    else:
        file.write_bytes(b"{}")
    caplog.clear()
    assert (opened(folder).pool.images == before).all()
    assert len([record for record in caplog.records if "made anew" in record.message]) == 1
    caplog.clear()
    opened(folder)
    assert not caplog.records
    assert len(list(packs().iterdir())) == 1


def test_a_folder_that_changes_while_it_is_read_is_refused(folder: Path) -> None:
    def change(done: int, total: int) -> None:
        if done == total:
            (folder / "3" / "00001.png").unlink()

    with pytest.raises(DataError, match=r"changed while it was being read.*Run this again"):
        gather(DataConfig(source=str(folder)), watch=change)
    assert not list(packs().iterdir())


def test_a_disk_that_is_full_while_packing_keeps_nothing_half_made(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_disk(tmp_path / "small", kilobytes=40) as small:
        monkeypatch.setenv("INKDIGIT_CACHE", str(small))
        with pytest.raises(OSError, match="No space left") as caught:
            opened(folder)
        assert Path(caught.value.filename).parent == packs()
        assert not list(packs().iterdir())


def many_pictures(folder: Path, count: int) -> None:
    """Write so many pictures that decoding them takes a while, by links to a few large ones."""
    for label in ("a", "b"):
        (folder / label).mkdir(parents=True)
        noise = np.random.default_rng(ord(label)).integers(0, 256, (400, 400), np.uint8)
        Image.fromarray(noise).save(folder / label / "0.png")
        for number in range(1, count // 2):
            (folder / label / f"{number}.png").symlink_to(folder / label / "0.png")


@contextmanager
def packing(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """Pack in another process, of which nothing is left after the block."""
    with subprocess.Popen(
        [sys.executable, "-m", "inkdigit", "data", "info", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()  # if it should hang


def workers_of(process: "subprocess.Popen[str]") -> list[int]:
    """Wait until the process decodes with others, and name those."""
    while process.poll() is None:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        if len(children) >= 2 and list(packs().glob(".*/images.npy")):
            return [int(child) for child in children]
        time.sleep(0.01)
    raise AssertionError("it ended without having workers")


on_linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks into /proc")


@on_linux
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_to_all_processes_ends_packing_in_one_line(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    many_pictures(tmp_path / "many", 2 * folder_module.FEW)
    with packing(tmp_path / "many") as process:
        workers_of(process)
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    assert errors == f"inkdigit: {'interrupted' if code == 130 else 'terminated'}.\n"
    assert not list(packs().iterdir())


@on_linux
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_is_one_line(tmp_path: Path, number: signal.Signals) -> None:
    many_pictures(tmp_path / "many", 2 * folder_module.FEW)
    with packing(tmp_path / "many") as process:
        worker = workers_of(process)[0]
        while os.getpgid(worker) != worker:  # until then it forgets what it is sent
            time.sleep(0.01)
        os.kill(worker, number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.startswith("inkdigit: a process that decoded pictures was killed or hangs")
    assert errors.count("\n") == 1
    assert not list(packs().iterdir())


def test_two_processes_pack_one_folder_at_once(folder: Path) -> None:
    with packing(folder) as one, packing(folder) as other:
        told = [process.communicate(timeout=60) for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0), told
    assert told[0] == told[1]
    assert len(list(packs().iterdir())) == 1
