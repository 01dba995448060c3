"""What the measurements say of each claim, in words chosen by rules.

A difference counts where every seed of one side lies beyond every seed of the other; how far it
must go besides is said by the constants. Whatever the rules find, the figures stand beside it.
"""

import math
from collections.abc import Callable, Sequence
from typing import Literal

from inkdigit.studies.poster import Finding, Verdict, overall
from inkdigit.studies.residual.networks import KINDS, Design, Kind
from inkdigit.studies.residual.results import Trained
from inkdigit.studies.spread import Spread, above

_FACTOR = 10.0  # a gradient that changes by less on its way back is healthy
_SKIPPED = 0.9  # of the accuracy is left without a block: it can be skipped
_PROMISED = 0.98  # the paper's accuracy on MNIST
_WORSE = 0.1  # a loss is worse if it is higher by a tenth

Health = Literal["vanishes", "explodes", "is healthy"]
_WITH = {False: "Without batch norm", True: "With batch norm"}


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


def judge(trained: Sequence[Trained]) -> tuple[Finding, ...]:
    """Say of each claim whether it holds."""
    groups = Groups(trained)
    rules: tuple[Callable[[Groups], Finding], ...] = (
        _cures_gradients,
        _plain_is_healthy,
        _cures_degradation,
        _blows_up,
        _skips_blocks,
        _keeps_gradients_whole,
        _learns_sooner,
        _is_accurate,
    )
    return tuple(rule(groups) for rule in rules)


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


def _cures_gradients(groups: Groups) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        plain, residual = (health(groups.of(kind, batchnorm), 0) for kind in KINDS)
        told = "; ".join(_reach(groups, kind, batchnorm, 0) for kind in KINDS)
        verdict, conclusion = _cure(plain, residual)
        verdicts.append(verdict)
        sentences.append(f"{_WITH[batchnorm]}, before training: {told}. {conclusion}")
    return Finding(
        "Residual connections cure vanishing and exploding gradients",
        overall(verdicts),
        tuple(sentences),
    )


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


def _plain_is_healthy(groups: Groups) -> Finding:
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


_HE = "Plain networks with batch norm have healthy gradients (He et al. 2015)"


def _reach(groups: Groups, kind: Kind, batchnorm: bool, probe: int) -> str:
    group = groups.of(kind, batchnorm)
    reaches = [each.probes[probe].reach for each in group]
    known = [reach for reach in reaches if reach is not None]
    if not known:
        return f"the {kind} network of {groups.deepest} layers has no gradient that is a number"
    middle = math.exp(math.fsum(math.log(max(reach, 1e-300)) for reach in known) / len(known))
    state = health(group, probe) or "differs between seeds"
    return (
        f"the gradient at the first block of the {kind} network of {groups.deepest} layers is "
        f"{_factor(middle)} that at its last ({_factor(min(known))} to {_factor(max(known))}): it "
        f"{state}"
    )


def _factor(value: float) -> str:
    if value >= 1000 or value < 0.001:
        return f"{value:.0e} times"
    return f"{value:.2g} times"


def _cures_degradation(groups: Groups) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        worse, told = zip(*(_degrades(groups, kind, batchnorm) for kind in KINDS), strict=True)
        plain, residual = worse
        verdict: Verdict = "does not hold" if residual else "holds" if plain else "not shown"
        verdicts.append(verdict)
        end = "" if plain or residual else " There is nothing to cure."
        sentences.append(f"{_WITH[batchnorm]}: {'; '.join(told)}.{end}")
    return Finding(
        "Deeper plain networks learn worse (degradation); residual connections cure that",
        overall(verdicts),
        tuple(sentences),
    )


def _degrades(groups: Groups, kind: Kind, batchnorm: bool) -> tuple[bool, str]:
    """Compare the loss of the deepest with that of the best of the shallower."""
    deep = _losses(groups.of(kind, batchnorm))
    others = {depth: _losses(groups.of(kind, batchnorm, depth)) for depth in groups.depths[:-1]}
    best = min(others, key=lambda depth: others[depth].mean)
    shallow = others[best]
    worse = above(deep, shallow, by=_WORSE * shallow.mean)
    verb = "is worse" if worse else "is no worse"
    return worse, (
        f"the {kind} network of {groups.deepest} layers {verb} than that of {best}: its training "
        f"loss ends at {deep.in_words('.2g')} instead of {shallow.in_words('.2g')}"
    )


def _losses(group: Sequence[Trained]) -> Spread:
    return Spread.of(
        math.inf if each.training_loss is None else each.training_loss for each in group
    )


def _blows_up(groups: Groups) -> Finding:
    counts = {}
    for kind in KINDS:
        every = groups.all(kind)
        blown = sum(each.blown_up_at is not None for each in every)
        idle = sum(not each.learned for each in every) - blown
        counts[kind] = (blown, idle, len(every))
    sentences = [
        f"Of {total} {kind} networks {blown} blew up (a loss or gradient that is no number), and "
        f"{idle} more had learned next to nothing by the last step."
        for kind, (blown, idle, total) in counts.items()
    ]
    failed = {kind: blown + idle for kind, (blown, idle, _) in counts.items()}
    verdict: Verdict = "not shown"
    if failed["residual"] < failed["plain"]:
        verdict = "holds in part" if failed["residual"] else "holds"
    elif failed["residual"]:
        verdict = "does not hold"
    return Finding("With residual connections training succeeds", verdict, tuple(sentences))


