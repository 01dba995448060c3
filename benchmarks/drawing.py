"""Charts as files of their own."""

from collections.abc import Sequence

from inkdigit.evaluation.charts import Axes, Series, line_chart


def standalone(axes: Axes, series: Sequence[Series]) -> str:
    """Draw lines as one SVG that needs no page around it: with style, background and legend."""
    figure = str(line_chart(axes, series))
    chart = figure[figure.index("<svg") : figure.index("</svg>")]
    size = 'viewBox="0 0 480 270"'
    if size not in chart:
        raise SystemExit("The size of charts has changed. Look at `standalone`.")
    height = 275 + 20 * len(series)
    legend = "".join(
        f'<line class="line" x1="58" x2="78" y1="{y}" y2="{y}" stroke="var(--series-{place})"/>'
        f'<text x="86" y="{y + 4}">{each.name}</text>'
        for place, each in enumerate(series)
        for y in (280 + 20 * place,)
    )
    namespace = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 {height}"'
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    whole = chart.replace(size, namespace, 1).replace("</desc>", f"</desc>{_STYLE}{background}", 1)
    return f"{whole}{legend}</svg>\n"


# the light half of inkdigit's style sheet, as far as a chart needs it
_STYLE = """<style>
svg {
  --series-0: #0b63c5; --series-1: #d9480f; --series-2: #2b8a3e; --series-3: #9c36b5;
  --series-4: #b08900; --series-5: #0c8599; --series-6: #c2255c; --series-7: #5c677d;
  font: 13px system-ui, sans-serif;
}
text { fill: #1c1e21; }
.tick, .axis { fill: #61666d; font-size: 12px; }
.grid { stroke: #e2e3e0; }
.base { stroke: #61666d; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
.band { opacity: .16; stroke: none; }
</style>"""
