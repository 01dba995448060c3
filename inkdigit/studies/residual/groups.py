"""The trained networks of a study, put together by design."""

from collections.abc import Sequence

from inkdigit.studies.residual.networks import Design, Kind
from inkdigit.studies.residual.results import Trained

WITH = {False: "Without batch norm", True: "With batch norm"}  # as sentences begin


class Groups:
    """The trained networks by design; the words speak of the deepest.

    Args:
        trained: at least one network of every design that is asked for.
    """

    def __init__(self, trained: Sequence[Trained]) -> None:
        self.depths = sorted({each.depth for each in trained})
        self.settings = sorted({each.batchnorm for each in trained})
        self.deepest = self.depths[-1]
        self._by_design: dict[Design, list[Trained]] = {}
        for each in trained:
            self._by_design.setdefault(each.design, []).append(each)

    def of(self, kind: Kind, batchnorm: bool, depth: int | None = None) -> list[Trained]:
        """Give the networks of one design, the deepest where no depth is named."""
        return self._by_design[Design(kind, batchnorm, depth or self.deepest)]

    def all(self, kind: Kind) -> list[Trained]:
        """Give all networks of a kind."""
        return [each for group in self._by_design.values() for each in group if each.kind == kind]
