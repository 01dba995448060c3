"""The one door to labelled pictures: MNIST, its embedded sample, or a folder of pictures.

What comes out is prepared and divided; nothing after it knows where it came from.
"""

import logging
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path

import numpy as np

from inkdigit.config import DataConfig
from inkdigit.data.fixes import Fixes, apply, read_fixes
from inkdigit.data.sources.image_folder import picture_names
from inkdigit.data.sources.listing import Listing, list_folder
from inkdigit.data.sources.mnist import CLASS_NAMES, read_mnist
from inkdigit.data.sources.pack import Card, open_pack, pack_path
from inkdigit.data.sources.sample import read_sample
from inkdigit.data.sources.watch import Watch, ignore
from inkdigit.data.split import Pool, divide, joined, require_every_class, without_doubles
from inkdigit.errors import ConfigError, DataError, unknown
from inkdigit.pictures.prepare import for_framed_digits, prepare
from inkdigit.types import Preparation, Split

NAMES = ("mnist", "mnist-5k")

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Labelled pictures, prepared and divided."""

    name: str  # as it was given
    preparation: Preparation
    class_names: tuple[str, ...]
    train: Split
    validation: Split
    test: Split
    left_out: int  # pictures identical to some in a part that was brought, not drawn
    bad_pictures: tuple[str, ...]  # files of a folder that could not be read
    excluded: int = 0  # pictures that `data.exclude` names
    relabelled: int = 0  # pictures that `data.relabel` names


@dataclass(frozen=True)
class Gathered:
    """All pictures of a source, prepared but not divided."""

    pool: Pool
    preparation: Preparation
    bad_pictures: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # of a folder, those of the pool's rows

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each row is called: its file, or the one that `data export` would write."""
        return self.files or picture_names(self.pool)


def open_source(config: DataConfig, *, rebuild: bool = False, watch: Watch = ignore) -> Source:
    """Open the pictures to train, validate and test with.

    Args:
        config: the source, its preparation and its division.
        rebuild: decode a folder again even if its pack is there.
        watch: called with (done, total) while a folder is packed or MNIST downloaded.

    Raises:
        ConfigError: the source has no known name.
        DataError: there is no such folder, or something is wrong with its pictures or its fixes.
        MissingExtraError: mnist-5k needs a package that is not installed.
    """
    fixes = read_fixes(config)  # first: a typo is told before a folder is packed
    gathered = gather(config, rebuild=rebuild, watch=watch)
    _note_order(gathered.pool.class_names)
    source = divided(gathered, config, fixes)
    if config.test_source is None:
        return source
    if "test" not in gathered.pool.parts:  # it was drawn for a test that takes place elsewhere
        source = replace(source, train=joined(source.train, source.test))
    return _with_test_of_another(source, config)


def divided(gathered: Gathered, config: DataConfig, fixes: Fixes) -> Source:
    """Divide what was gathered, then leave out and relabel what the fixes say.

    Raises:
        DataError: a split lacks a class, or a fix does not fit the source.
    """
    division = divide(gathered.pool, config)
    if fixes:
        rows = {name: row for row, name in enumerate(gathered.names)}
        bad = dict.fromkeys(gathered.bad_pictures)
        division = apply(fixes, division, gathered.pool, rows | bad)
    require_every_class(division)
    return Source(
        name=config.source,
        preparation=gathered.preparation,
        class_names=gathered.pool.class_names,
        train=division.train,
        validation=division.validation,
        test=division.test,
        left_out=division.left_out,
        bad_pictures=gathered.bad_pictures,
        excluded=len(fixes.excluded),
        relabelled=len(fixes.relabelled),
    )


def open_test(config: DataConfig, preparation: Preparation, class_names: tuple[str, ...]) -> Split:
    """Open the test part of a source for a model that was made from another.

    Args:
        config: the source and its division; whether it is dark on light is decided for it alone.
        preparation: the model's, for size, channels and framing.
        class_names: the model's; the source's classes are matched to them by name.

    Returns:
        The test part, its labels positions in `class_names`.

    Raises:
        ConfigError: the source has no known name.
        DataError: as `open_source`, or the source has a class that the model does not know, or
            no test pictures.
    """
    wanted = {
        "image_size": preparation.image_size,
        "channels": preparation.channels,
        "frame": preparation.frame,
    }
    pool = gather(config.model_copy(update=wanted)).pool
    for name in pool.class_names:
        if name not in class_names:
            raise DataError(
                f"{config.source}: {unknown('class', name, class_names)} "
                "Test on pictures of classes that the model was trained with."
            )
    test = divide(pool, config).test
    if not len(test):
        raise DataError(f"{config.source}: no test pictures. Add pictures, or a test/ folder.")
    positions = np.array([class_names.index(name) for name in pool.class_names], np.int64)
    return replace(test, class_names=class_names, labels=positions[pool.labels])


