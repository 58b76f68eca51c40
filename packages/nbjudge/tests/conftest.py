"""What every test of the engine may import: the corpora and what the tests share."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [
    str(HERE / part) for part in ("support", "corpus") if str(HERE / part) not in sys.path
]

pytest_plugins = ["golden", "hostile_world", "runs"]
