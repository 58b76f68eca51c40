"""Right and wrong answers for exercise 04."""


def rates(what):
    return f"def compare_rates(a, b):\n    return {what}"


def base(what):
    return f"def implied_base(level, growth):\n    return {what}"


def rows(what):
    return f"def rows_above(t, limit):\n    return {what}"


TOTAL = "(t['direction'] == 'total')"
DOLLARS = "(t['currency'] == 'USD')"
ABOVE = "(t['growth_pct'] > limit)"

BANK = {
    "q1_order": {
        "right": [
            'q1 = ["C", "A", "E", "B", "D"]',
            "q1 = ('c', 'a', 'e', 'b', 'd')",
            'q1 = "C, A, E, B, D"',
            'q1 = pd.Series(list("CAEBD"))',
            'q1 = pd.Series(list("CAEBD")).to_numpy()',
        ],
        "wrong": [
            ("There is no q1 yet", "pass"),
            ("This order does not hold", 'q1 = ["A", "C", "E", "B", "D"]'),
            ("This order does not hold", 'q1 = "CAEDB"'),
            ("each of A, B, C, D, E once", 'q1 = ["C", "A", "E", "B"]'),
            ("Use the letters", "q1 = [3, 1, 5, 2, 4]"),
            ("has no order", "q1 = set('CAEBD')"),
            ("is a whole number", "q1 = 5"),
            ("still has a blank", 'q1 = ["C", "A", "E", "B", ...]'),
        ],
    },
    "q2_points": {
        "right": [
            rates("[b - a, (b - a) / a * 100]"),
            rates("(b - a, (b / a - 1) * 100)"),
            "import numpy as np\n" + rates("np.array([b - a, (b - a) / a * 100])"),
            rates("pd.Series({'points': b - a, 'per cent': (b - a) * 100 / a})"),
            "from fractions import Fraction\n"
            + rates("[Fraction(b) - Fraction(a), (Fraction(b) / Fraction(a) - 1) * 100]"),
            "import numpy as np\n" + rates("[np.subtract(b, a), np.divide(b - a, a) * 100]"),
        ],
        "wrong": [
            ("plain difference of two rates", rates("[(b - a) / a * 100, b - a]")),
            ("is the difference in percentage points", rates("[b - a, b - a]")),
            ("first number is above zero", rates("[a - b, (b - a) / a * 100]")),
            ("second number is above zero", rates("[b - a, (a - b) / a * 100]")),
            ("divides by the later rate", rates("[b - a, (b - a) / b * 100]")),
            ("share of one", rates("[b - a, (b - a) / a]")),
            ("not the difference of 40 and 30", rates("[a + b, (b - a) / a * 100]")),
            ("not what the example gives", rates("[b - a, b / a * 100]")),
            ("not what the example gives", rates("[b - a, 0]")),
            ("same for every pair", rates("[-10, -25]")),
            (
                "a fall for rates that rise",
                rates("[-abs(b - a), -abs(b - a) / a * 100]"),
            ),
            ("not exact", rates("[b - a, round((b - a) / a * 100)]")),
            ("not exact", rates("[int(b - a), (b - a) / a * 100]")),
            ("not exact", rates("[b - a, (b - a) / 40 * 100]")),
            ("gives 1 things", rates("[b - a]")),
            ("gives 3 things", rates("[a, b, b - a]")),
            ("A list is asked for", rates("b - a")),
            ("is a dictionary. A list", rates("{'points': b - a, 'per cent': 1}")),
            ("One number is asked for", rates("['-10', '-25']")),
            ("is NaN", rates("[float('nan'), -25]")),
            ("The second number is NaN", rates("[b - a, float('nan')]")),
            ("gives nothing back", "def compare_rates(a, b):\n    print([b - a, 0])"),
            ("still has a blank", rates("[b - a, ...]")),
            ("Python says: TypeError", rates("[b - a, '1' + a]")),
            ("uses a name that does not exist", rates("[b - a, earlier]")),
            ("not a function", "compare_rates = 3"),
            (
                "does not fit the rates of 2021",
                rates("[b - a, (b - a) / a * 100] if a != 35.8 else [0, 0]"),
            ),
        ],
    },
    "q3_chart": {
        "right": ['q3 = "A"', "q3 = 'a'", 'q3 = ["A"]', 'q3 = " A "'],
        "wrong": [
            ("other end of the bars", 'q3 = "B"'),
            ("where the bars begin", 'q3 = "C"'),
            ("how the bars are drawn", 'q3 = "D"'),
            ("how strongly it seems", 'q3 = "E"'),
            ("Use the letters", 'q3 = "F"'),
            ("Choose one", 'q3 = "AB"'),
        ],
    },
    "q4_bug": {
        "right": [
            base("level / (1 + growth / 100)"),
            base("level * 100 / (100 + growth)"),
            "import numpy as np\n" + base("np.float64(level) / (1 + growth / 100)"),
            "from fractions import Fraction\n"
            + base("Fraction(level) * 100 / (100 + Fraction(growth))"),
            "implied_base = lambda level, growth_pct: level / (1 + growth_pct / 100)",
        ],
        "wrong": [
            (
                "implied_base rounds",
                "def implied_base(level, growth_pct):\n"
                "    return round(level / (1 + growth_pct / 100), 1)",
            ),
            ("as it did when you got it", base("level - level * growth / 100")),
            ("as if it were billions", base("level - growth")),
            ("share of one", base("level / (1 + growth)")),
            ("makes the level larger", base("level * (1 + growth / 100)")),
            ("base of the example", base("level / growth")),
            ("base of the example", base("level / (1 - growth / 100)")),
            ("same for every level", base("120")),
            ("not right for 77 and -12", base("round(level / (1 + growth / 100))")),
            ("not right for 77 and -12", base("level / (1 + abs(growth) / 100)")),
            ("One number is asked for", base("[level / (1 + growth / 100)]")),
            ("is NaN", base("float('nan')")),
            ("gives nothing back", "def implied_base(level, growth):\n    print(level)"),
            ("Python says: ZeroDivisionError", base("level / 0")),
            (
                "does not fit the trade of 2022",
                base("level / (1 + growth / 100) if level < 180 else 146.887"),
            ),
        ],
    },
    "q5_rows": {
        "right": [
            rows(f"t[{TOTAL} & {DOLLARS} & {ABOVE}]"),
            rows(f"t.loc[{ABOVE} & {DOLLARS} & {TOTAL}].copy()"),
            rows("t.query(\"direction == 'total' and currency == 'USD' and growth_pct > @limit\")"),
            "def rows_above(table, limit):\n"
            "    table = table[table['direction'] == 'total']\n"
            "    table = table[table['currency'] == 'USD']\n"
            "    return table[table['growth_pct'] > limit].reset_index(drop=True)",
            rows(f"t[[a and b and c for a, b, c in zip({TOTAL}, {DOLLARS}, {ABOVE})]]"),
        ],
        "wrong": [
            ("rows in yuan", rows(f"t[{TOTAL} & {ABOVE}]")),
            ("imports or exports", rows(f"t[{DOLLARS} & {ABOVE}]")),
            ("rows in yuan", rows(f"t[{ABOVE}]")),
            ("at the limit", rows(f"t[{TOTAL} & {DOLLARS} & (t['growth_pct'] >= limit)]")),
            ("below the limit", rows(f"t[{TOTAL} & {DOLLARS} & (t['growth_pct'] != limit)]")),
            ("loses rows", rows(f"t[{TOTAL} & {DOLLARS} & (t['growth_pct'] > limit + 1)]")),
            (
                "another table",
                "def rows_above(t, limit):\n    t = variants\n"
                f"    return t[{TOTAL} & {DOLLARS} & {ABOVE}]",
            ),
            ("other columns", rows(f"t[{TOTAL} & {DOLLARS} & {ABOVE}][['variant_id']]")),
            ("Give back rows of the table", rows(f"({TOTAL} & {DOLLARS} & {ABOVE}).sum()")),
            (
                "Give back rows of the table",
                rows(f"t['variant_id'][{TOTAL} & {DOLLARS} & {ABOVE}]"),
            ),
            (
                "ask table, not variants",
                rows(f"t[(variants['direction'] == 'total') & {DOLLARS} & {ABOVE}]"),
            ),
            ("same rows for the limits", rows(f"t[{TOTAL} & {DOLLARS} & (t['growth_pct'] > 30)]")),
            (
                "Python says: TypeError",
                rows("t[t['direction'] == 'total' & t['currency'] == 'USD']"),
            ),
            ("Python says: KeyError", rows("t[t['money'] == 'USD']")),
            ("gives nothing back", f"def rows_above(t, limit):\n    print(t[{ABOVE}])"),
            (
                "wrong for 20",
                rows(f"t[{TOTAL} & {DOLLARS} & (t['growth_pct'] > (30 if limit == 30 else 10))]"),
            ),
            (
                "does not fit the table variants",
                rows(f"t[{TOTAL} & {DOLLARS} & {ABOVE}] if len(t) == 7 else t"),
            ),
        ],
    },
    "q7_word": {
        "right": [
            "growth_2025 = (228.105 / 244.81 - 1) * 100\nwording = 'D'",
            "growth_2025 = -6.8\nwording = 'd'",
            "growth_2025 = trade['total_usd_bn'].pct_change().iloc[-1] * 100\nwording = ['D']",
            "import numpy as np\ngrowth_2025 = np.float32(-6.82)\nwording = 'D'",
        ],
        "wrong": [
            ("change in billions", "growth_2025 = 228.105 - 244.81\nwording = 'D'"),
            ("level of 2025", "growth_2025 = (228.105 - 244.81) / 228.105 * 100\nwording = 'D'"),
            ("share of one", "growth_2025 = 228.105 / 244.81 - 1\nwording = 'D'"),
            (
                "in per cent of the earlier one",
                "growth_2025 = 228.105 / 244.81 * 100\nwording = 'D'",
            ),
            ("above zero", "growth_2025 = (244.81 - 228.105) / 244.81 * 100\nwording = 'D'"),
            ("back to 2024", "growth_2025 = (244.81 - 228.105) / 228.105 * 100\nwording = 'D'"),
            ("had revised", "growth_2025 = -6.9\nwording = 'D'"),
            ("not the growth from 2024", "growth_2025 = 1.9\nwording = 'D'"),
            ("not the growth from 2024", "growth_2025 = -7\nwording = 'D'"),
            ("One number is asked for", "growth_2025 = '-6.8'\nwording = 'D'"),
            ("wording is still blank", "growth_2025 = -6.8\nwording = ..."),
            ("percentage points", "growth_2025 = -6.8\nwording = 'A'"),
            ("tonnes", "growth_2025 = -6.8\nwording = 'B'"),
            ("one direction", "growth_2025 = -6.8\nwording = 'C'"),
            ("your base", "growth_2025 = -6.8\nwording = 'E'"),
        ],
    },
}

