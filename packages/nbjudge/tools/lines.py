"""How many lines each room has, beside what it is for, as README.md says that.

python packages/nbjudge/tools/lines.py
"""

import re
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
SOURCE = PACKAGE / "src" / "nbjudge"
ROW = re.compile(r"\| (`_.*`) \| (.*) \| .* \|")  # of the table of rooms


def lines(paths: list[Path]) -> tuple[int, int]:
    """All lines of these files, and those that are neither empty nor only a comment."""
    every = [line.strip() for path in paths for line in path.read_text("utf-8").splitlines()]
    return len(every), sum(bool(line) and not line.startswith("#") for line in every)


def main() -> None:
    counted: set[Path] = set()
    print(f"{'lines':>6} {'of code and docstrings':>23}  what they buy")
    for names, what in ROW.findall((PACKAGE / "README.md").read_text("utf-8")):
        paths = [
            path
            for name in re.findall(r"`(\w+)/?(?:\.py)?`", names)
            for path in (*SOURCE.glob(f"{name}.py"), *SOURCE.glob(f"{name}/*.py"))
        ]
        counted.update(paths)
        print("{:>6} {:>23}  {}: {}".format(*lines(paths), names.replace("`", ""), what))
    others = [path for path in SOURCE.rglob("*.py") if path not in counted]
    if others:
        print("{:>6} {:>23}  {}".format(*lines(others), " ".join(path.name for path in others)))
    print("{:>6} {:>23}  all".format(*lines([*counted, *others])))


if __name__ == "__main__":
    main()
