"""How plain and residual networks learn and what they end with: the claims, judged by rules."""

import math
from collections.abc import Sequence

from inkdigit.studies.poster import Finding, Verdict, overall
from inkdigit.studies.residual.groups import WITH, Groups
from inkdigit.studies.residual.networks import KINDS, Kind
from inkdigit.studies.residual.results import Trained
from inkdigit.studies.spread import Spread, above

_SKIPPED = 0.9  # of the accuracy is left without a block: it can be skipped
_PROMISED = 0.98  # the paper's accuracy on MNIST
_WORSE = 0.1  # a loss is worse if it is higher by a tenth


def cures_degradation(groups: Groups) -> Finding:
    """Compare the loss of the deepest networks with that of shallower ones."""
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        worse, told = zip(*(_degrades(groups, kind, batchnorm) for kind in KINDS), strict=True)
        plain, residual = worse
        verdict: Verdict = "does not hold" if residual else "holds" if plain else "not shown"
        verdicts.append(verdict)
        end = "" if plain or residual else " There is nothing to cure."
        sentences.append(f"{WITH[batchnorm]}: {'; '.join(told)}.{end}")
    return Finding(
        "Deeper plain networks learn worse (degradation); residual connections cure that",
        overall(verdicts),
        tuple(sentences),
    )


def trains_at_all(groups: Groups) -> Finding:
    """Count trainings that failed."""
    counts = {}
    for kind in KINDS:
        every = groups.all(kind)
        blown = sum(each.blown_up_at is not None for each in every)
        idle = sum(not each.learned for each in every) - blown
        counts[kind] = (blown, idle, len(every))
    sentences = [
        f"Of {total} {kind} networks {blown} blew up (a loss or gradient that is no number), and "
        f"{idle} more were nearer to guessing than to all right at the last step."
        for kind, (blown, idle, total) in counts.items()
    ]
    failed = {kind: blown + idle for kind, (blown, idle, _) in counts.items()}
    verdict: Verdict = "not shown"
    if failed["residual"] < failed["plain"]:
        verdict = "holds in part" if failed["residual"] else "holds"
    elif failed["residual"]:
        verdict = "does not hold"
    return Finding("With residual connections training succeeds", verdict, tuple(sentences))


def skips_blocks(groups: Groups) -> Finding:
    """Compare what is left of the accuracy without one block."""
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        kept = {kind: _kept(groups.of(kind, batchnorm)) for kind in KINDS}
        told = [_without(kind, found) for kind, found in kept.items()]
        verdicts.append(_skipping(kept["plain"], kept["residual"]))
        sentences.append(f"{WITH[batchnorm]}, {groups.deepest} layers: {'; '.join(told)}.")
    return Finding(
        "Badly learnt layers can be skipped: a residual network does without one of its blocks",
        overall(verdicts),
        tuple(sentences),
    )


def learns_sooner(groups: Groups) -> Finding:
    """Compare the steps to 99 % on validation, at the largest depth."""
    verdicts: list[Verdict] = []
    sentences = []
    for batchnorm in groups.settings:
        steps = {kind: _steps(groups.of(kind, batchnorm)) for kind in KINDS}
        plain, residual = steps["plain"], steps["residual"]
        told = [
            f"{kind} networks {_steps_in_words(found, len(groups.of(kind, batchnorm)))}"
            for kind, found in steps.items()
        ]
        sentences.append(f"{WITH[batchnorm]}, {groups.deepest} layers: {'; '.join(told)}.")
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


def is_accurate(groups: Groups) -> Finding:
    """Hold residual networks with batch norm to the accuracy of the paper."""
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


def _steps(group: Sequence[Trained]) -> Spread:
    return Spread.of(
        math.inf if each.steps_to_goal is None else each.steps_to_goal for each in group
    )


def _steps_in_words(steps: Spread, seeds: int) -> str:
    reached = Spread.of(value for value in steps.values if math.isfinite(value))
    if not reached.values:
        return f"did not reach it with any of {seeds} seeds"
    return f"after {reached.in_words('.0f')} steps with {len(reached.values)} of {seeds} seeds"
