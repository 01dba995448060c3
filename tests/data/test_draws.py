"""A draw is a function of its place, and of nothing else."""

from itertools import product

import torch

from inkdigit.data.draws import Purpose, generator, seed_for


def test_every_place_has_a_stream_of_its_own() -> None:
    places = list(product(range(3), Purpose, range(3), range(4)))
    assert len({seed_for(*place) for place in places}) == len(places)


def test_a_place_gives_the_same_draws_whatever_was_drawn_before() -> None:
    first = torch.rand(5, generator=generator(1, Purpose.ORDER, 2, 3))
    torch.rand(100)
    assert torch.equal(first, torch.rand(5, generator=generator(1, Purpose.ORDER, 2, 3)))
