from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from inkdigit.studies.adversarial import Classes, attack, fgsm, pgd, write_page
from inkdigit.types import Images, Labels, Split
from tests.evaluation.html_check import read_offline_page
from tests.evaluation.run_folder import DIGITS


class Means(nn.Module):
    """Logits are how near a picture is to each class's mean; the eleventh output is evidence."""

    def __init__(self, images: Images, labels: Labels) -> None:
        super().__init__()
        shares = torch.from_numpy(images.reshape(len(images), -1) / 255.0).float()
        truth = torch.from_numpy(labels)
        self.means = torch.stack([shares[truth == k].mean(dim=0) for k in range(10)])

    def forward(self, pixels: Tensor) -> Tensor:
        far = torch.cdist(pixels.flatten(1) / 255, self.means)
        return torch.cat((-(far**2), torch.full((len(pixels), 1), 99.0)), dim=1)


@pytest.fixture(scope="module")
def network(digits: tuple[Images, Labels]) -> Classes:
    return Classes(Means(*digits), 10).eval()


@pytest.fixture(scope="module")
def split(digits: tuple[Images, Labels]) -> Split:
    return Split("validation", DIGITS, *digits, np.arange(0, 5000, 25), sha256="s")


def tensors(split: Split) -> tuple[Tensor, Tensor]:
    images, labels = split.read()
    return torch.from_numpy(images).permute(0, 3, 1, 2).float(), torch.from_numpy(labels)


def test_fgsm_changes_pixels_by_the_strength_and_stays_in_range(
    network: Classes, split: Split
) -> None:
    pixels, labels = tensors(split)
    changed = fgsm(network, pixels, labels, strength=0.1)
    assert float((changed - pixels).abs().max()) == pytest.approx(25.5, abs=1e-3)
    assert 0 <= float(changed.min()) <= float(changed.max()) <= 255
    assert not changed.requires_grad


def test_pgd_never_leaves_the_bound_and_repeats_with_its_seed(
    network: Classes, split: Split
) -> None:
    pixels, labels = tensors(split)
    draws = [torch.Generator().manual_seed(seed) for seed in (1, 1, 2)]
    once, again, other = (
        pgd(network, pixels, labels, strength=0.1, draws=each, steps=3) for each in draws
    )
    assert float((once - pixels).abs().max()) <= 25.5 + 1e-3
    assert 0 <= float(once.min()) <= float(once.max()) <= 255
    assert torch.equal(once, again)
    assert not torch.equal(once, other)


def test_stronger_attacks_leave_fewer_right_and_pgd_fewer_than_fgsm(
    network: Classes, split: Split
) -> None:
    found = attack(network, split, pictures=100, strengths=(0.02, 0.2))
    weak, strong = found.attacked
    assert found.clean.total == strong.pgd.total == 100
    assert found.clean.accuracy > weak.fgsm.accuracy > strong.fgsm.accuracy
    assert weak.pgd.accuracy <= weak.fgsm.accuracy
    assert found == attack(network, split, pictures=100, strengths=(0.02, 0.2))


def test_evidence_is_no_class(network: Classes, split: Split) -> None:
    pixels, _ = tensors(split)
    assert network(pixels).shape == (200, 10)


def test_the_page_stands_alone(network: Classes, split: Split, tmp_path: Path) -> None:
    found = attack(network, split, pictures=20, strengths=(0.1,))
    write_page("fast <b>", found, network, split, tmp_path / "page.html")
    page = read_offline_page((tmp_path / "page.html").read_text("utf-8"))
    assert "fast <b> under attack" in page.words
    assert "PGD, 0.1" in page.words
    assert page.tags.count("img") == 2
