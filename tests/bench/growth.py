"""How a cost grows with what it depends on: a straight line through the points,
and where they leave it."""

# A piece whose slope is so much steeper or flatter than the whole is told.
BEND = 1.5


def line(points):
    """(a, b) of a + b·x, by least squares of relative errors."""
    rows = [(x, y, 1 / (y * y)) for x, y in points]
    weight = sum(w for _, _, w in rows)
    mean_x = sum(w * x for x, _, w in rows) / weight
    mean_y = sum(w * y for _, y, w in rows) / weight
    square = sum(w * (x - mean_x) ** 2 for x, _, w in rows)
    slope = sum(w * (x - mean_x) * (y - mean_y) for x, y, w in rows) / square
    return mean_y - slope * mean_x, slope


def slopes(points):
    """[(from x, to x, slope)] between neighbours."""
    return [
        (x0, x1, (y1 - y0) / (x1 - x0))
        for (x0, y0), (x1, y1) in zip(points, points[1:])
    ]


def bends(points):
    """The pieces that leave the line by more than their points do by chance: in
    slope, and by a twentieth of the cost itself."""
    _, b = line(points)
    at = dict(points)
    return [
        (x0, x1, slope)
        for x0, x1, slope in slopes(points)
        if abs(slope - b) * (x1 - x0) > at[x1] / 20
        and not b / BEND <= slope <= b * BEND
    ]


def number(value):
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{digits}f}"


def sentence(points, unit, of):
    """"cost per event grows as 1.2 µs and 0.05 µs a field; straight" """
    a, b = line(points)
    found = bends(points)
    (first, low), (last, high) = points[0], points[-1]
    # Less than a tenth from end to end is the noise of the measurement.
    if abs(b) * (last - first) < low / 10:
        head = (
            f"cost per event does not grow: {number(low)} {unit} at {first:g}, "
            f"{number(high)} at {last:g}"
        )
        return head + ("; " + told(found, unit, of) if found else "")
    head = f"cost per event grows as {number(a)} {unit} and {number(b)} {unit} a {of}"
    return head + "; " + (told(found, unit, of) if found else "straight")


def told(found, unit, of):
    pieces = (
        f"from {x0:g} to {x1:g} {number(slope)} {unit} a {of}" for x0, x1, slope in found
    )
    return "it bends: " + ", ".join(pieces)
