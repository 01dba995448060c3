"""What the measurements say of each claim about pooling, in words chosen by rules.

A difference counts where every seed of one side lies beyond every seed of the other, and the
means are as far apart as the constants say.
"""

from collections.abc import Sequence
from statistics import fmean

from inkdigit.evaluation.page import thousands
from inkdigit.studies.pooling.bends import SWEEPS, Sweep
from inkdigit.studies.pooling.networks import REDUCTIONS, WORDS, Reduction
from inkdigit.studies.pooling.training import Trained, Variant
from inkdigit.studies.poster import Finding, Verdict, overall
from inkdigit.studies.spread import Spread, above

_POINT = 0.01  # of the accuracy: less is not worth a claim
_GAP = 0.002  # between training and test accuracy
_POOLED: tuple[Reduction, ...] = ("max", "average")

Groups = dict[Variant, list[Trained]]


def grouped(trained: Sequence[Trained]) -> Groups:
    """Put the seeds of each variant together."""
    groups: Groups = {}
    for each in trained:
        groups.setdefault(each.variant, []).append(each)
    return groups


def judge(trained: Sequence[Trained]) -> tuple[Finding, ...]:
    """Say of each claim whether it holds."""
    groups = grouped(trained)
    return (
        *(_stands(groups, sweep) for sweep in SWEEPS),
        _augmentation(groups),
        _computation(groups),
        _overfitting(groups),
    )


def stability(group: Sequence[Trained], sweep: Sweep) -> Spread:
    """Give the share of the accuracy that is left on bent digits, by seed."""
    place = SWEEPS.index(sweep)
    return Spread.of(each.sweeps[place].stability for each in group)


def _stands(groups: Groups, sweep: Sweep) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for augmented in (False, True):
        found = {r: stability(groups[Variant(r, augmented)], sweep) for r in REDUCTIONS}
        verdicts += [_compared(found[pooled], found["strided"], _POINT) for pooled in _POOLED]
        figures = ", ".join(
            f"{WORDS[r]} {spread.in_words('.1f', percent=True)}" for r, spread in found.items()
        )
        sentences.append(f"{_trained(augmented)}: {figures}.")
    low, high = sweep.settings[0], sweep.settings[-1]
    about = (
        f"What is left of the accuracy, on average from {low:g} to {high:g} {sweep.unit}. Pooling "
        "is compared with strided convolution, which has the same weights."
    )
    claim = f"Pooling makes features stable under {sweep.words}"
    return Finding(claim, overall(verdicts), (about, *sentences))


def _augmentation(groups: Groups) -> Finding:
    gains, of_pooling = [], []
    for sweep in SWEEPS:
        plain, bent = (stability(groups[Variant("max", each)], sweep) for each in (False, True))
        strided = stability(groups[Variant("strided", False)], sweep)
        gains.append((sweep, bent.mean - plain.mean, above(bent, plain)))
        of_pooling.append(plain.mean - strided.mean)
    more = [
        gain > other and clear for (_, gain, clear), other in zip(gains, of_pooling, strict=True)
    ]
    told = "; ".join(
        f"{sweep.words} {100 * gain:+.1f} against {100 * other:+.1f}"
        for (sweep, gain, _), other in zip(gains, of_pooling, strict=True)
    )
    verdict: Verdict = "holds" if all(more) else "holds in part" if any(more) else "does not hold"
    sentence = (
        "Points of what is left of the accuracy that augmentation adds to max pooling, against "
        f"those that max pooling adds to strided convolution: {told}."
    )
    claim = "Augmentation does more for stability than pooling does"
    return Finding(claim, verdict, (sentence,))


def _computation(groups: Groups) -> Finding:
    first = {r: groups[Variant(r, False)] for r in REDUCTIONS}
    operations = {r: group[0].operations for r, group in first.items()}
    pooled, strided, none = operations["max"], operations["strided"], operations["none"]
    told = "; ".join(
        f"{WORDS[r]} {thousands(operations[r])} multiply-accumulates a digit, "
        f"{thousands(group[0].parameters)} weights, "
        f"{Spread.of(each.training_s for each in group).in_words('.1f')} s of training"
        for r, group in first.items()
    )
    verdict: Verdict = "does not hold"
    if pooled < none:
        verdict = "holds" if pooled <= strided else "holds in part"
    words = f"Pooling takes {none / pooled:.1f} times fewer operations than no reduction"
    if strided < pooled:
        words += f", and {pooled / strided:.1f} times as many as strided convolution"
    return Finding("Pooling saves computation", verdict, (f"{words}.", f"{told}."))


def _overfitting(groups: Groups) -> Finding:
    verdicts: list[Verdict] = []
    sentences = []
    for augmented in (False, True):
        group = {r: groups[Variant(r, augmented)] for r in REDUCTIONS}
        gaps = {r: Spread.of(each.gap for each in found) for r, found in group.items()}
        verdicts += [_compared(gaps["none"], gaps[pooled], _GAP) for pooled in _POOLED]
        told = "; ".join(
            f"{WORDS[r]} {gaps[r].in_words('.2f', percent=True)} (test {_tested(found)})"
            for r, found in group.items()
        )
        sentences.append(f"{_trained(augmented)}, gap between training and test: {told}.")
    return Finding("Pooling reduces overfitting", overall(verdicts), tuple(sentences))


def _tested(group: Sequence[Trained]) -> str:
    accuracy = Spread.of(each.test.accuracy for each in group)
    wrong = fmean(each.test.wrong for each in group)
    return f"{accuracy.in_words('.2f', percent=True)}, {wrong:.0f} of {group[0].test.total:,} wrong"


def _compared(a: Spread, b: Spread, by: float) -> Verdict:
    if above(a, b, by=by):
        return "holds"
    return "does not hold" if above(b, a, by=by) else "not shown"


def _trained(augmented: bool) -> str:
    return "Trained on bent digits" if augmented else "Trained on digits as they are"
