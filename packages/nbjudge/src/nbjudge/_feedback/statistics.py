"""How hard the questions of a class were, and how well each tells learners apart.

Classical item statistics: the mean share of a question's points, and the correlation of its
points with those of all other questions (item-rest, Pearson), each with a 95% interval. Both say
little of a small class, so in words they say nothing below `ENOUGH` learners.
"""

import math
from typing import Any

import pandas as pd

ENOUGH = 30  # learners below which a correlation is not put into words
FEW = 10  # and below which a difficulty is not
Z95 = 1.959963984540054  # of the normal distribution, for an interval of 95%


def item_statistics(points: pd.DataFrame, most: pd.Series) -> pd.DataFrame:
    """Statistics of each question.

    `points` has a row for each learner and a column for each question; what is not marked or
    could not be judged is NaN, and counts nowhere. `most` are the most points of each question.
    Gives, by question: n, difficulty (mean share of the points, 0 to 1) with low and high (Wilson),
    and pairs, item_rest with rest_low and rest_high (Fisher) over learners with every question.
    """
    whole = points.dropna()
    rows = {}
    for name in points.columns:
        share = (points[name] / most[name]).dropna()
        rest = whole.drop(columns=name).sum(axis=1)
        n, pairs = len(share), len(whole)
        mean = float(share.mean()) if n else math.nan
        correlation = correlated(whole[name], rest) if points.shape[1] > 1 else math.nan
        low, high = wilson(mean, n)
        rest_low, rest_high = fisher(correlation, pairs)
        rows[name] = (n, mean, low, high, pairs, correlation, rest_low, rest_high)
    columns = "n difficulty low high pairs item_rest rest_low rest_high".split()
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def correlated(one: pd.Series, other: pd.Series) -> float:
    """Pearson's correlation; NaN where one of both does not vary."""
    if len(one) < 2 or one.nunique() < 2 or other.nunique() < 2:
        return math.nan
    return float(one.corr(other))


def wilson(mean: float, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share. For points in part it is too wide rather than too narrow,
    since nothing between 0 and 1 varies more than a yes or no of the same mean."""
    if not n:
        return math.nan, math.nan
    square = Z95 * Z95
    middle = (mean + square / (2 * n)) / (1 + square / n)
    half = Z95 / (1 + square / n) * math.sqrt(mean * (1 - mean) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def fisher(correlation: float, n: int) -> tuple[float, float]:
    """Fisher's 95% interval of a correlation; NaN for fewer than four pairs."""
    if n < 4 or math.isnan(correlation):
        return math.nan, math.nan
    if abs(correlation) >= 1:
        return correlation, correlation
    middle, half = math.atanh(correlation), Z95 / math.sqrt(n - 3)
    return math.tanh(middle - half), math.tanh(middle + half)


def cronbach_alpha(points: pd.DataFrame) -> float:
    """Cronbach's alpha over learners with every question; NaN where totals do not vary."""
    whole = points.dropna()
    k, total = whole.shape[1], whole.sum(axis=1).var(ddof=1)
    if k < 2 or len(whole) < 2 or not total > 0:
        return math.nan
    return float(k / (k - 1) * (1 - whole.var(ddof=1).sum() / total))


def difficulty_in_words(row: Any) -> str:
    if row.n < FEW:
        return f"too few learners to say ({row.n:.0f})"
    if row.high < 0.5:
        return "hard"
    return "easy" if row.low > 0.8 else "between hard and easy"


def rest_in_words(row: Any) -> str:
    """What an item-rest correlation says, if its interval lets it say anything."""
    if row.pairs < ENOUGH:
        return f"too few learners to say ({row.pairs:.0f}; {ENOUGH} are needed)"
    if math.isnan(row.item_rest):
        return "everyone has the same points"
    if row.rest_high < 0:
        return "those who do well elsewhere lose it: look at the question"
    if row.rest_low > 0.2:
        return "goes with the rest of the exercise"
    return "goes with the rest, weakly" if row.rest_low > 0 else "not to be told from chance"
