"""Right and wrong answers for exercise 03."""

BANK = {
    "q1_growth": {
        "right": [
            "def growth_pct(earlier, later):\n    return (later - earlier) / earlier * 100",
            "growth_pct = lambda earlier, later: (later / earlier - 1) * 100",
            "import numpy as np\ndef growth_pct(a, b):\n    return np.float64(b - a) * 100 / a",
            "def growth_pct(earlier, later):\n"
            "    return float(pd.Series([earlier, later]).pct_change().iloc[1] * 100)",
        ],
        "wrong": [
            ("(M02)", "def growth_pct(a, b):\n    return b - a"),
            ("(M03)", "def growth_pct(a, b):\n    return (b - a) / b * 100"),
            ("share of one", "def growth_pct(a, b):\n    return (b - a) / a"),
            ("another number", "def growth_pct(a, b):\n    return b / a * 100"),
            ("gives NaN", "def growth_pct(a, b):\n    return float('nan')"),
            ("gives back a str", "def growth_pct(a, b):\n    return '20'"),
            ("stops with ZeroDivisionError", "def growth_pct(a, b):\n    return 1 / 0"),
            ("when the level falls", "def growth_pct(a, b):\n    return abs(b - a) / a * 100"),
            ("other levels", "def growth_pct(a, b):\n    return {50: 20, 80: -25}.get(a, 0)"),
        ],
    },
    "q2_points": {
        "right": [
            "def compare_rates(first, second):\n"
            "    return [second - first, (second - first) / first * 100]",
            "def compare_rates(a, b):\n    return (b - a, (b / a - 1) * 100)",
            "import numpy as np\ndef compare_rates(a, b):\n"
            "    return np.array([b - a, (b - a) / a * 100])",
        ],
        "wrong": [
            ("(M01)", "def compare_rates(a, b):\n    return [(b - a) / a * 100, b - a]"),
            ("(M01)", "def compare_rates(a, b):\n    return [b - a, b - a]"),
            ("(M03)", "def compare_rates(a, b):\n    return [b - a, (b - a) / b * 100]"),
            ("wrong sign", "def compare_rates(a, b):\n    return [a - b, (b - a) / a * 100]"),
            ("first number is another", "def compare_rates(a, b):\n    return [a + b, -25]"),
            ("second number is another", "def compare_rates(a, b):\n    return [b - a, 75]"),
            ("list of two numbers", "def compare_rates(a, b):\n    return ['-10', '-25']"),
            ("stops with TypeError", "def compare_rates(a, b):\n    return b - a"),
            ("other rates", "def compare_rates(a, b):\n    return [-10, -25]"),
        ],
    },
    "q3_count": {
        "right": [
            "def count_above(table, limit):\n"
            "    return len(table.query(\"direction == 'total' and currency == 'USD' and "
            'growth_pct > @limit"))',
            "def count_above(table, limit):\n    count = 0\n"
            "    for _, row in table.iterrows():\n"
            "        if row['direction'] == 'total' and row['currency'] == 'USD':\n"
            "            if row['growth_pct'] > limit:\n                count += 1\n"
            "    return count",
            "def count_above(table, limit):\n"
            "    total = table.loc[(table.direction == 'total') & (table.currency == 'USD')]\n"
            "    return int((total.growth_pct > limit).sum())",
        ],
        "wrong": [
            ("every row", "def count_above(t, n):\n    return (t['growth_pct'] > n).sum()"),
            (
                "(M07)",
                "def count_above(t, n):\n    t = t[t['currency'] == 'USD']\n"
                "    return (t['growth_pct'] > n).sum()",
            ),
            (
                "(M07)",
                "def count_above(t, n):\n    t = t[t['direction'] == 'imports']\n"
                "    return (t['growth_pct'] > n).sum()",
            ),
            (
                "(M04)",
                "def count_above(t, n):\n    t = t[t['direction'] == 'total']\n"
                "    return (t['growth_pct'] > n).sum()",
            ),
            (
                "at the limit",
                "def count_above(t, n):\n"
                "    t = t[(t['direction'] == 'total') & (t['currency'] == 'USD')]\n"
                "    return (t['growth_pct'] >= n).sum()",
            ),
            ("rows or a list", "def count_above(t, n):\n    return t[t['growth_pct'] > n]"),
            ("another number", "def count_above(t, n):\n    return 0"),
            ("stops with KeyError", "def count_above(t, n):\n    return t['growth'].sum()"),
            (
                "follow the limit",
                "def count_above(t, n):\n"
                "    t = t[(t['direction'] == 'total') & (t['currency'] == 'USD')]\n"
                "    return (t['growth_pct'] > 30).sum()",
            ),
            (
                "whole table",
                "def count_above(t, n):\n"
                "    t = t.head(4)\n"
                "    t = t[(t['direction'] == 'total') & (t['currency'] == 'USD')]\n"
                "    return (t['growth_pct'] > n).sum()",
            ),
        ],
    },
    "q4_base": {
        "right": [
            "def implied_base(level, growth_pct):\n    return level / (1 + growth_pct / 100)",
            "implied_base = lambda level, growth: level * 100 / (100 + growth)",
            "import numpy as np\ndef implied_base(level, growth_pct):\n"
            "    return np.divide(level, 1 + growth_pct / 100)",
        ],
        "wrong": [
            ("(M03)", "def implied_base(level, g):\n    return level * (1 - g / 100)"),
            ("as a share", "def implied_base(level, g):\n    return level / (1 + g)"),
            ("another number", "def implied_base(level, g):\n    return level - g / 100"),
            ("gives back a str", "def implied_base(level, g):\n    return '100'"),
            ("stops with TypeError", "def implied_base(level, g):\n    return level / [g]"),
            (
                "(M05)",
                "def implied_base(level, g):\n"
                "    return 146.887 if level > 190 else level / (1 + g / 100)",
            ),
        ],
    },
    "q5_choice": {
        "right": ['q5 = "B"', "q5 = 'b'", 'q5 = " B "'],
        "wrong": [
            ("(M02)", 'q5 = "A"'),
            ("(M04)", 'q5 = "C"'),
            ("(M07)", 'q5 = "D"'),
            ("one letter", "q5 = 2"),
            ("one letter", 'q5 = "E"'),
        ],
    },
    "q6_order": {
        "right": [
            'q6 = ["B", "D", "C", "E", "A"]',
            'q6 = ("b", "d", "c", "e", "a")',
            'q6 = list("BDCEA")',
        ],
        "wrong": [
            ("each of the five", 'q6 = ["B", "D", "C", "E"]'),
            ("a list of five letters", "q6 = 5"),
            ("the claim itself", 'q6 = ["D", "B", "C", "E", "A"]'),
            ("computes before", 'q6 = ["B", "C", "D", "E", "A"]'),
            ("compares before", 'q6 = ["B", "D", "E", "C", "A"]'),
            ("end with the verdict", 'q6 = ["B", "D", "C", "A", "E"]'),
        ],
    },
    "q7_chart": {
        "right": [
            "y = trade.set_index('year').loc[2018:2022, 'total_usd_bn']\n"
            "ax = y.plot(kind='bar', title='Trade', xlabel='year', ylabel='US dollars, billion')",
            "t = trade[trade['year'].between(2018, 2022)]\nfig, ax = plt.subplots()\n"
            "ax.bar(t['year'], t['total_usd_bn'], color='grey')\n"
            "ax.set(title='Trade', xlabel='Year', ylabel='Total, bn USD')",
            "t = trade.query('2018 <= year <= 2022')\n"
            "ax = t.plot.bar(x='year', y='total_usd_bn', legend=False)\n"
            "ax.set_title('Trade')\nax.set_ylabel('billion dollars')",
        ],
        "wrong": [],
    },
}
COLUMNS = "t = trade[trade['year'].between({first}, {last})].set_index('year')\n"
NAMED = "ax.set(title='Trade', xlabel='year', ylabel='billion US dollars')"


def chart(what, first=2018, last=2022, after=NAMED):
    return COLUMNS.format(first=first, last=last) + what + "\n" + after


BANK["q7_chart"]["wrong"] = [
    ("not the axes", "ax = trade"),
    ("no bars", chart("ax = t['total_usd_bn'].plot.line()")),
    ("There should be one", chart("ax = t['total_usd_bn'].plot.bar()", first=2017)),
    ("(M07)", chart("ax = t['imports_usd_bn'].fillna(0).plot.bar()")),
    ("other amounts", chart("ax = t['total_usd_bn'].plot.bar()", first=2020, last=2024)),
    ("order of the years", chart("ax = t['total_usd_bn'].sort_values().plot.bar()")),
    ("(M08)", chart("ax = t['total_usd_bn'].plot.bar(ylim=(100, 200))")),
    (
        "no title",
        chart("ax = t['total_usd_bn'].plot.bar(ylabel='dollars')", after=""),
    ),
    (
        "the unit",
        chart("ax = t['total_usd_bn'].plot.bar(title='Trade')", after=""),
    ),
    (
        "no name",
        chart(
            "ax = t['total_usd_bn'].plot.bar(title='T', ylabel='dollars')",
            after="ax.set_xlabel('')",
        ),
    ),
]