def _skips_blocks(groups: Groups) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        kept = {kind: _kept(groups.of(kind, batchnorm)) for kind in KINDS}
        told = [_without(kind, found) for kind, found in kept.items()]
        verdicts.append(_skipping(kept["plain"], kept["residual"]))
        sentences.append(f"{_WITH[batchnorm]}, {groups.deepest} layers: {'; '.join(told)}.")
    return Finding(
        "Badly learnt layers can be skipped: a residual network does without one of its blocks",
        overall(verdicts),
        tuple(sentences),
    )


def _kept(group: Sequence[Trained]) -> Spread | None:
    """Give what is left of the accuracy; None unless all seeds learned."""
    found = [each.deletion.kept for each in group if each.deletion and each.learned]
    return Spread.of(found) if len(found) == len(group) else None


def _without(kind: Kind, kept: Spread | None) -> str:
    if kept is None:
        return f"not every {kind} network learned, so that nothing can be taken from it"
    return (
        f"without one block, the median one, a {kind} network keeps "
        f"{kept.in_words('.1f', percent=True)} of its accuracy"
    )


def _skipping(plain: Spread | None, residual: Spread | None) -> Verdict:
    if residual is None:
        return "not shown"
    if residual.low < _SKIPPED:
        return "does not hold"
    return "holds" if plain is None or above(residual, plain) else "holds in part"


def _keeps_gradients_whole(groups: Groups) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        plain, residual = (_alike(groups.of(kind, batchnorm)) for kind in KINDS)
        if plain is None or residual is None:
            verdicts.append("not shown")
            sentences.append(f"{_WITH[batchnorm]}: some gradients are no numbers.")
            continue
        differs = above(residual, plain) or above(plain, residual)
        verdicts.append(
            "not shown" if not differs else "holds" if above(residual, plain) else "does not hold"
        )
        sentences.append(
            f"{_WITH[batchnorm]}, {groups.deepest} layers, before training: gradients one step "
            f"apart on the way from one digit to another have a cosine of "
            f"{residual.in_words('.3f')} in residual and {plain.in_words('.3f')} in plain networks."
        )
    return Finding(
        "Residual connections keep the gradients of neighbouring inputs alike "
        "(Balduzzi et al. 2017)",
        overall(verdicts),
        tuple(sentences),
    )


def _alike(group: Sequence[Trained]) -> Spread | None:
    found = [each.correlation[0] for each in group]
    known = [value for value in found if value is not None]
    return Spread.of(known) if len(known) == len(found) else None


def _learns_sooner(groups: Groups) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        steps = {kind: _steps(groups.of(kind, batchnorm)) for kind in KINDS}
        plain, residual = steps["plain"], steps["residual"]
        told = [
            f"{kind} networks {_steps_in_words(found, len(groups.of(kind, batchnorm)))}"
            for kind, found in steps.items()
        ]
        sentences.append(f"{_WITH[batchnorm]}, {groups.deepest} layers: {'; '.join(told)}.")
        if above(plain, residual):
            verdicts.append("holds")
        elif above(residual, plain):
            verdicts.append("does not hold")
        else:
            verdicts.append("not shown")
    return Finding(
        "Residual networks reach 99 % on validation in fewer steps",
        overall(verdicts),
        tuple(sentences),
    )


def _steps(group: Sequence[Trained]) -> Spread:
    return Spread.of(
        math.inf if each.steps_to_goal is None else each.steps_to_goal for each in group
    )


def _steps_in_words(steps: Spread, seeds: int) -> str:
    reached = Spread.of(value for value in steps.values if math.isfinite(value))
    if not reached.values:
        return f"did not reach it with any of {seeds} seeds"
    return f"after {reached.in_words('.0f')} steps with {len(reached.values)} of {seeds} seeds"


def _is_accurate(groups: Groups) -> Finding:
    claim = "The residual network reaches 98 to 99 % on the test digits"
    if True not in groups.settings:
        return Finding(claim, "not shown", ("No network with batch norm was trained.",))
    enough, sentences = [], []
    for depth in groups.depths:
        tested = [each.test for each in groups.of("residual", True, depth)]
        known = [each for each in tested if each is not None]
        enough += [each is not None and each.accuracy >= _PROMISED for each in tested]
        if known:
            accuracy = Spread.of(each.accuracy for each in known)
            wrong = ", ".join(str(each.wrong) for each in known)
            low, high = min(e.low for e in known), max(e.high for e in known)
            sentences.append(
                f"{depth} layers: {accuracy.in_words('.2f', percent=True)}; {wrong} of "
                f"{known[0].total:,} wrong, 95\u00a0% intervals from {100 * low:.2f} to "
                f"{100 * high:.2f}\u00a0%."
            )
    verdict: Verdict = "holds" if all(enough) else "holds in part"
    return Finding(claim, verdict if any(enough) else "does not hold", tuple(sentences))
