"""The embedded world as a store: written once, whole or not at all, and never taken for something else."""

import os

import polars as pl
import pytest

from xenotime.core import InputError, StoreError
from xenotime.pipeline.world import demo, demo_store, demo_world


@pytest.fixture
def quick(monkeypatch):
    """The store of a small world, so that these tests take a second."""
    calls = []

    def small(seed):
        calls.append(seed)
        return demo_world(seed, 25, range(2010, 2014))

    monkeypatch.setattr(demo, "demo_world", small)
    return calls


def test_written_once_and_opened_again(tmp_path, quick):
    first = demo_store(tmp_path / "demo", seed=2)
    again = demo_store(tmp_path / "demo", seed=2)
    assert quick == [2]
    assert first.snapshot_id == again.snapshot_id
    world = demo_world(2, 25, range(2010, 2014))
    flows = first.flows(chain="rare_earths")
    key = ["year", "exporter", "importer", "hs6"]
    assert flows.sort(key).equals(world.flows.select(flows.columns).sort(key))
    assert {p.kind for p in first.provenance()} == {"reconstructed"}
    caveat = first.provenance(flows)[0].note
    assert {"Facts:", "Assumptions:", "Drawn:"} <= set(caveat.split())
    assert len(caveat.split()) < 45
    distance = first.table("dyads").filter((pl.col("exporter") == "CHN") & (pl.col("importer") == "JPN"))
    assert distance["distance_capitals_km"][0] == pytest.approx(2100, abs=40)
    for table in ("country_year", "dyad_year", "relations", "production"):
        assert first.table(table).height > 0


def test_the_default_folder_is_the_users_cache(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(demo.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path / "cache"))
    store = demo_store(seed=3)
    assert store.root.parent == tmp_path / "cache"
    assert "seed3" in store.root.name


def test_worlds_of_older_states_of_the_package_are_swept(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(demo.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
    for age in range(5):
        old = tmp_path / f"demo-0.0.{age}-aaaa-seed1"
        (old / "objects").mkdir(parents=True)
        (old / "manifest.json").write_text("{}")
        os.utime(old, (1e9 - age, 1e9 - age))
    (tmp_path / "notes").mkdir()
    monkeypatch.setattr(demo, "_state", lambda: "0.0.0-aaaa")
    with pytest.raises(StoreError):
        demo_store(seed=1)  # no world in it, but used: now the youngest
    monkeypatch.setattr(demo, "_state", lambda: "1.0.0-bbbb")
    demo_store(seed=1)
    demo_store(seed=2)
    left = sorted(path.name for path in tmp_path.iterdir())
    kept = ["demo-0.0.0-aaaa-seed1", "demo-0.0.1-aaaa-seed1", "demo-1.0.0-bbbb-seed1", "demo-1.0.0-bbbb-seed2"]
    assert left == [*kept, "notes"]


def test_worlds_that_another_process_may_be_reading_stay(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(demo.platformdirs, "user_cache_dir", lambda *_, **__: str(tmp_path))
    for age in range(5):
        (tmp_path / f"demo-0.0.{age}-aaaa-seed1").mkdir()
    monkeypatch.setattr(demo, "_state", lambda: "1.0.0-bbbb")
    demo_store(seed=1)
    assert len(list(tmp_path.glob("demo-0.0.*-aaaa-seed1"))) == 5


def test_another_seed_or_another_store_is_refused(tmp_path, quick):
    demo_store(tmp_path / "demo", seed=2)
    with pytest.raises(StoreError, match="seed2"):
        demo_store(tmp_path / "demo", seed=4)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("precious")
    with pytest.raises(InputError):
        demo_store(tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "precious"


def test_a_failure_half_way_leaves_nothing(tmp_path, quick, monkeypatch):
    whole = demo.pieces

    def broken(world):
        yield whole(world)[0]
        raise RuntimeError("power cut")

    monkeypatch.setattr(demo, "pieces", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        demo_store(tmp_path / "demo", seed=2)
    assert list(tmp_path.iterdir()) == []


def test_two_writers_at_once_end_with_one_world(tmp_path, quick, monkeypatch):
    """The other process finishes while this one is still drawing: its store stands, and is opened."""
    whole = demo.pieces

    def slow(world):
        monkeypatch.setattr(demo, "pieces", whole)
        demo_store(tmp_path / "demo", seed=2)
        return whole(world)

    monkeypatch.setattr(demo, "pieces", slow)
    store = demo_store(tmp_path / "demo", seed=2)
    store.verify()
    assert quick == [2, 2]
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
