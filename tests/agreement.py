"""How far two readers agree: as a share, corrected for chance, and on what both found.

Sources: J. Cohen, A coefficient of agreement for nominal scales (1960), for kappa;
P. Jaccard (1901) for the share of what both found.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence


def share(first: Sequence[Hashable], second: Sequence[Hashable]) -> float:
    """Return the share (0 to 1) of units to which two readers gave the same label.

    Raises ValueError if the readers did not label the same number of units, or none.
    """
    if not first or len(first) != len(second):
        raise ValueError("Both readers must have labelled the same units, at least one.")
    return sum(a == b for a, b in zip(first, second, strict=True)) / len(first)


def kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> float | None:
    """Return Cohen's kappa (at most 1; 0 is what chance would give).

    None if both readers gave one and the same label everywhere: chance alone explains all then.
    """
    agreed = share(first, second)
    often, also = Counter(first), Counter(second)
    by_chance = sum(often[label] * also[label] for label in often) / len(first) ** 2
    return None if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)


def jaccard(first: Iterable[Hashable], second: Iterable[Hashable]) -> float | None:
    """Return what both readers found as a share of what either found; None if nobody found any."""
    one, two = set(first), set(second)
    return len(one & two) / len(one | two) if one | two else None
