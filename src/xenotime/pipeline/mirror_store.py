"""Reconcile what a store holds: its customs reports (both sides) become flows that every study can read.

`mirror` has the method; here the reports of each source, version and vintage go through it and come back as pieces of
table ``flows`` under the name ``<source>_mirror``. Run it again after more reports came in: a flow that only one side
had reported becomes one that both did.
"""

import hashlib
from pathlib import Path

import polars as pl

from xenotime.core import InputError, Provenance
from xenotime.pipeline.ingest_report import IngestReport, Tally
from xenotime.pipeline.mirror import pairs, reconcile, reliability
from xenotime.schema import empty
from xenotime.sources import Parsed
from xenotime.store import Writer, open_store, writer

#: What the source of flows made from reports is called, after the reports' own.
MIRROR = "_mirror"
#: Reports of one flow further apart than this cannot both be right.
FAR_APART = 10.0


def reconcile_store(store: Path | str) -> IngestReport:
    """Make flows of all customs reports in a store.

    Parameters
    ----------
    store : path
        Folder of a store that holds table ``reports``, as UN Comtrade gives it.

    Returns
    -------
    IngestReport
        The flows written, by year; the notes say how many both sides reported.

    Raises
    ------
    InputError
        The store holds no reports.
    """
    if open_store(store).pieces().filter(pl.col("table") == "reports").is_empty():
        raise InputError(
            "holds no customs reports to reconcile",
            where=str(store),
            remedy="xenotime ingest FILE --source comtrade --store " + str(store),
        )
    with writer(store) as work:
        before = work.manifest.snapshot_id
        tally = reconcile_within(work)
    return tally.report(Path(store), before=before, after=work.manifest.snapshot_id)


def reconcile_within(work: Writer) -> Tally:
    """Make flows of all reports that a store will hold when its writer ends, within the same transaction.

    Flows made of reports that are no longer there are taken out.
    """
    opened, tally = work.so_far(), Tally()
    held = opened.pieces().filter(pl.col("table") == "reports")
    for (source, version, vintage), pieces in held.group_by("source", "version", "hs_version", maintain_order=True):
        reports = opened.table("reports", source=source, source_version=version, hs_version=vintage)
        weights = reliability(reports)
        doubt = _far_apart(reports)
        origin = hashlib.sha256("".join(sorted(pieces["sha256"])).encode()).hexdigest()
        flows = reconcile(reports, weights).with_columns(source=pl.lit(f"{source}{MIRROR}"))
        for (year,), frame in flows.group_by("year", maintain_order=True):
            piece = _piece(frame, str(source), str(version), str(vintage), int(year), origin, doubt)
            tally.add(piece, work.put(piece), work.rows(piece))
    tally.drop(work.drop(lambda piece: piece.table == "flows" and piece.source.endswith(MIRROR)))
    return tally


def _far_apart(reports: pl.DataFrame) -> str:
    """Say how many two-sided flows hang on reports that cannot both be right: their mean is neither."""
    both = pairs(reports).filter(pl.col("import_kusd").is_not_null() & pl.col("export_kusd").is_not_null())
    low, high = pl.min_horizontal("import_kusd", "export_kusd"), pl.max_horizontal("import_kusd", "export_kusd")
    apart = both.filter(high > FAR_APART * low)
    if apart.is_empty():
        return ""
    worst = apart.sort(high - low, descending=True).row(0, named=True)
    pair = f"{worst['exporter']} to {worst['importer']}, {worst['hs6']} in {worst['year']}"
    return (
        f"In {len(apart):,} of {len(both):,} flows reported by both sides the reports differ by more than "
        f"{FAR_APART:g} times, and the flow lies between them; the largest gap is {pair}: "
        f"${worst['export_kusd'] / 1e3:,.1f} m by the exporter, ${worst['import_kusd'] / 1e3:,.1f} m by the importer."
    )


def _piece(frame: pl.DataFrame, source: str, version: str, vintage: str, year: int, origin: str, doubt: str) -> Parsed:
    sides = dict(frame.group_by("quality").len().iter_rows())
    note = (
        f"{year}: {sides.get('both', 0):,} flows reported by both sides, {sides.get('importer', 0):,} by the importer "
        f"alone, {sides.get('exporter', 0):,} by the exporter alone"
    )
    return Parsed(
        table="flows",
        frame=frame,
        quarantine=empty("quarantine"),
        provenance=Provenance(
            source=f"{source}{MIRROR}",
            version=version,
            kind="estimated",
            years=(year, year),
            title="Mirror reconciliation of UN Comtrade"
            if source == "comtrade"
            else f"Mirror reconciliation of {source}",
            citation="method: Gaulier, G. and Zignago, S. (2010), CEPII Working Paper 2010-23, section 2.4",
            licence="as the reports",
            note="Reports of both sides weighted by reliability; freight and insurance are not taken off. " + doubt,
        ),
        file=f"reports of {source} {version} {vintage}, {year}",
        sha256=origin,
        year=year,
        hs_version=vintage,
        notes=(note, *([doubt] if doubt else [])),
    )
