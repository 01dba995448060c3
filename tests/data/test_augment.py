"""Bent pictures: the same draws give the same ones, each part does its own thing, none flips."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from inkdigit.config import AugmentationConfig
from inkdigit.data.augment import augment

PARTS: dict[str, dict[str, Any]] = {
    "shift": {"shift": 0.1},
    "rotation": {"rotation_deg": 20},
    "shear": {"shear_deg": 20},
    "scale": {"scale": 0.2},
    "elastic": {"elastic_px": 1.0},
    "stroke": {"stroke": 0.8},
    "appearance": {"appearance": 1.0},
    "erasing": {"erasing": 1.0},
}


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def corner(side: int = 28, channels: int = 1, count: int = 32) -> Tensor:
    """Draw an L: its mirror image is another sign."""
    pixels = torch.zeros(count, channels, side, side, dtype=torch.uint8)
    pixels[:, :, 6:22, 8:11] = 255
    pixels[:, :, 19:22, 8:19] = 255
    return pixels


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("channels", [1, 3])
def test_each_part_changes_pictures_and_keeps_shape_and_range(part: str, channels: int) -> None:
    pixels = corner(channels=channels)
    bent = augment(pixels, AugmentationConfig.model_validate(PARTS[part]), draws())
    assert bent.shape == pixels.shape
    assert bent.dtype == torch.float32
    assert bent.min() >= 0
    assert bent.max() <= 255.01
    assert not torch.equal(bent, pixels.float())


@pytest.mark.parametrize("part", PARTS)
def test_the_same_draws_give_the_same_pictures(part: str) -> None:
    config = AugmentationConfig.model_validate(PARTS[part])
    assert torch.equal(augment(corner(), config, draws(3)), augment(corner(), config, draws(3)))
    assert not torch.equal(augment(corner(), config, draws(3)), augment(corner(), config, draws(4)))


@pytest.mark.parametrize("part", PARTS)
def test_pictures_of_a_batch_are_bent_each_in_its_own_way(part: str) -> None:
    bent = augment(corner(), AugmentationConfig.model_validate(PARTS[part]), draws())
    assert len({picture.numpy().tobytes() for picture in bent}) > len(bent) // 2


def test_nothing_on_gives_the_pictures_themselves() -> None:
    pixels = corner()
    assert augment(pixels, AugmentationConfig(clean_epochs=2), draws()) is pixels


@settings(max_examples=25)
@given(
    st.fixed_dictionaries(
        {
            "shift": st.floats(0, 0.1),
            "rotation_deg": st.floats(0, 15),
            "shear_deg": st.floats(0, 15),
            "scale": st.floats(0, 0.2),
            "elastic_px": st.floats(0, 0.7),
        }
    ),
    st.integers(0, 1000),
)
def test_no_strength_ever_mirrors_a_sign(strengths: dict[str, float], seed: int) -> None:
    pixels = corner(count=8)
    bent = augment(pixels, AugmentationConfig.model_validate(strengths), draws(seed)).float()

    def likeness(template: Tensor) -> Tensor:
        """Best correlation over small shifts."""
        flat = bent.flatten(1)
        shifted = [
            torch.roll(template, (dy, dx), (0, 1)).float().flatten()
            for dy in range(-4, 5, 2)
            for dx in range(-4, 5, 2)
        ]
        return torch.stack([flat @ each for each in shifted]).amax(dim=0)

    upright = pixels[0, 0]
    assert (likeness(upright) > likeness(upright.flip(1))).all()


def test_a_shift_moves_ink_no_farther_than_it_may() -> None:
    pixels = torch.zeros(64, 1, 28, 28, dtype=torch.uint8)
    pixels[:, :, 13:15, 13:15] = 255
    bent = augment(pixels, AugmentationConfig(shift=0.1), draws())
    places = torch.arange(28) + 0.5
    mass = bent.sum(dim=(1, 2, 3))
    centre = (bent.sum(dim=(1, 2)) * places).sum(dim=1) / mass
    assert (centre - 14).abs().max() <= 2.8 + 0.01
    assert (centre - 14).abs().max() > 1.5


def test_a_turn_keeps_the_middle_and_the_mass() -> None:
    pixels = torch.zeros(32, 1, 28, 28, dtype=torch.uint8)
    pixels[:, :, 8:20, 12:16] = 255
    bent = augment(pixels, AugmentationConfig(rotation_deg=45), draws())
    mass = bent.sum(dim=(1, 2, 3))
    assert ((mass / pixels[0].sum()) - 1).abs().max() < 0.05
    places = torch.arange(28) + 0.5
    centre = (bent.sum(dim=(1, 2)) * places).sum(dim=1) / mass
    torch.testing.assert_close(centre, torch.full_like(centre, 14.0), atol=0.1, rtol=0)


def test_strokes_get_thicker_in_one_half_and_thinner_in_the_other() -> None:
    before = corner().sum(dim=(1, 2, 3)).float()
    after = augment(corner(), AugmentationConfig(stroke=1.0), draws()).sum(dim=(1, 2, 3))
    assert (after[:16] >= before[:16]).all()
    assert (after[16:] <= before[16:]).all()


def test_erasing_blanks_one_rectangle_in_about_the_asked_share() -> None:
    full = torch.full((400, 1, 28, 28), 255, dtype=torch.uint8)
    after = augment(full, AugmentationConfig(erasing=0.3), draws())
    touched = after.amin(dim=(1, 2, 3)) == 0
    assert 0.2 < touched.float().mean() < 0.4
    hole = after[touched][0, 0] == 0
    rows, columns = hole.any(dim=1), hole.any(dim=0)
    assert hole.sum() == rows.sum() * columns.sum()
    assert 4 <= rows.sum() <= 12


def test_a_warp_moves_pixels_by_about_its_strength() -> None:
    """A ramp of one grey level a pixel turns displacement into brightness."""
    ramp = (torch.arange(28) * 4).to(torch.uint8).expand(200, 1, 28, 28)
    bent = augment(ramp, AugmentationConfig(elastic_px=1.0), draws())
    moved = (bent - ramp.float())[:, :, 6:22, 6:22] / 4
    assert 0.5 < float(moved.std()) < 1.2
    neighbours = (moved[:, :, 1:] - moved[:, :, :-1]).std()
    assert neighbours < 0.4 * moved.std()