YEARS = "t = trade[(trade['year'] >= 2017) & (trade['year'] <= 2022)]\n"
NAMED = (
    "\nax.set_title('Trade grew\\nbillion US dollars')\n"
    'ax.set_xlabel("Source: China\'s customs office")\nplt.show()'
)


def chart(what, after=NAMED, table=YEARS):
    return table + what + after


BARS = "fig, ax = plt.subplots()\nbars = ax.bar(t['year'], t['total_usd_bn'])"
BANK["q6_draw"] = {
    "right": [
        chart(BARS),
        chart("ax = t.set_index('year')['total_usd_bn'].plot.bar()"),
        chart(
            "fig, ax = plt.subplots()\nax.bar(t['year'].astype(str), t['total_usd_bn'].round(1))",
            "\nax.set_title('Trade, bn USD', loc='left')\nfig.text(0, 0, 'Source: customs')\nax",
        ),
        chart(
            "fig, ax = plt.subplots()\nax.bar(range(6), t['total_usd_bn'])\n"
            "ax.set_xticks(range(6), t['year'])\nax.set_ylabel('billion $')",
            "\nfig.suptitle('Trade')\nax.set_xlabel('Source: GACC')\nax.axvspan(2, 3)\nax",
        ),
        chart("ax = t.plot.barh(x='year', y='total_usd_bn')"),
        chart("ax = t[::-1].plot.bar(x='year', y='total_usd_bn')\nax.invert_xaxis()").replace(
            "ax = t[::-1].plot.bar(x='year', y='total_usd_bn')\nax.invert_xaxis()",
            "fig, ax = plt.subplots()\nax.bar(t['year'][::-1], t['total_usd_bn'][::-1])",
        ),
    ],
    "wrong": [
        ("ax is still blank", "ax = ...\nax"),
        ("not the field", "ax = trade\nax"),
        ("no bars", chart("fig, ax = plt.subplots()\nax.plot(t['year'], t['total_usd_bn'])")),
        (
            "chart has 11 bars",
            chart("fig, ax = plt.subplots()\nax.bar(trade['year'], trade['total_usd_bn'])"),
        ),
        ("one direction", chart("ax = t.set_index('year')['imports_usd_bn'].plot.bar()")),
        ("one direction", chart("ax = t.set_index('year')['exports_usd_bn'].fillna(0).plot.bar()")),
        (
            "other amounts",
            chart(BARS, table="t = trade[(trade['year'] >= 2018) & (trade['year'] <= 2023)]\n"),
        ),
        ("names below the bars read", chart("ax = t['total_usd_bn'].plot.bar()")),
        ("names below the bars read nothing", chart(BARS + "\nax.set_xticks([])")),
        (
            "over the wrong year",
            chart(
                "fig, ax = plt.subplots()\n"
                "ax.bar(t['year'].astype(str), t['total_usd_bn'].sort_values())"
            ),
        ),
        (
            "not in the order",
            chart("ax = t.sort_values('total_usd_bn').plot.bar(x='year', y='total_usd_bn')"),
        ),
        ("does not begin at zero", chart(BARS + "\nax.set_ylim(50, 200)")),
        (
            "does not begin at zero",
            chart("ax = t.plot.barh(x='year', y='total_usd_bn', xlim=(50, 200))"),
        ),
        ("no title", chart(BARS, "\nax.set_xlabel('Source: customs; US dollars')\nax")),
        (
            "in which money",
            chart(BARS, "\nax.set_title('Trade')\nax.set_xlabel('Source: customs')\nax"),
        ),
        ("come from", chart(BARS, "\nax.set_title('Trade, US dollars')\nax")),
    ],
}
