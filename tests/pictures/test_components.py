"""Connected parts are those that a plain flood fill finds."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from inkdigit.pictures.components import components


def flooded(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the parts by a flood fill with a stack, in reading order of their first pixel."""
    labels = np.zeros(mask.shape, np.int32)
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        labels[start] = labels.max() + 1
        stack = [start]
        while stack:
            y, x = stack.pop()
            near = np.s_[max(y - 1, 0) : y + 2, max(x - 1, 0) : x + 2]
            fresh = mask[near] & (labels[near] == 0)
            labels[near][fresh] = labels[start]
            rows, columns = np.nonzero(fresh)
            stack += zip(rows + near[0].start, columns + near[1].start, strict=True)
    return labels


masks = st.tuples(st.integers(1, 14), st.integers(1, 14)).flatmap(lambda s: arrays(np.bool_, s))


@given(mask=masks)
def test_parts_are_those_of_a_flood_fill(mask: NDArray[np.bool_]) -> None:
    found, expected = components(mask), flooded(mask)
    assert np.array_equal(found.labels, expected)
    assert len(found.areas) == len(found.boxes) == expected.max(initial=0)
    for part, (area, box) in enumerate(zip(found.areas, found.boxes, strict=True), start=1):
        rows, columns = np.nonzero(expected == part)
        assert area == len(rows)
        assert box.tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
