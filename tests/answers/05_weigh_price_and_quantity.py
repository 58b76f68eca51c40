"""Right and wrong answers for exercise 05."""


def split(what):
    return f"def split_rise(v0, q0, v1, q1):\n    p0, p1 = v0 / q0, v1 / q1\n    return {what}"


def parts(what):
    return f"def contribution(t):\n    a, b = t['earlier'], t['later']\n    return {what}"


def share(pair, whole, what="pair['amount_bn'].sum() / whole['amount_bn'].sum() * 100"):
    return (
        "def share_of_trade(table, country, partner):\n"
        f"    pair = table[(table['reporter'] == {pair[0]}) & (table['partner'] == {pair[1]})]\n"
        f"    whole = table[(table['reporter'] == {whole[0]}) & (table['partner'] == {whole[1]})]\n"
        f"    return {what}"
    )


PAIR, WHOLE = ("country", "partner"), ("country", "'all partners'")

BANK = {
    "q1_order": {
        "right": [
            'q1 = ["E", "D", "A", "B", "C"]',
            "q1 = ('e', 'd', 'a', 'b', 'c')",
            'q1 = "EDABC"',
            'q1 = pd.Series(list("EDABC"))',
            'q1 = pd.Series(list("EDABC")).to_numpy()',
        ],
        "wrong": [
            ("This order does not hold", 'q1 = ["D", "E", "A", "B", "C"]'),
            ("This order does not hold", 'q1 = "EDBAC"'),
            ("each of A, B, C, D, E once", 'q1 = "EDAB"'),
            ("Use the letters", "q1 = [5, 4, 1, 2, 3]"),
            ("has no order", "q1 = set('EDABC')"),
        ],
    },
    "q2_split": {
        "right": [
            split("[(q1 - q0) * p0, (p1 - p0) * q1]"),
            split("(v0 * (q1 / q0 - 1), v1 - v0 - v0 * (q1 / q0 - 1))"),
            "import numpy as np\n" + split("np.array([q1 - q0, q1]) * np.array([p0, p1 - p0])"),
            split("pd.Series({'quantity': (q1 - q0) * p0, 'price': (p1 - p0) * q1})"),
            "from fractions import Fraction as F\n"
            "def split_rise(a, b, c, d):\n"
            "    a, b, c, d = F(a), F(b), F(c), F(d)\n"
            "    return [(d - b) * a / b, (c / d - a / b) * d]",
        ],
        "wrong": [
            ("in the other order", split("[(p1 - p0) * q1, (q1 - q0) * p0]")),
            ("whole rise of the money", split("[v1 - v0, (p1 - p0) * q1]")),
            ("at the new price", split("[(q1 - q0) * p1, (p1 - p0) * q0]")),
            ("in tonnes, not in money", split("[q1 - q0, (p1 - p0) * q1]")),
            ("not 25 for the example", split("[q1 * p0, (p1 - p0) * q1]")),
            ("uses the old quantity", split("[(q1 - q0) * p0, (p1 - p0) * q0]")),
            ("price of one tonne", split("[(q1 - q0) * p0, p1 - p0]")),
            ("not 15 for the example", split("[(q1 - q0) * p0, p1 * q1]")),
            ("same for all amounts", split("[25, 15]")),
            ("tonnes and price both fell", split("[abs(q1 - q0) * p0, (p1 - p0) * q1]")),
            ("not exact", split("[int((q1 - q0) * p0 + 0.5), int((p1 - p0) * q1)]")),
            ("not exact", split("[(q1 - q0) * p0, -1 if q1 == 6 else (p1 - p0) * q1]")),
            ("split_rise rounds", split("[round((q1 - q0) * p0, 1), round((p1 - p0) * q1, 1)]")),
            ("gives 3 things", split("[1, 2, 3]")),
            ("A list is asked for", split("(q1 - q0) * p0")),
            ("is a dictionary. A list", split("{'quantity': 25, 'price': 15}")),
            ("The quantity effect is", split("['25', '15']")),
            ("The price effect is", split("[25, None]")),
            ("The price effect is NaN", split("[25, float('nan')]")),
            ("still has a blank", split("[25, ...]")),
            ("gives nothing back", "def split_rise(a, b, c, d):\n    print([25, 15])"),
            ("Python says: TypeError", "def split_rise(a, b, c):\n    return [25, 15]"),
            ("uses a name that does not exist", split("[extra * p0, 15]")),
            (
                "crude oil in 2023",
                split("[(q1 - q0) * p0, (p1 - p0) * q1] if v0 in (50, 60) else [14, -12]"),
            ),
        ],
    },
    "q3_parts": {
        "right": [
            parts("(b - a) / (b - a).sum() * 100"),
            parts("list((b - a) * 100 / (b.sum() - a.sum()))"),
            "def contribution(table):\n    rises = []\n"
            "    for _, row in table.iterrows():\n"
            "        rises.append(row['later'] - row['earlier'])\n"
            "    return tuple(rise / sum(rises) * 100 for rise in rises)",
            "import numpy as np\n" + parts("np.array(b - a) / np.sum(np.array(b - a)) * 100"),
            "from fractions import Fraction\n"
            + parts("[Fraction(100 * (y - x) / (b - a).sum()) for x, y in zip(a, b)]"),
        ],
        "wrong": [
            ("growth of each part by itself", parts("(b / a - 1) * 100")),
            ("shares out the later levels", parts("b / b.sum() * 100")),
            ("earlier level of the whole", parts("(b - a) / a.sum() * 100")),
            ("gives the rises themselves", parts("b - a")),
            ("shares of one", parts("(b - a) / (b - a).sum()")),
            ("does not give 75 and 25", parts("(b - a) / b.sum() * 100")),
            ("does not give 75 and 25", parts("[75, 75]")),
            ("NaN", parts("b * float('nan')")),
            ("One number is asked for", parts("['75', '25']")),
            ("whole table", parts("t")),
            ("A list is asked for", parts("75")),
            ("gives 1 numbers", parts("[75]")),
            ("gives 2 numbers for a table of 3 rows", parts("[75, 25]")),
            ("Python says: KeyError", parts("t['rise']")),
            ("not below zero", parts("(b - a).abs() / (b - a).abs().sum() * 100")),
            ("not exact for three parts", parts("((b - a) / (b - a).sum() * 100).round()")),
            ("gives nothing back", "def contribution(t):\n    print(t)"),
            (
                "four parts",
                parts("(b - a) / (b - a).sum() * 100 if len(t) < 4 else [25, 25, 25, 25]"),
            ),
        ],
    },
    "q4_output": {
        "right": ['q4 = "E"', "q4 = 'e'", 'q4 = ["E"]'],
        "wrong": [
            ("how many numbers are averaged", 'q4 = "A"'),
            ("zero before it is filled", 'q4 = "B"'),
            ("does not stop", 'q4 = "C"'),
            ("taken for zero", 'q4 = "D"'),
            ("Use the letters", "q4 = '90 60'"),
        ],
    },
    "q5_share": {
        "right": [
            share(PAIR, WHOLE),
            share(
                PAIR, WHOLE, "float(100 * pair['amount_bn'].iloc[0] / whole['amount_bn'].iloc[0])"
            ),
            "def share_of_trade(table, a, b):\n"
            "    mine = table[table['reporter'] == a].set_index('partner')['amount_bn']\n"
            "    return mine[b] / mine['all partners'] * 100",
            "from fractions import Fraction\n"
            + share(
                PAIR, WHOLE, "Fraction(100 * pair['amount_bn'].sum() / whole['amount_bn'].sum())"
            ),
        ],
        "wrong": [
            (
                "same wrong share as when you got it",
                share(PAIR, ("partner", "'all partners'")),
            ),
            (
                "both the pair and the whole",
                share(("partner", "country"), ("partner", "'all partners'")),
            ),
            ("as the partner counts it", share(("partner", "country"), WHOLE)),
            (
                "adds the pairs to the whole",
                "def share_of_trade(table, a, b):\n"
                "    mine = table[table['reporter'] == a].set_index('partner')['amount_bn']\n"
                "    return mine[b] / mine.sum() * 100",
            ),
            ("share of one", share(PAIR, WHOLE, "pair['amount_bn'].sum() / 200")),
            ("small table has 60 of 200", share(PAIR, WHOLE, "pair['amount_bn'].sum()")),
            (
                "small table has 60 of 200",
                share(PAIR, WHOLE).replace(
                    "(table['reporter'] == country) & (table['partner'] == 'all",
                    "(table['partner'] == 'all",
                ),
            ),
            ("same both ways round", share(PAIR, WHOLE, "30")),
            (
                "the other way round",
                share(PAIR, WHOLE, "pair['amount_bn'].sum() / 200 * 100"),
            ),
            ("One number is asked for", share(PAIR, WHOLE, "pair['amount_bn'] / 2")),
            ("gives nothing back", share(PAIR, WHOLE, "print(30)")),
            ("Python says: KeyError", share(PAIR, WHOLE, "pair['amount'].sum()")),
            (
                "share_of_trade rounds",
                share(
                    PAIR, WHOLE, "round(pair['amount_bn'].sum() / whole['amount_bn'].sum() * 100)"
                ),
            ),
            (
                "South Korea's exports to China",
                share(
                    PAIR,
                    WHOLE,
                    "pair['amount_bn'].sum() / whole['amount_bn'].sum() * 100 * (len(table) == 7)",
                ),
            ),
        ],
    },
    "q7_word": {
        "right": [
            "price_2023 = 60.6 / 107.0 * 1000\nwording = 'B'",
            "price_2023 = 566\nwording = 'b'",
            "import numpy as np\nprice_2023 = np.float64(566.36)\nwording = ['B']",
            "from fractions import Fraction\nprice_2023 = Fraction(60600, 107)\nwording = 'B'",
        ],
        "wrong": [
            ("unit value of 2022", "price_2023 = 58.37 / 86.25 * 1000\nwording = 'B'"),
            ("off by a factor", "price_2023 = 60.6 / 107\nwording = 'B'"),
            ("tonnes by dollars", "price_2023 = 107 / 60.6\nwording = 'B'"),
            ("tonnes by dollars", "price_2023 = 107 / 60.6 * 1000\nwording = 'B'"),
            ("money itself", "price_2023 = 60.6\nwording = 'B'"),
            ("not the money of 2023", "price_2023 = 58.37 / 107 * 1000\nwording = 'B'"),
            ("One number is asked for", "price_2023 = '566'\nwording = 'B'"),
            ("wording is still blank", "price_2023 = 566\nwording = ..."),
            ("reads money as oil", "price_2023 = 566\nwording = 'A'"),
            ("dearer tonne", "price_2023 = 566\nwording = 'C'"),
            ("gives a motive", "price_2023 = 566\nwording = 'D'"),
            ("less oil", "price_2023 = 566\nwording = 'E'"),
        ],
    },
}

