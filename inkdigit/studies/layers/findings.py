"""What is said of the kinds of layers, and what this network says to it; by rules."""

from itertools import pairwise

from inkdigit.evaluation.page import percent, thousands
from inkdigit.studies.layers.study import Study
from inkdigit.studies.poster import Finding, Verdict

_HALF, _QUARTER = 0.5, 0.25


def judge(study: Study) -> tuple[Finding, ...]:
    """Say of each claim whether this network shows it."""
    return (_edges(study), _richer(study), _sees_more(study), _shares(study), _combines(study))


def _edges(study: Study) -> Finding:
    found = study.orientations
    edges = sum(each.is_edge for each in found)
    share = edges / len(found)
    verdict: Verdict = "does not hold"
    if share >= _QUARTER:
        verdict = "holds" if share >= _HALF else "holds in part"
    sentence = (
        f"{edges} of {len(found)} first filters answer to differences in one direction: their "
        "weights for and against balance, and most of their power points one way."
    )
    return Finding("The first layer finds edges", verdict, (sentence,))


def _richer(study: Study) -> Finding:
    pixels, first, *others = study.probes
    last = others[-1] if others else first
    rises = all(after.accuracy >= before.accuracy for before, after in pairwise((first, *others)))
    verdict: Verdict = "does not hold"
    if last.low > first.high or last.low > pixels.high:
        verdict = "holds" if rises and last.low > pixels.high else "holds in part"
    elif last.accuracy > first.accuracy:
        verdict = "not shown"
    told = ", ".join(f"{each.stage} {percent(each.accuracy, 1)}" for each in study.probes)
    by_stage = (
        f"A linear classifier on each stage, learned from {study.learned:,} training pictures, "
        f"answers {last.total:,} validation pictures rightly: {told}."
    )
    ends = (
        f"On pixels {pixels.wrong} are wrong, on {last.stage} {last.wrong} (95\u00a0% intervals "
        f"{percent(pixels.low, 1)} to {percent(pixels.high, 1)} and {percent(last.low, 1)} to "
        f"{percent(last.high, 1)})."
    )
    claim = "Later layers are richer: classes are easier to tell apart"
    return Finding(claim, verdict, (by_stage, ends))


def _sees_more(study: Study) -> Finding:
    fields = study.fields
    side = study.source.preparation.image_size
    grows = all(after.side >= before.side for before, after in pairwise(fields))
    told = ", ".join(f"{each.stage} {each.side}×{each.side}" for each in fields)
    verdict: Verdict = "holds" if grows and fields[-1].side > fields[0].side else "does not hold"
    sees = f"The middle of each stage can see, in pixels of {side}×{side}: {told}."
    listens = (
        f"It listens to less: nine tenths of the weight of {fields[-1].stage} lie on "
        f"{percent(fields[-1].listened, 0)} of the pixels, of {fields[0].stage} on "
        f"{percent(fields[0].listened, 0)}."
    )
    return Finding("Deeper layers see more of the picture", verdict, (sees, listens))


def _shares(study: Study) -> Finding:
    least, most = (pick(study.shared, key=lambda each: each.saved) for pick in (min, max))
    verdict: Verdict = "holds" if least.saved > 1 else "does not hold"
    counts = (
        f"Dense layers that do the same as its convolutions would need {least.saved:,.0f} "
        f"({least.name}) to {most.saved:,.0f} times ({most.name}) as many weights."
    )
    claim = "Convolutions save parameters by sharing them"
    if study.dense is None:
        return Finding(claim, verdict, (counts,))
    first = study.shared[0]
    checked = (
        f"{first.name} as a matrix of {thousands(first.inputs)} × {thousands(first.outputs)}: "
        f"{percent(study.dense.zeros, 1)} of it are zeros, the rest repeats "
        f"{thousands(first.weights)} weights. On {study.dense.pictures} pictures the two "
        f"differ by {study.dense.difference:.1g} at most."
    )
    return Finding(claim, verdict, (counts, checked))


def _combines(study: Study) -> Finding:
    parameters = sum(layer.parameters for layer in study.layers)
    operations = sum(layer.operations for layer in study.layers)
    dense = [layer for layer in study.layers if layer.kind == "Linear"]
    weights = sum(layer.parameters for layer in dense) / parameters
    work = sum(layer.operations for layer in dense) / operations
    verdict: Verdict = "holds" if weights > work else "does not hold"
    sentence = (
        f"{', '.join(layer.name for layer in dense)}: {percent(weights, 1)} of "
        f"{thousands(parameters)} parameters, and {percent(work, 1)} of "
        f"{thousands(operations)} multiply-accumulates."
    )
    claim = "Fully connected layers hold more of the weights than they do of the work"
    return Finding(claim, verdict, (sentence,))
