import numpy as np
import pytest

from inkdigit.errors import ConfigError, DataError
from inkdigit.evaluation.corruptions.mnist_c import CORRUPTIONS, SIDE, as_shares, corrupt
from inkdigit.types import Images, Labels

NAMES = list(CORRUPTIONS)
RANDOM = [name for name in NAMES if name not in ("scale", "brightness", "stripe", "canny edges")]


@pytest.fixture(scope="module")
def some(digits: tuple[Images, Labels]) -> Images:
    return digits[0][::100]  # five of each class


def test_there_are_the_papers_fifteen() -> None:
    assert tuple(NAMES) == (
        *("shot noise", "impulse noise", "glass blur", "motion blur", "shear", "scale", "rotate"),
        *("brightness", "translate", "stripe", "fog", "spatter", "dotted line", "zigzag"),
        "canny edges",
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_corruption_is_a_function_of_pictures_and_seed(name: str, some: Images) -> None:
    before = some.copy()
    once, again = corrupt(some, name, seed=3), corrupt(some, name, seed=3)
    assert once.dtype == np.uint8
    assert once.shape == some.shape
    assert np.array_equal(once, again)
    assert np.array_equal(some, before)
    assert (once != some).any(axis=(1, 2, 3)).mean() > 0.9


@pytest.mark.parametrize("name", RANDOM)
def test_what_is_random_hangs_on_the_seed_and_the_block(name: str, some: Images) -> None:
    drawn = corrupt(some, name, seed=3)
    assert not np.array_equal(drawn, corrupt(some, name, seed=4))
    assert not np.array_equal(drawn, corrupt(some, name, seed=3, block=1))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [0, 1])
def test_few_pictures_are_corrupted_too(name: str, count: int, some: Images) -> None:
    assert corrupt(some[:count], name).shape == (count, SIDE, SIDE, 1)


@pytest.mark.parametrize("name", NAMES)
def test_a_blank_picture_brings_no_error(name: str) -> None:
    assert corrupt(np.zeros((3, SIDE, SIDE, 1), np.uint8), name).shape == (3, SIDE, SIDE, 1)


def test_impulses_strike_as_many_pixels_as_the_source_says(some: Images) -> None:
    grey = np.full((100, SIDE, SIDE, 1), 128, np.uint8)
    struck = corrupt(grey, "impulse noise")
    assert (struck != 128).mean() == pytest.approx(0.17, abs=0.01)
    assert (struck == 255).sum() == pytest.approx((struck == 0).sum(), rel=0.05)


def test_shot_noise_counts_whole_photons_and_keeps_the_mean() -> None:
    grey = np.full((100, SIDE, SIDE, 1), 51, np.uint8)  # 0.2 of full ink, 0.6 photons
    shot = corrupt(grey, "shot noise")
    assert set(np.unique(shot)) == {0, 85, 170, 255}
    zeros = float((shot == 0).mean())
    assert zeros == pytest.approx(np.exp(-0.6), abs=0.01)


def test_brightness_adds_half_of_full_ink(some: Images) -> None:
    assert np.array_equal(corrupt(some, "brightness") == 255, some >= 128)
    assert corrupt(some, "brightness").min() == 128


def test_stripes_invert_the_outer_quarters_and_nothing_else(some: Images) -> None:
    striped = corrupt(some, "stripe")
    assert np.array_equal(striped[:, :, 7:21], some[:, :, 7:21])
    assert np.array_equal(striped[:, :, :7], 255 - some[:, :, :7])
    assert np.array_equal(striped[:, :, 21:], 255 - some[:, :, 21:])


def test_a_translated_picture_moves_by_three_pixels_to_one_of_four_sides(some: Images) -> None:
    dot = np.zeros((200, SIDE, SIDE, 1), np.uint8)
    dot[:, 14, 14] = 255
    _, rows, columns, _ = np.nonzero(corrupt(dot, "translate"))
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {
        (row, column) for row in (11, 17) for column in (11, 17)
    }


def test_lines_only_add_ink(some: Images) -> None:
    for name in ("dotted line", "zigzag"):
        assert (corrupt(some, name) >= some).all()
    added = corrupt(np.zeros((50, SIDE, SIDE, 1), np.uint8), "dotted line").max(axis=(0, 1, 3))
    assert np.array_equal(added[:27] > 0, np.arange(27) % 4 >= 2)
    assert added[27] == 0  # the source ends one column early


def test_fog_keeps_the_contrast_that_the_source_leaves(some: Images) -> None:
    fogged = as_shares(corrupt(some, "fog"))
    assert fogged.max() <= 1
    assert fogged.mean() > as_shares(some).mean() + 0.1


def test_motion_smears_the_ink_without_losing_it() -> None:
    dot = np.zeros((20, SIDE, SIDE, 1), np.uint8)
    dot[:, 14, 25] = 255
    smeared = corrupt(dot, "motion blur").astype(int)
    assert smeared.sum(axis=(1, 2, 3)) == pytest.approx(255, abs=10)
    assert (smeared.max(axis=(1, 2, 3)) < 64).all()


def test_edges_are_black_and_white_and_stand_around_strokes() -> None:
    square = np.zeros((1, SIDE, SIDE, 1), np.uint8)
    square[:, 8:20, 8:20] = 255
    edges = corrupt(square, "canny edges")[0, ..., 0]
    assert set(np.unique(edges)) == {0, 255}
    assert edges[12:16, 12:16].max() == 0
    assert edges[:6].max() == 0
    assert np.array_equal(np.flatnonzero(edges[14]), [7, 8, 19, 20])


def test_a_name_that_is_not_known_is_answered_with_a_near_one(some: Images) -> None:
    with pytest.raises(ConfigError, match="Did you mean 'shot noise'"):
        corrupt(some, "shot nois")


def test_other_sizes_and_colours_are_refused(some: Images) -> None:
    with pytest.raises(DataError, match=r"expected \(28, 28, 1\)"):
        corrupt(np.zeros((2, 32, 32, 1), np.uint8), "fog")
    with pytest.raises(DataError, match=r"expected \(28, 28, 1\)"):
        corrupt(np.zeros((2, 28, 28, 3), np.uint8), "fog")
