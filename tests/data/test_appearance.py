"""Changed looks: each change does what it is named for, to its own pictures, and by its draws."""

import pytest
import torch
from torch import Tensor

from inkdigit.data import appearance
from inkdigit.data.appearance import change_appearance

NAMES = [change.__name__ for _, change in appearance._STAGES]


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def strokes(count: int = 16, channels: int = 1) -> Tensor:
    """Draw thick upright strokes as shares of full ink."""
    inks = torch.zeros(count, channels, 28, 28)
    inks[:, :, 5:23, 11:17] = 1.0
    return inks


def only(name: str, inks: Tensor, seed: int = 0) -> Tensor:
    changed: Tensor = getattr(appearance, name)(inks, draws(seed))
    return changed


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("channels", [1, 3])
def test_each_change_keeps_the_shape_and_gives_every_picture_its_own(
    name: str, channels: int
) -> None:
    changed = only(name, strokes(channels=channels))
    assert changed.shape == strokes(channels=channels).shape
    assert torch.isfinite(changed).all()
    assert len({picture.numpy().tobytes() for picture in changed}) > len(changed) // 2


@pytest.mark.parametrize("name", NAMES)
def test_a_change_of_the_look_moves_no_ink(name: str) -> None:
    """In the mean over many pictures ink stays where it was: more in the stroke than beside it."""
    changed = only(name, strokes(400)).clamp(0, 1).mean(dim=(0, 1))
    assert changed[8:20, 11:17].mean() > changed[8:20, :8].mean() + 0.1


def test_so_many_pictures_are_changed_as_the_share_says_and_half_of_them_twice() -> None:
    pictures = 255 * strokes(2000)
    changed = (change_appearance(pictures, 0.6, draws()) != pictures).flatten(1).any(dim=1)
    assert float(changed.float().mean()) == pytest.approx(0.6, abs=0.05)
    ways = appearance._choose(2000, 0.6, draws()).sum(dim=0)
    shares = torch.bincount(ways, minlength=3) / 2000
    torch.testing.assert_close(shares, torch.tensor([0.4, 0.3, 0.3]), atol=0.04, rtol=0)


def test_what_comes_out_is_brightness_again() -> None:
    changed = change_appearance(255 * strokes(200), 1.0, draws())
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_a_share_of_nothing_changes_nothing() -> None:
    pictures = 255 * strokes()
    torch.testing.assert_close(change_appearance(pictures, 0.0, draws()), pictures)


def test_blurring_keeps_the_amount_of_ink() -> None:
    inks = torch.zeros(32, 1, 28, 28)
    inks[:, :, 13:15, 13:15] = 1.0
    torch.testing.assert_close(only("_blurred", inks).sum(dim=(1, 2, 3)), torch.full((32,), 4.0))


def test_an_outline_leaves_the_middle_of_a_thick_stroke_emptier_than_its_edge() -> None:
    hollow = only("_hollow", strokes())
    middle, edges = hollow[:, :, 12, 13], hollow[:, :, 12, 10:18].amax(dim=2)
    assert (middle <= 0.5).all()
    assert (edges >= 0.5).all()


def test_grey_paper_stays_darker_than_the_ink_on_it() -> None:
    faded = only("_faded", strokes(200))
    assert (faded[:, 0, 14, 14] > faded[:, 0, 14, 3] + 0.2).all()
    assert faded[:, 0, 14, 3].max() > 0.5
