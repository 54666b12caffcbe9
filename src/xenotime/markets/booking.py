"""What one draw sells, pays and to whom, in compiled code: the sums of `xenotime.markets.accounts` over its pairs."""

import numpy as np

from xenotime.markets.compiled import IS_PAYMENT, IS_PURCHASE, TO_EXPORTER, TO_IMPORTER, compiled


@compiled
def book(case, point, supply, d, books):  # type: ignore[no-untyped-def]
    """Add up draw `d`."""
    n, money, weight = point.x.shape[0], case.money, point.weight
    price = np.exp(point.x)
    sold = np.zeros(n)
    for r in range(n):
        books.sales[d, r] = np.exp(point.gap[r] + supply[r] * point.x[r]) if case.active[r] else 0.0
        sold[r] = books.sales[d, r] * case.output[r]
    paid, before, behind = _powers(case, point.m)
    export_tax, subsidies = np.zeros(n), np.zeros(n)
    totals = np.zeros(4)
    for v in range(n):
        tariff, quantity, receipts, border, landed = 0.0, 0.0, 0.0, 0.0, 0.0
        for r in range(n):
            volume = weight[v, r] * sold[r]
            value = volume * price[r]
            free = value / paid[v, r]
            charged = free * before[v, r]
            export_tax[r] += money[3, v, r] * free
            subsidies[r] += money[4, v, r] * free
            tariff += money[2, v, r] * charged
            abroad = 1.0 if v != r else 0.0
            quantity += abroad * volume
            receipts += abroad * value
            border += abroad * money[0, v, r] * charged
            landed += abroad * money[1, v, r] * charged * behind[v, r]
        books.tariff[d, v] = tariff
        totals[0] += quantity
        totals[1] += receipts
        totals[2] += border
        totals[3] += landed
    for k in range(4):
        books.totals[d, k] = totals[k]
    for r in range(n):
        books.exporter[d, 0, r], books.exporter[d, 1, r], books.exporter[d, 2, r] = export_tax[r], subsidies[r], 0.0
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
