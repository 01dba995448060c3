"""What the measurements say of each claim, in words chosen by rules.

A difference counts where every seed of one side lies beyond every seed of the other; how far it
must go besides is said by the constants. Whatever the rules find, the figures stand beside it.
"""

from collections.abc import Callable, Sequence

from inkdigit.studies.poster import Finding
from inkdigit.studies.residual.findings_on_gradients import (
    cures_gradients,
    keeps_gradients_whole,
    plain_is_healthy,
)
from inkdigit.studies.residual.findings_on_learning import (
    cures_degradation,
    is_accurate,
    learns_sooner,
    skips_blocks,
    trains_at_all,
)
from inkdigit.studies.residual.groups import Groups
from inkdigit.studies.residual.results import Trained

_RULES: tuple[Callable[[Groups], Finding], ...] = (
    cures_gradients,
    plain_is_healthy,
    cures_degradation,
    trains_at_all,
    skips_blocks,
    keeps_gradients_whole,
    learns_sooner,
    is_accurate,
)


def judge(trained: Sequence[Trained]) -> tuple[Finding, ...]:
    """Say of each claim whether it holds."""
    groups = Groups(trained)
    return tuple(rule(groups) for rule in _RULES)
