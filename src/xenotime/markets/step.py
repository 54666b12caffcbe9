"""The Newton step of the compiled solver, by GMRES on the Jacobian with the limits as its border.

The Jacobian of (F, Φ) in (x, m) is M + R. M holds what acts pair by pair: the diagonal −D of F, the direct effect of
wedges on sales (`cross`), and the pull of prices on slacks (`pulled`); it is solved outright, through a matrix with one
row a limit. R is what runs through the composite prices: a price or a wedge moves the index of its buyer (`pull`,
`through`), and this moves all that the buyer buys (`weight`, `bought`). R contracts beside M (without limits its rows
add up to (E_s + E_m)/(E_s + E_x) < 1), so a few products with a vector do.
"""

import numpy as np

from xenotime.markets.compiled import IS_CAP, IS_PURCHASE, IS_QUOTA, IS_UNDERTAKING, Border, compiled

MOST_DIRECTIONS = 30
SINGULAR = 1e-12


@compiled
def empty_border(n, limits):  # type: ignore[no-untyped-def]
    """Make room for the border."""
    by_exporter, by_importer, square = (limits, n), (n, limits), (limits, limits)
    return Border(
        np.zeros(by_exporter),
        np.zeros(by_exporter),
        np.zeros(by_importer),
        np.zeros(by_importer),
        np.zeros(square),
        np.ones(n),
    )


@compiled
def _invert(matrix):  # type: ignore[no-untyped-def]
    """Invert in place (Gauss and Jordan, largest pivot of the row's column); return whether it could be done."""
    n = matrix.shape[0]
    swapped = np.zeros(n, dtype=np.int64)
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(matrix[i, k]) > abs(matrix[best, k]):
                best = i
        swapped[k] = best
        if not abs(matrix[best, k]) > SINGULAR:  # also true for NaN
            return False
        for j in range(n):
            matrix[k, j], matrix[best, j] = matrix[best, j], matrix[k, j]
        pivot = 1.0 / matrix[k, k]
        matrix[k, k] = 1.0
        for j in range(n):
            matrix[k, j] *= pivot
        for i in range(n):
            if i != k and matrix[i, k] != 0.0:
                factor = matrix[i, k]
                matrix[i, k] = 0.0
                for j in range(n):
                    matrix[i, j] -= factor * matrix[k, j]
    for k in range(n - 1, -1, -1):
        other = swapped[k]
        if other != k:
            for i in range(n):
                matrix[i, k], matrix[i, other] = matrix[i, other], matrix[i, k]
    return True


@compiled
def fill_border(case, draw, point, border):  # type: ignore[no-untyped-def]
    """Fill the border for a step from this point; return whether its part M can be solved."""
    n, diagonal = point.x.shape[0], border.diagonal
    for r in range(n):
        diagonal[r] = draw.supply[r]
    for v in range(n):
        for r in range(n):
            diagonal[r] += point.weight[v, r] * draw.sigma[v]
    for r in range(n):
        if not case.active[r]:
            diagonal[r] = 1.0
    count = case.limits.kind.shape[0]
    border.cross[:], border.pulled[:], border.through[:], border.bought[:] = 0.0, 0.0, 0.0, 0.0
    border.inverse[:] = 0.0
    for g in range(count):
        _fill_sales(g, case.limits, draw.sigma, point, border)
        if point.m[g] > point.slack[g]:
            _fill_slack(g, case.limits, draw.sigma, point, border)
        else:
            border.inverse[g, g] = 1.0
    for g in range(count):
        for r in range(n):
            if border.pulled[g, r] != 0.0:
                border.pulled[g, r] /= diagonal[r]
                for h in range(count):
                    border.inverse[g, h] += border.pulled[g, r] * border.cross[h, r]
    return _invert(border.inverse)


@compiled
def _fill_sales(g, limits, sigma, point, border):  # type: ignore[no-untyped-def]
    """Fill what the multiplier of one limit does to sales."""
    if limits.kind[g] == IS_PURCHASE:
        border.cross[g, limits.row[g]] = point.per_demand[limits.row[g]]
        return
    for k in range(limits.first[g], limits.first[g + 1]):
        v, r = limits.importer[limits.cell[k]], limits.exporter[limits.cell[k]]
        border.cross[g, r] -= limits.sign[g] * point.weight[v, r] * sigma[v]
        border.through[v, g] += limits.sign[g] * point.pull[v, r]


