import torch

from inkdigit.models.line_cnn import STRIDE, SYMBOLS, LineCNN


def _strips(count: int, width: int) -> torch.Tensor:
    draws = torch.Generator().manual_seed(0)
    return torch.randint(0, 256, (count, 1, 32, width), generator=draws, dtype=torch.uint8)


def test_it_answers_for_every_fourth_column_of_a_strip_of_any_width() -> None:
    network = LineCNN(width=4).eval()
    for width in (16, 64, 200):
        answers = network(_strips(2, width))
        assert answers.shape == (2, width // STRIDE, 1 + len(SYMBOLS))


def test_a_gradient_reaches_every_parameter() -> None:
    network = LineCNN(width=4).train()
    network(_strips(3, 64)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_a_strip_does_not_depend_on_the_others_of_its_batch() -> None:
    network = LineCNN(width=4).eval()
    strips = _strips(4, 64)
    together = network(strips)
    alone = torch.cat([network(strips[row : row + 1]) for row in range(4)])
    assert torch.allclose(together, alone, atol=1e-5)
