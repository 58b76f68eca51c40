"""Right and wrong answers for exercise 04."""


def value(what):
    return f"def unit_value(v, q):\n    return {what}"


def shares(what):
    return f"def log_shares(v, q):\n    return {what}"


def parts(what):
    return f"def contribution(t):\n    a, b = t['earlier'], t['later']\n    return {what}"


def present(what):
    return f"def add_present(c):\n    gaps = int(c.isna().sum())\n    return {what}"


BANK = {
    "q1_value": {
        "right": [
            value("v / q * 1000"),
            "unit_value = lambda value_bn, quantity_mt: value_bn * 1e9 / (quantity_mt * 1e6)",
            value("float(pd.Series([v * 1000]).div(q).iloc[0])"),
            value("np.divide(v * 1000, q)"),
        ],
        "wrong": [
            ("(M06)", value("v")),
            ("tonnes for each dollar", value("q / v * 1000")),
            ("tonnes for each dollar", value("q / v")),
            ("multiplies", value("v * q")),
            ("right but for its unit", value("v / q")),
            ("right but for its unit", value("v * 1e9 / q")),
            ("another number", value("v - q")),
            ("another number", value("v / q * 100")),
            ("gives NaN", value("float('nan')")),
            ("gives back a str", value("'700'")),
            ("gives back a list", value("[700]")),
            ("stops with ZeroDivisionError", value("v / 0")),
            ("stops with NameError", "del unit_value"),
            ("other numbers", value("700")),
            ("other numbers", value("round(v / q * 1000)")),
            ("other numbers", value("700 if v == 63 else 'none'")),
        ],
    },
    "q2_shares": {
        "right": [
            shares("[np.log(q) / np.log(v) * 100, np.log(v / q) / np.log(v) * 100]"),
            "def log_shares(value_ratio, quantity_ratio):\n"
            "    quantity = np.log(quantity_ratio) / np.log(value_ratio) * 100\n"
            "    return (quantity, 100 - quantity)",
            "import math\n" + shares("[math.log10(n) / math.log10(v) * 100 for n in (q, v / q)]"),
            shares("np.log([q, v / q]) / np.log(v) * 100"),
            shares(
                "pd.Series({'quantity': q, 'price': v / q}).transform(np.log) / np.log(v) * 100"
            ),
        ],
        "wrong": [
            ("(M06)", shares("[np.log(n) / np.log(v * q) * 100 for n in (q, v)]")),
            ("(M06)", shares("[np.log(n) / np.log(v * q) * 100 for n in (v, q)]")),
            ("(M06)", shares("[100, 0]")),
            ("plain ratios or plain growth", shares("[(q - 1) / (v - 1) * 100, 96.8]")),
            ("plain ratios or plain growth", shares("[q / v * 100, 100 - q / v * 100]")),
            ("plain ratios or plain growth", shares("[100 / 16, 1500 / 16]")),
            ("share of price", shares("[np.log(v / q) / np.log(v) * 100, 20]")),
            ("shares of one", shares("[np.log(q) / np.log(v), np.log(v / q) / np.log(v)]")),
            ("first number", shares("[np.log(q) * 100, np.log(v / q) * 100]")),
            ("second number", shares("[np.log(q) / np.log(v) * 100, np.log(v / q) * 100]")),
            ("gives NaN", shares("[float('nan'), 80]")),
            ("gives NaN", shares("[20, float('nan')]")),
            ("list of two numbers", shares("['20', '80']")),
            ("list of two numbers", shares("[20, 80, 100]")),
            ("list of two numbers", shares("20")),
            ("list of two numbers", shares("'20 and 80'")),
            ("still has a blank", shares("[20, ...]")),
            ("stops with ZeroDivisionError", shares("[q / 0, 1]")),
            ("crude oil of 2022", shares("[20, 80] if v == 32 else [200, -100]")),
            ("crude oil of 2022", shares("[20, 80] if v == 32 else None")),
            (
                "when the price falls",
                shares("np.clip(np.log([q, v / q]) / np.log(v) * 100, 0, 100)"),
            ),
            (
                "when the price falls",
                shares("np.log([q, v / q]) / np.log(v) * 100 if v > q else 'none'"),
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
            parts("np.array(b - a) / np.sum(np.array(b - a)) * 100"),
            "def contribution(table):\n"
            "    return table.assign(rise=table.later - table.earlier)['rise'].transform(\n"
            "        lambda rise: 100 * rise / rise.sum())",
        ],
        "wrong": [
            ("growth of each part by itself", parts("(b / a - 1) * 100")),
            ("(M02)", parts("b / b.sum() * 100")),
            ("(M01)", parts("(b - a) / a.sum() * 100")),
            ("rises themselves", parts("b - a")),
            ("shares of one", parts("(b - a) / (b - a).sum()")),
            ("other numbers", parts("(b - a) / b.sum() * 100")),
            ("other numbers", parts("[75, 75]")),
            ("gives NaN", parts("[75, float('nan')]")),
            ("gives NaN", parts("b * float('nan')")),
            ("not made of numbers", parts("['75', '25']")),
            ("not made of numbers", parts("t")),
            ("not made of numbers", parts("'75'")),
            ("one number for each row", parts("75")),
            ("one number for each row", parts("[75]")),
            ("one number for each row", parts("[75, 25, 100]")),
            ("stops with KeyError", parts("t['rise']")),
            ("three parts", parts("(b - a).abs() / (b - a).abs().sum() * 100")),
            ("three parts", parts("[75, 25]")),
            ("three parts", parts("[75, 25] if len(t) == 2 else ['a', 'b', 'c']")),
        ],
    },
    "q4_present": {
        "right": [
            present("[c.sum(), gaps] if gaps < len(c) else [None, gaps]"),
            "def add_present(column):\n    total, missing, present = 0, 0, 0\n"
            "    for cell in column:\n        if cell != cell:\n            missing += 1\n"
            "        else:\n            total += cell\n            present += 1\n"
            "    if present == 0:\n        total = None\n    return (total, missing)",
            "def add_present(column):\n    there = column.dropna()\n"
            "    total = None if there.empty else there.sum()\n"
            "    return [total, len(column) - len(there)]",
            present("np.array([c.sum(min_count=1), gaps])"),
            present("[pd.NA if gaps == len(c) else c.sum(), gaps]"),
            "def add_present(column):\n    there = column[column.notna()]\n"
            "    if len(there) == 0:\n        return [None, len(column)]\n"
            "    return pd.Series({'sum': there.sum(), 'missing': len(column) - len(there)})",
        ],
        "wrong": [
            (
                "(M17)",
                "def add_present(c):\n    c = c.fillna(0)\n    return [c.sum(), c.isna().sum()]",
            ),
            (
                "(M17)",
                "def add_present(c):\n    c = c.fillna(0)\n    return [c.sum(), (c == 0).sum()]",
            ),
            ("holds 0 as empty (M17)", present("[c.sum(), (c == 0).sum()]")),
            ("(M17)", present("[c.sum(), gaps]")),
            (
                "something else than None",
                present("[c.sum() if gaps < len(c) else 'None', gaps]"),
            ),
            ("something else than None", present("[c.sum() if gaps < len(c) else [], gaps]")),
            ("sum is NaN", present("[sum(c), gaps]")),
            ("no cell is empty", present("[c.sum(), float('nan')]")),
            ("are present", present("[c.sum(), c.count()]")),
            ("not the sum", present("[c.mean(), gaps]")),
            ("not how many cells", present("[c.sum(), len(c)]")),
            ("nothing back yet", present("None")),
            ("nothing back yet", present("[20, ...]")),
            ("something else than two numbers", present("c.sum()")),
            ("something else than two numbers", present("c.dropna()")),
            ("something else than two numbers", present("['20', '2']")),
            ("something else than two numbers", present("'20'")),
            ("stops with KeyError", present("[c['sum'], gaps]")),
            (
                "stops with ZeroDivisionError when",
                present("[c.sum() * c.count() / int(c.count()), gaps] if gaps < 3 else 1 / 0"),
            ),
            ("as in any other", present("[c.sum(), gaps] if gaps < len(c) else [None, 0]")),
            ("in that case too", present("[c.sum(), gaps] if gaps < len(c) else []")),
            ("in that case too", present("[c.sum(), gaps] if gaps < len(c) else None")),
            ("another column", present("[20, 2] if gaps == 2 else [None, gaps]")),
            (
                "another column",
                present("[c.sum(), gaps] if len(c) == 6 else [None, gaps] if gaps else 'none'"),
            ),
            (
                "no empty cell",
                present("[c.sum() if c.sum() and gaps < len(c) else None, gaps]"),
            ),
        ],
    },
    "q5_choice": {
        "right": ['q5 = "D"', "q5 = 'd'", 'q5 = " D "'],
        "wrong": [
            ("(M06)", 'q5 = "A"'),
            ("(M02)", 'q5 = "B"'),
            ("two counters", 'q5 = "C"'),
            ("one letter", "q5 = 4"),
            ("one letter", 'q5 = "E"'),
        ],
    },
    "q6_order": {
        "right": [
            'q6 = ["D", "E", "A", "B", "C"]',
            'q6 = ("d", "e", "a", "b", "c")',
            'q6 = list("DEABC")',
            'q6 = "DEABC"',
        ],
        "wrong": [
            ("each of the five", 'q6 = ["D", "E", "A", "B"]'),
            ("each of the five", "q6 = [4, 5, 1, 2, 3]"),
            ("a list of five letters", "q6 = 5"),
            ("before the figures", 'q6 = ["E", "D", "A", "B", "C"]'),
            ("unit value", 'q6 = ["D", "A", "E", "B", "C"]'),
            ("logarithm of ratios", 'q6 = ["D", "E", "B", "A", "C"]'),
            ("end with the shares", 'q6 = ["D", "E", "A", "C", "B"]'),
        ],
    },
}

TABLE = "t = counts[counts['year'] == 2022].set_index('pair')[['china_counts', 'partner_counts']]\n"
NAMED = "\nax.set(title='Two counts', ylabel='billion US dollars')"


def chart(what, after=NAMED, table=TABLE):
    return table + what + after


BANK["q7_chart"] = {
    "right": [
        chart("ax = t.plot(kind='bar')"),
        "t = counts.query('year == 2022')\nfig, ax = plt.subplots()\n"
        "x = np.arange(3)\n"
        "ax.bar(x - 0.2, t['china_counts'], 0.4, label='China')\n"
        "ax.bar(x + 0.2, t['partner_counts'], 0.4, label='partner')\n"
        "ax.set_xticks(x, t['pair'])\nax.legend()\n"
        "ax.set(title='Mirror', ylabel='Trade, bn USD')",
        "t = counts.loc[counts.year == 2022].sort_values('partner_counts')\n"
        "ax = t.plot.bar(x='pair', y=['partner_counts', 'china_counts'], legend=False)\n"
        "ax.bar_label(ax.containers[0], labels=['partner'] * 3)\n"
        "ax.bar_label(ax.containers[1], labels=['China'] * 3)\n"
        "ax.set_title('Mirror')\nax.set_ylabel('Billions of dollars')",
        "places, heights = [], []\n"
        "for _, row in counts[counts['year'] == 2022].iterrows():\n"
        "    places += [row['pair'] + ', China', row['pair'] + ', partner']\n"
        "    heights += [row['china_counts'], row['partner_counts']]\n"
        "fig, ax = plt.subplots()\nax.bar(places, heights)\n"
        "ax.set(title='Mirror', ylabel='US dollars, billion')",
    ],
    "wrong": [
        ("not the axes", "ax = counts"),
        ("not the axes", chart("ax = t.plot.bar(subplots=True)", after="")),
        ("no bars", chart("ax = t.plot.line()")),
        ("no bars", chart("ax = t['china_counts'].plot.pie()")),
        ("bars. There should be two", chart("ax = t['china_counts'].plot.bar()")),
        ("bars. There should be two", chart("ax = counts.set_index('pair').plot.bar()", table="")),
        ("other amounts", chart("ax = (t * 2).plot.bar()")),
        ("other amounts", chart("ax = (t * float('nan')).plot.bar()")),
        ("other amounts", chart("ax = t.plot.barh()")),
        (
            "other amounts",
            chart("ax = counts.head(3)[['china_counts', 'partner_counts']].plot.bar()", table=""),
        ),
        ("counts one trade twice", chart("ax = t.plot.bar(stacked=True)")),
        (
            "cover each other",
            chart(
                "fig, ax = plt.subplots()\nax.bar(t.index, t['china_counts'], label='China')\n"
                "ax.bar(t.index, t['partner_counts'], label='partner')\nax.legend()"
            ),
        ),
        ("next to each other", chart("ax = t.T.plot.bar()")),
        ("(M08)", chart("ax = t.plot.bar(ylim=(100, 800))")),
        ("(M08)", chart("ax = t.plot.bar(logy=True)")),
        ("no title", chart("ax = t.plot.bar(ylabel='dollars')", after="")),
        ("the unit", chart("ax = t.plot.bar(title='Two counts')", after="")),
        ("whose count", chart("ax = t.plot.bar(legend=False)")),
    ],
}