def _note_order(class_names: tuple[str, ...]) -> None:
    """Say it where numbers stand in the order of text, as `ImageFolder` has them too."""
    if not all(name.isdecimal() for name in class_names):
        return
    for name, after in pairwise(class_names):
        if int(name) > int(after):
            _log.warning(
                "the classes are in the order of their names as text: %r before %r. "
                "Zeros in front, such as %s, would bring them into the order of numbers",
                *(name, after, after.zfill(max(map(len, class_names)))),
            )
            return


def _with_test_of_another(source: Source, config: DataConfig) -> Source:
    """Test on `config.test_source`; what stands in its test part is not learned from."""
    other = config.model_copy(update={"source": config.test_source, "test_source": None})
    test = open_test(other, source.preparation, source.class_names)
    train = without_doubles(source.train, test)
    validation = without_doubles(source.validation, test)
    if not (len(train) and len(validation)):
        raise DataError(
            f"{config.source}: all its pictures are among the test pictures of "
            f"{config.test_source}. Train on others."
        )
    doubles = len(source.train) + len(source.validation) - len(train) - len(validation)
    left_out = source.left_out + doubles
    return replace(source, train=train, validation=validation, test=test, left_out=left_out)


def gather(
    config: DataConfig,
    *,
    rebuild: bool = False,
    tolerant: bool = False,
    watch: Watch = ignore,
) -> Gathered:
    """Read and prepare all pictures of a source.

    Args:
        config: as for `open_source`; the test source and the fixes are not looked at.
        rebuild: as for `open_source`.
        tolerant: however many pictures of a folder are bad, give the others.
        watch: as for `open_source`.

    Raises:
        InkdigitError: as `open_source`.
    """
    if config.frame == "digit" and config.invert == "yes":
        raise ConfigError(
            "data.invert=yes beside data.frame=digit, expected one of them: framing finds out "
            "for each picture whether it is dark on light. Leave data.invert out."
        )
    if config.source == "mnist":
        return _prepare_digits(read_mnist(watch), config)
    if config.source == "mnist-5k":
        images, labels = read_sample()
        pool = Pool(images, labels, CLASS_NAMES, {"train": range(len(labels))})
        return _prepare_digits(pool, config)
    listing = list_folder(_folder(config.source))
    path = pack_path(listing, config)
    if tolerant and not path.is_dir():  # a pack of its own, which training must not find
        path = path.with_name(f"{path.name}-tolerant")
    return _open_folder(listing, config, path, rebuild=rebuild, watch=watch)


def _prepare_digits(pool: Pool, config: DataConfig) -> Gathered:
    """Bring MNIST's digits, which are framed by those who made them, to what was asked for."""
    raw = replace(for_framed_digits(config.image_size, config.channels), frame="none")
    raw = replace(raw, invert=config.invert == "yes")
    # dark on light is what framing would undo
    framed = config.frame == "digit" or (config.frame == "auto" and not raw.invert)
    preparation = replace(raw, frame="digit") if framed else raw
    if raw == replace(for_framed_digits(), frame="none"):
        return Gathered(pool, preparation)
    images = np.stack([prepare(picture, raw) for picture in pool.images])
    return Gathered(replace(pool, images=images), preparation)


def _open_folder(
    listing: Listing, config: DataConfig, path: Path, *, rebuild: bool, watch: Watch
) -> Gathered:
    """Open a folder's pack, made first if need be; torch is loaded only for that."""
    opened = None if rebuild or not path.is_dir() else _open_whole(path)
    if opened is None:
        from inkdigit.data.sources.folder import pack_folder

        tolerant = path != pack_path(listing, config)
        pack_folder(listing, config, path, replace=path.is_dir(), tolerant=tolerant, watch=watch)
        opened = open_pack(path)
    pool, card = opened
    bad = set(card.bad_pictures)
    files = tuple(picture.name for picture in listing.pictures if picture.name not in bad)
    return Gathered(pool, card.preparation, card.bad_pictures, files)


def _open_whole(path: Path) -> tuple[Pool, Card] | None:
    """Open a pack, unless it is damaged: what it was made from is still there."""
    try:
        return open_pack(path)
    except DataError as error:
        _log.warning("%s It is made anew.", error)
        return None


def _folder(source: str) -> Path:
    path = Path(source).expanduser()
    if path.is_dir():
        return path
    if path.exists():
        raise DataError(f"{source}: a file, expected a folder with one sub-folder for each class.")
    if len(path.parts) == 1 and path.name == source:
        raise ConfigError(
            f"{unknown('data source', source, NAMES)} Or give a folder of labelled pictures."
        )
    raise DataError(f"{source}: no such folder, expected one with a sub-folder for each class.")