NAMED = (
    "\nax.set_title('More paid for oil\\nbillion US dollars')\n"
    'ax.set_xlabel("Source: China\'s customs office")\nplt.show()'
)
RISE = "rise = paid[2022] - paid[2021]\n"


def chart(what, after=NAMED):
    return RISE + what + after


BARH = "fig, ax = plt.subplots()\nbars = ax.barh(paid.index, rise)"
BANK["q6_rises"] = {
    "right": [
        chart(BARH),
        chart("ax = rise.plot.bar(rot=0)"),
        chart(
            "fig, ax = plt.subplots()\nax.bar(list(paid.index), rise.round(1))",
            "\nax.set_title('More paid, bn USD', loc='left')\n"
            "fig.text(0, 0, 'Source: customs')\nax",
        ),
        chart(
            "rise = rise.sort_values()\nfig, ax = plt.subplots()\nax.barh(range(3), rise)\n"
            "ax.set_yticks(range(3), rise.index)\nax.set_ylabel('billion $')",
            "\nfig.suptitle('More paid')\nax.set_xlabel('Source: GACC')\nax",
        ),
    ],
    "wrong": [
        ("ax is still blank", "ax = ...\nax"),
        ("not the field", "ax = paid\nax"),
        ("no bars", chart("fig, ax = plt.subplots()\nax.plot(rise, paid.index, 'o')")),
        ("chart has 6 bars", chart("ax = paid.plot.bar()")),
        ("what was paid in one year", chart("ax = paid[2022].plot.bar()")),
        ("what was paid in one year", chart("ax = paid[2021].plot.bar()")),
        ("growth in per cent", chart("ax = (rise / paid[2021] * 100).plot.bar()")),
        ("the other way", chart("ax = (-rise).plot.bar()")),
        ("other amounts", chart("ax = (rise / rise.sum() * 100).plot.bar()")),
        ("names of the bars read", chart("ax = rise.reset_index(drop=True).plot.bar()")),
        ("names of the bars read nothing", chart(BARH + "\nax.set_yticks([])")),
        (
            "name of another good",
            chart("fig, ax = plt.subplots()\nax.bar(paid.index, rise.sort_values())"),
        ),
        ("does not begin at zero", chart(BARH + "\nax.set_xlim(1, 20)")),
        ("does not begin at zero", chart("ax = rise.plot.bar(ylim=(1, 20))")),
        ("no title", chart(BARH, "\nax.set_xlabel('Source: customs; billion US dollars')\nax")),
        (
            "in which money",
            chart(BARH, "\nax.set_title('Oil')\nax.set_xlabel('Source: customs')\nax"),
        ),
        (
            "are billions",
            chart(BARH, "\nax.set_title('Oil, dollars')\nax.set_xlabel('Source: customs')\nax"),
        ),
        ("come from", chart(BARH, "\nax.set_title('Oil, billion US dollars')\nax")),
    ],
}
