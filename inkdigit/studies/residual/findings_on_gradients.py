"""What becomes of gradients on their way back: the claims about them, judged by rules."""

import math
from collections.abc import Sequence
from typing import Literal

from inkdigit.studies.poster import Finding, Verdict, overall
from inkdigit.studies.residual.groups import WITH, Groups
from inkdigit.studies.residual.networks import KINDS, Kind
from inkdigit.studies.residual.results import Trained
from inkdigit.studies.spread import Spread, above

Health = Literal["vanishes", "explodes", "is healthy"]

_FACTOR = 10.0  # a gradient that changes by less on its way back is healthy
_HE = "Plain networks with batch norm have healthy gradients (He et al. 2015)"


def cures_gradients(groups: Groups) -> Finding:
    """Compare, before training, what becomes of the gradient in deep networks."""
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        plain, residual = (health(groups.of(kind, batchnorm), 0) for kind in KINDS)
        told = "; ".join(_reach(groups, kind, batchnorm, 0) for kind in KINDS)
        verdict, conclusion = _cure(plain, residual)
        verdicts.append(verdict)
        sentences.append(f"{WITH[batchnorm]}, before training: {told}. {conclusion}")
    return Finding(
        "Residual connections cure vanishing and exploding gradients",
        overall(verdicts),
        tuple(sentences),
    )


def plain_is_healthy(groups: Groups) -> Finding:
    """Look at plain networks with batch norm alone, before and after training."""
    if True not in groups.settings:
        return Finding(_HE, "not shown", ("No network with batch norm was trained.",))
    found = [health(groups.of("plain", True), probe) for probe in (0, -1)]
    verdicts: list[Verdict] = [
        "holds" if each == "is healthy" else "does not hold" for each in found
    ]
    times = ("Before training", "After the last step")
    sentences = [
        f"{time}: {_reach(groups, 'plain', True, probe)}."
        for time, probe in zip(times, (0, -1), strict=True)
    ]
    return Finding(_HE, overall(verdicts), tuple(sentences))


def keeps_gradients_whole(groups: Groups) -> Finding:
    """Compare how alike the gradients of neighbouring inputs are, before training."""
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        plain, residual = (_alike(groups.of(kind, batchnorm)) for kind in KINDS)
        if plain is None or residual is None:
            verdicts.append("not shown")
            sentences.append(f"{WITH[batchnorm]}: some gradients are no numbers.")
            continue
        differs = above(residual, plain) or above(plain, residual)
        verdicts.append(
            "not shown" if not differs else "holds" if above(residual, plain) else "does not hold"
        )
        sentences.append(
            f"{WITH[batchnorm]}, {groups.deepest} layers, before training: gradients one step "
            f"apart on the way from one digit to another have a cosine of "
            f"{residual.in_words('.3f')} in residual and {plain.in_words('.3f')} in plain networks."
        )
    return Finding(
        "Residual connections keep the gradients of neighbouring inputs alike "
        "(Balduzzi et al. 2017)",
        overall(verdicts),
        tuple(sentences),
    )


def health(group: Sequence[Trained], probe: int) -> Health | None:
    """Say what becomes of the gradient on its way to the first block.

    Args:
        group: networks of one design.
        probe: 0 at the start, -1 at the end of training.

    Returns:
        None where it is no number, or the seeds disagree.
    """
    found = {_health(each.probes[probe].reach) for each in group}
    return found.pop() if len(found) == 1 else None


def _health(reach: float | None) -> Health | None:
    if reach is None:
        return None
    if 1 / _FACTOR <= reach <= _FACTOR:
        return "is healthy"
    return "explodes" if reach > _FACTOR else "vanishes"


def _cure(plain: Health | None, residual: Health | None) -> tuple[Verdict, str]:
    if plain is None or residual is None:
        return "not shown", "That is not clear enough to judge."
    if residual == "is healthy" and plain == "is healthy":
        return "not shown", "There is nothing to cure."
    if residual == "is healthy":
        return "holds", "The shortcut cures it."
    if plain == "is healthy":
        return "does not hold", "The shortcut alone brings the trouble."
    return "does not hold", "The shortcut does not cure it."


def _reach(groups: Groups, kind: Kind, batchnorm: bool, probe: int) -> str:
    group = groups.of(kind, batchnorm)
    reaches = [each.probes[probe].reach for each in group]
    known = [reach for reach in reaches if reach is not None]
    if not known:
        return f"the {kind} network of {groups.deepest} layers has no gradient that can be compared"
    middle = math.exp(math.fsum(math.log(max(reach, 1e-300)) for reach in known) / len(known))
    state = health(group, probe) or "differs between seeds"
    return (
        f"the gradient at the first block of the {kind} network of {groups.deepest} layers is "
        f"{_factor(middle)} that at its last ({_factor(min(known))} to {_factor(max(known))}): it "
        f"{state}"
    )


def _factor(value: float) -> str:
    if 100 <= value < 1e6:
        return f"{round(value, 1 - math.floor(math.log10(value))):,.0f} times"  # two digits count
    return f"{value:.2g} times"


def _alike(group: Sequence[Trained]) -> Spread | None:
    found = [each.correlation[0] for each in group]
    known = [value for value in found if value is not None]
    return Spread.of(known) if len(known) == len(found) else None
