"""What one draw sells, pays and to whom, in compiled code: the sums of `xenotime.markets.accounts` over its pairs."""

import numpy as np

from xenotime.markets.compiled import IS_PAYMENT, IS_PURCHASE, TO_EXPORTER, TO_IMPORTER, compiled


@compiled
def book(case, point, supply, d, books):  # type: ignore[no-untyped-def]
    """Add up draw `d`."""
    n, x, money = point.x.shape[0], point.x, case.money
    books.totals[d] = 0.0
    books.exporter[d] = 0.0
    for r in range(n):
        books.sales[d, r] = np.exp(point.gap[r] + supply[r] * x[r]) if case.active[r] else 0.0
    paid, before, behind = _powers(case, point.m)
    for v in range(n):
        tariff = 0.0
        for r in range(n):
            if point.weight[v, r] > 0.0:
                quantity = point.weight[v, r] * books.sales[d, r] * case.output[r]
                value = quantity * np.exp(x[r])
                free = value / paid[v, r]
                charged = free * before[v, r]
                tariff += money[2, v, r] * charged
                books.exporter[d, 0, r] += money[3, v, r] * free
                books.exporter[d, 1, r] += money[4, v, r] * free
                if v != r:
                    books.totals[d, 0] += quantity
                    books.totals[d, 1] += value
                    books.totals[d, 2] += money[0, v, r] * charged
                    books.totals[d, 3] += money[1, v, r] * charged * behind[v, r]
        books.tariff[d, v] = tariff
    for g in range(point.m.shape[0]):
        if point.m[g] > 0.0:
            _share_out(g, case, point, paid, before, behind, d, books)


@compiled
def _powers(case, m):  # type: ignore[no-untyped-def]
    """Return the powers of the limits' wedges (n, n): deficiency payments, before the border, behind it."""
    n, limits = case.wedge.shape[0], case.limits
    paid, before, behind = np.ones((n, n)), np.ones((n, n)), np.ones((n, n))
    for u in range(limits.importer.shape[0]):
        v, r = limits.importer[u], limits.exporter[u]
        for j in range(limits.met[u], limits.met[u + 1]):
            g = limits.limit[j]
            if limits.kind[g] == IS_PAYMENT:
                paid[v, r] *= np.exp(m[g])
            elif limits.kind[g] != IS_PURCHASE and limits.at_border[g]:
                before[v, r] *= np.exp(m[g])
            elif limits.kind[g] != IS_PURCHASE:
                behind[v, r] *= np.exp(m[g])
    return paid, before, behind


@compiled
def _part(power, multiplier):  # type: ignore[no-untyped-def]
    """Return what one multiplier brings of the joint wedge, power − 1."""
    return (power - 1.0) * multiplier / np.log(power) if power > 1.0 else multiplier


@compiled
def _share_out(g, case, point, paid, before, behind, d, books):  # type: ignore[no-untyped-def]
    """Give the rent or the cost of one limit to its owner; limits on one pair share in proportion to their wedges."""
    n, limits, kind, owner = point.x.shape[0], case.limits, case.limits.kind[g], case.limits.owner[g]
    column = 1 if kind in (IS_PAYMENT, IS_PURCHASE) else 2
    if kind == IS_PURCHASE:
        row = limits.row[g]
        cost = point.m[g] * case.output[row] * np.exp(point.x[row])
        if owner == TO_IMPORTER:
            for v in range(n):
                books.exporter[d, column, v] += cost / n
        else:
            books.exporter[d, column, row if owner == TO_EXPORTER else owner] += cost
        return
    for k in range(limits.first[g], limits.first[g + 1]):
        v, r = limits.importer[limits.cell[k]], limits.exporter[limits.cell[k]]
        value = point.weight[v, r] * books.sales[d, r] * case.output[r] * np.exp(point.x[r])
        free = value / paid[v, r]
        if kind == IS_PAYMENT:
            amount = value - free
        elif limits.at_border[g]:
            amount = case.money[0, v, r] * free * _part(before[v, r], point.m[g])
        else:
            amount = case.money[1, v, r] * free * before[v, r] * _part(behind[v, r], point.m[g])
        party = r if owner == TO_EXPORTER else (v if owner == TO_IMPORTER else owner)
        books.exporter[d, column, party] += amount
