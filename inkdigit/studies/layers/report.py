"""The study's page: filters, maps, fields, probes, shares and the map of the last features."""

from pathlib import Path

import numpy as np

from inkdigit.evaluation.charts import Axes, Series, line_chart
from inkdigit.evaluation.page import percent, thousands
from inkdigit.studies import poster
from inkdigit.studies.layers import pictures
from inkdigit.studies.layers.findings import judge
from inkdigit.studies.layers.stages import Stage
from inkdigit.studies.layers.study import Sample, Study
from inkdigit.studies.layers.tsne import draw
from inkdigit.studies.poster import Figure, Part, Poster, Table

REPORT = "layers.html"
_COLUMNS = 16  # maps a row
_MOST_MAPS = 32  # of a stage
_WIDTH_PX = 1060  # of a row of maps
_LARGEST_PX = 12  # of a place
_CORNER = 400  # rows and columns of the dense matrix that are shown


def write_report(study: Study) -> Path:
    """Write `layers.html` into the run's folder."""
    path = study.run / REPORT
    poster.write(_poster(study), path)
    return path


def _poster(study: Study) -> Poster:
    return Poster(
        title=f"What the layers of {study.network} see",
        about=(
            f"The network of the best epoch of {study.run.name}, trained on {study.source.name}. "
            "Everything here is fitted on training pictures and judged on validation pictures."
        ),
        facts={
            "Network": study.network,
            "Data": study.source.name,
            "Parameters": thousands(sum(layer.parameters for layer in study.layers)),
            "Operations": thousands(sum(layer.operations for layer in study.layers)),
            "Validation pictures": thousands(study.probes[-1].total),
        },
        findings=judge(study),
        parts=(
            _filters(study),
            *(_maps(sample) for sample in study.samples),
            _fields(study),
            _probes(study),
            _dense(study),
            _costs(study),
            Part(
                "Who lies beside whom",
                "Digits with similar last features lie close together (t-SNE). Each is drawn as "
                "its true class; errors are ringed, and what was answered stands beside them.",
                charts=(draw(study.map),),
                note="Distances between far groups mean nothing; neighbourhoods do.",
            ),
        ),
    )


def _filters(study: Study) -> Part:
    found = study.filters
    edges = sum(each.is_edge for each in study.orientations)
    figure = Figure(
        f"{len(found)} first filters of {found.shape[2]}×{found.shape[3]}",
        pictures.filters(found, columns=_COLUMNS, scale=max(4, 48 // found.shape[2])),
        "Blue adds where there is ink, orange takes away; each by its own largest weight. "
        f"{edges} of them answer to edges in one direction.",
    )
    return Part("What the first layer looks for", figures=(figure,))


def _maps(sample: Sample) -> Part:
    scale = 4
    whole = Figure(
        "The picture",
        pictures.maps(np.moveaxis(sample.picture, 2, 0)[:1], columns=1, scale=scale),
        "As it comes in.",
    )
    stages = [_map(stage) for stage in sample.stages if stage.has_maps]
    return Part(f"A {sample.label} on its way through", figures=(whole, *stages))


def _map(stage: Stage) -> Figure:
    outputs = stage.output[0].numpy()
    count, side, _ = outputs.shape
    shown = outputs[:_MOST_MAPS]
    scale = max(1, min(_LARGEST_PX, _WIDTH_PX // (min(_COLUMNS, count) * (side + 1))))
    rest = f", the first {len(shown)} of {count}" if count > len(shown) else ""
    return Figure(
        f"{stage.name}: {count} maps of {side}×{side}",
        pictures.maps(shown, columns=_COLUMNS, scale=scale),
        f"Light answers strongly; each map from its least to its most{rest}.",
        wide=True,
    )


def _fields(study: Study) -> Part:
    figures = tuple(
        Figure(
            f"{field.stage}: sees {field.side}×{field.side}",
            pictures.field(field.weight, 6),
            f"Nine tenths of the weight lie on {percent(field.listened, 0)} of the pixels.",
        )
        for field in study.fields
    )
    return Part(
        "What the middle of each stage sees",
        "How strongly each pixel counts for the middle of a stage, over real digits (the square "
        "root, so that weak pixels show).",
        figures=figures,
    )


def _probes(study: Study) -> Part:
    probes = study.probes
    numbers = range(len(probes))
    chart = line_chart(
        Axes(
            "Accuracy of a linear classifier",
            "stage",
            "accuracy",
            "accuracy",
            "0 is the picture itself; the band is the 95 % interval (Wilson).",
        ),
        [
            Series(
                "on validation pictures",
                numbers,
                [each.accuracy for each in probes],
                band=([each.low for each in probes], [each.high for each in probes]),
            )
        ],
    )
    rows = tuple(
        (
            f"{number}: {each.stage}",
            thousands(each.features),
            percent(each.accuracy),
            f"{each.wrong} of {each.total:,}",
            f"{percent(each.low)} – {percent(each.high)}",
        )
        for number, each in enumerate(probes)
    )
    return Part(
        "How well each stage tells classes apart",
        charts=(chart,),
        table=Table(("stage", "features", "accuracy", "wrong", "95 % interval"), rows),
        note=(
            f"Logistic regression on {study.learned:,} training pictures; maps are averaged to 4×4 "
            "places at most, so that no stage has an advantage by its size alone."
        ),
    )


def _dense(study: Study) -> Part:
    rows = tuple(
        (
            each.name,
            thousands(each.inputs),
            thousands(each.outputs),
            thousands(each.weights),
            thousands(each.dense),
            f"{each.saved:,.0f}",
        )
        for each in study.shared
    )
    figures: tuple[Figure, ...] = ()
    if study.dense is not None:
        corner = study.dense.matrix[:_CORNER, :_CORNER]
        figures = (
            Figure(
                f"A corner of {study.shared[0].name} as a matrix",
                pictures.matrix(corner, 2),
                "A row for each pixel, a column for each output of the first filter: the same few "
                "weights again and again, and paper for zeros.",
            ),
        )
    head = ("convolution", "inputs", "outputs", "weights", "dense weights", "times as many")
    return Part("The dense layer that would do the same", figures=figures, table=Table(head, rows))


def _costs(study: Study) -> Part:
    parameters = sum(layer.parameters for layer in study.layers) or 1
    operations = sum(layer.operations for layer in study.layers) or 1
    rows = tuple(
        (
            layer.name,
            layer.kind,
            " × ".join(map(str, layer.output)),
            thousands(layer.parameters),
            percent(layer.parameters / parameters, 1),
            thousands(layer.operations),
            percent(layer.operations / operations, 1),
        )
        for layer in study.layers
    )
    head = ("layer", "kind", "output", "parameters", "share", "operations", "share")
    return Part(
        "What each layer costs",
        table=Table(head, rows, words=3),
        note="Operations are multiply-accumulates for one picture.",
    )