@compiled
def _fill_slack(g, limits, sigma, point, border):  # type: ignore[no-untyped-def]
    """Fill what prices and all multipliers do to the slack of one limit that binds."""
    if limits.kind[g] != IS_QUOTA:
        border.pulled[g, limits.row[g]] = -1.0 if limits.kind[g] == IS_CAP else 1.0
        if limits.kind[g] != IS_UNDERTAKING:
            return
    for k in range(limits.first[g], limits.first[g + 1]):
        u = limits.cell[k]
        v, r = limits.importer[u], limits.exporter[u]
        by_wedge = 1.0
        if limits.kind[g] == IS_QUOTA:
            by_wedge = point.part[k] * sigma[v]
            border.pulled[g, r] += by_wedge
            border.bought[v, g] += point.part[k]
        for j in range(limits.met[u], limits.met[u + 1]):
            h = limits.limit[j]
            if limits.kind[g] == IS_QUOTA or limits.at_border[h]:
                border.inverse[g, h] += by_wedge * limits.sign[h]


@compiled
def _precondition(border, z, slacks):  # type: ignore[no-untyped-def]
    """Solve M z' = z in place."""
    n, count = border.diagonal.shape[0], slacks.shape[0]
    for g in range(count):
        slacks[g] = z[n + g]
        for r in range(n):
            slacks[g] += border.pulled[g, r] * z[r]
    for r in range(n):
        z[r] = -z[r]
    for g in range(count):
        value = 0.0
        for h in range(count):
            value += border.inverse[g, h] * slacks[h]
        z[n + g] = value
        for r in range(n):
            z[r] += border.cross[g, r] * value
    for r in range(n):
        z[r] /= border.diagonal[r]


@compiled
def _apply(z, point, border, slacks, out):  # type: ignore[no-untyped-def]
    """Apply the Jacobian with M taken off: out = z + M⁻¹ R z."""
    n, count = point.x.shape[0], slacks.shape[0]
    out[:] = 0.0
    for v in range(n):
        inner = 0.0
        for s in range(n):
            inner += point.pull[v, s] * z[s]
        for g in range(count):
            inner += border.through[v, g] * z[n + g]
        for r in range(n):
            out[r] += point.weight[v, r] * inner
        for g in range(count):
            out[n + g] -= border.bought[v, g] * inner
    _precondition(border, out, slacks)
    for i in range(z.shape[0]):
        out[i] += z[i]


@compiled
def _back_substitute(upper, rotated, used, basis, move):  # type: ignore[no-untyped-def]
    """Turn the triangular system of GMRES into the step, in place."""
    weights = np.zeros(used)
    for i in range(used - 1, -1, -1):
        value = rotated[i]
        for k in range(i + 1, used):
            value -= upper[i, k] * weights[k]
        weights[i] = value / upper[i, i]
    for i in range(used):
        for r in range(move.shape[0]):
            move[r] += weights[i] * basis[i, r]


@compiled
def find_step(point, border, tolerance, basis, target, move):  # type: ignore[no-untyped-def]
    """Fill `move` (n + G,) with the Newton step; return whether the tolerance was reached.

    `basis` (`MOST_DIRECTIONS` + 1, n + G) and `target` (n + G,) are room to work in.
    """
    n, slacks = point.x.shape[0], np.empty(point.m.shape[0])
    for r in range(n):
        target[r] = -point.gap[r]
    for g in range(point.m.shape[0]):
        target[n + g] = -min(point.m[g], point.slack[g])
    _precondition(border, target, slacks)
    rotated = np.zeros(MOST_DIRECTIONS + 1)
    upper = np.zeros((MOST_DIRECTIONS + 1, MOST_DIRECTIONS))
    cosine, sine = np.zeros(MOST_DIRECTIONS), np.zeros(MOST_DIRECTIONS)
    length = np.sqrt(np.sum(target * target))
    move[:] = 0.0
    if length == 0.0:
        return True
    rotated[0] = length
    for i in range(target.shape[0]):
        basis[0, i] = target[i] / length
    used = 0
    for j in range(MOST_DIRECTIONS):
        new = basis[j + 1]
        _apply(basis[j], point, border, slacks, new)
        for i in range(j + 1):
            product = 0.0
            for r in range(new.shape[0]):
                product += basis[i, r] * new[r]
            upper[i, j] = product
            for r in range(new.shape[0]):
                new[r] -= product * basis[i, r]
        norm = np.sqrt(np.sum(new * new))
        upper[j + 1, j] = norm
        if norm > 0.0:
            new /= norm
        for i in range(j):
            held = cosine[i] * upper[i, j] + sine[i] * upper[i + 1, j]
            upper[i + 1, j] = -sine[i] * upper[i, j] + cosine[i] * upper[i + 1, j]
            upper[i, j] = held
        radius = np.hypot(upper[j, j], upper[j + 1, j])
        if not radius > 0.0:
            return False
        cosine[j], sine[j] = upper[j, j] / radius, upper[j + 1, j] / radius
        upper[j, j] = radius
        rotated[j + 1] = -sine[j] * rotated[j]
        rotated[j] = cosine[j] * rotated[j]
        used = j + 1
        if abs(rotated[j + 1]) <= tolerance * length or norm == 0.0:
            break
    _back_substitute(upper, rotated, used, basis, move)
    return abs(rotated[used]) <= tolerance * length
