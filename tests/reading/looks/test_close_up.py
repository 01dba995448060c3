import numpy as np
from numpy.typing import NDArray

from inkdigit.config import DataConfig
from inkdigit.data.source import open_source
from inkdigit.reading.looks.close_up import as_one_line, close_up, softened
from inkdigit.reading.sheets.sheet import lay_flat


def hatched(digit: NDArray[np.uint8], around: int = 6) -> NDArray[np.uint8]:
    """Draw a digit dark on paper with grey stripes."""
    ink = np.pad(digit.repeat(3, axis=0).repeat(3, axis=1), around) / 255
    paper = np.full(ink.shape, 210.0)
    paper[:, ::5] -= 40
    return np.asarray(paper * (1 - ink) + 30 * ink, np.uint8)[..., None]


def digit() -> NDArray[np.uint8]:
    images, labels = open_source(DataConfig(source="mnist-5k")).train.read()
    return images[np.flatnonzero(labels == 2)[0], ..., 0]


def test_the_region_is_the_digit_and_not_the_stripes_around_it() -> None:
    drawn = digit()
    found = close_up(hatched(drawn))
    assert found is not None
    sheet, region = found
    rows, columns = np.flatnonzero(drawn.max(axis=1) > 128), np.flatnonzero(drawn.max(axis=0) > 128)
    expected = (3 * columns[0] + 6, 3 * rows[0] + 6, 3 * columns[-1] + 9, 3 * rows[-1] + 9)
    assert np.abs(np.array(region.box) - expected).max() <= 6
    assert sheet.ink.shape == hatched(drawn).shape[:2]


def test_a_large_picture_is_a_page() -> None:
    assert close_up(hatched(digit(), around=150)) is None


def test_blank_paper_has_no_close_up() -> None:
    assert close_up(np.full((80, 60, 1), 200, np.uint8)) is None


def test_softening_takes_stripes_away_and_leaves_strokes() -> None:
    picture = hatched(digit())
    soft = softened(picture)
    assert soft is not None
    assert soft.shape == picture.shape
    assert soft[:6].std() < 0.7 * picture[:6].std()
    ink = picture[..., 0] < 60
    assert np.median(soft[..., 0][ink]) < 90


def test_a_coloured_picture_stays_coloured_and_a_page_is_not_softened() -> None:
    assert softened(np.full((40, 90, 3), (200, 150, 90), np.uint8)).tolist()[0][0] == [200, 150, 90]  # type: ignore[union-attr]
    assert softened(np.zeros((800, 1300, 1), np.uint8)) is None


def on_paper(*places: tuple[int, int]) -> NDArray[np.uint8]:
    """Write digits of 60 pixels at some rows and columns of a sheet of 200×320."""
    paper = np.full((200, 320), 220, np.uint8)
    ink = digit()[4:24, 4:24].repeat(3, axis=0).repeat(3, axis=1)
    for row, column in places:
        place = paper[row : row + 60, column : column + 60]
        place[:] = np.minimum(place, 220 - 0.8 * ink)
    return paper[..., None]


def test_digits_that_stand_higher_and_lower_are_one_line_as_long_as_no_row_between_is_empty() -> (
    None
):
    region = as_one_line(lay_flat(on_paper((40, 40), (80, 120), (60, 220))))
    assert region is not None
    left, top, right, bottom = region.box
    assert 35 <= left <= 60
    assert 35 <= top <= 60
    assert 260 <= right <= 285
    assert 120 <= bottom <= 145
    assert as_one_line(lay_flat(on_paper((20, 40), (20, 120), (110, 40)))) is None


def test_many_lines_of_numbers_that_stand_higher_and_lower_are_none() -> None:
    table = np.concatenate([on_paper((10, 40), (60, 120), (110, 200))] * 3)
    table = np.minimum(table, np.roll(table, 100, axis=0))  # so that no row is empty
    assert as_one_line(lay_flat(table)) is None


def test_blank_paper_is_no_line() -> None:
    assert as_one_line(lay_flat(on_paper())) is None
