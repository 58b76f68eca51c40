"""Right and wrong answers for exercise 07."""


def base(line):
    """A base_rate that ends in this expression; `share` is the released line."""
    return f"def base_rate(yes, of):\n    share = yes / of\n    return {line}"


def brier(line, settled="table[table['status'] != 'open']"):
    """A brier that ends in this expression, of said `p` (a share) and outcome `t`."""
    return (
        f"def brier(table):\n    rows = {settled}\n"
        "    p = rows['said'] / 100\n    t = rows['status'] == 'yes'\n"
        f"    return {line}"
    )


def calibration(line):
    return f"def calibration(said, came_true):\n    return {line}"


def mine(p1=60, p2=40, p3=30, p4=20, p5=25):
    return f"mine = {{'P1': {p1}, 'P2': {p2}, 'P3': {p3}, 'P4': {p4}, 'P5': {p5}}}"


BANK = {
    "q1_choice": {
        "right": ['q1 = "C"', "q1 = 'c'", 'q1 = " C "'],
        "wrong": [
            ("no measure", 'q1 = "A"'),
            ("no day", 'q1 = "B"'),
            ("could happen", 'q1 = "D"'),
            ("one letter", "q1 = 3"),
            ("one letter", "q1 = float('nan')"),
            ("one letter", 'q1 = "E"'),
        ],
    },
    "q2_base": {
        "right": [
            base("share.fillna(0.5) * 100"),
            "def base_rate(yes, of):\n    return (yes * 100 / of).fillna(50)",
            "def base_rate(yes, of):\n    rates = []\n    for y, n in zip(yes, of):\n"
            "        rates.append(y / n * 100 if n > 0 else 50)\n    return rates",
            "import numpy as np\ndef base_rate(yes, of):\n"
            "    return np.where(of.isna(), 50, yes / of * 100)",
            base("tuple((100 * share).where(share.notna(), 50))"),
            base("share.apply(lambda s: s * 100 if s >= 0 else 50)"),
        ],
        "wrong": [
            ("(M17)", base("(share * 100).fillna(0)")),
            ("leaves a row empty", base("share * 100")),
            ("numbers for four rows", base("(share * 100).dropna()")),
            ("0 of 3 as not known", base("[s * 100 if s > 0 else 50 for s in share]")),
            ("share of one", base("share.fillna(50)")),
            ("with another number", base("(share * 100).fillna(share.mean() * 100)")),
            ("where the cases are known", base("(100 - share * 100).fillna(50)")),
            ("column or a list", base("'25, 50, 0, 75'")),
            ("column or a list", base("['25', '50', '0', '75']")),
            ("column or a list", base("50")),
            ("stops with AttributeError", base("share.fill(50)")),
            ("columns of forecasts", base("[25, 50, 0, 75]")),
            ("columns of forecasts", base("[25, 50, 0, 75] if len(share) == 4 else 1 / 0")),
        ],
    },
    "q3_mine": {
        "right": [
            mine(),
            mine(50, 50, 50, 0, 0),
            mine(100, 0, 100, 100, 100),
            mine(0.5, 99.5, 0.1, 0.2, 0.2),
            "mine = pd.Series({'P1': 33.3, 'P2': 66.7, 'P3': 5.0, 'P4': 1.0, 'P5': 2.0})",
            "import numpy as np\nmine = dict(zip(['P5', 'P4', 'P3', 'P2', 'P1'], "
            "np.array([30, 20, 10, 30, 70])))",
            "mine = {'P1': 80, 'P3': 40, 'P4': 5, 'P5': 8}\nmine['P2'] = 100 - mine['P1']",
        ],
        "wrong": [
            ("mine is a list", "mine = [60, 40, 30, 20, 25]"),
            ("the names P1 to P5", "mine = {'P1': 60, 'P2': 40, 'P3': 30}"),
            ("the names P1 to P5", mine().replace("P5", "P6")),
            ("not a number", mine(p3="'30'")),
            ("not a number", mine(p3="float('nan')")),
            ("not a number", mine(p3="...")),
            ("below 0 or above 100", mine(p1=120, p2=-20)),
            ("shares of one", mine(0.6, 0.4, 0.3, 0.2, 0.25)),
            ("do not fit together", mine(p1=60, p2=60)),
            ("larger than P1", mine(p3=70)),
            ("larger than P5", mine(p4=30)),
        ],
    },
    "q4_brier": {
        "right": [
            brier("((p - t) ** 2).mean()"),
            brier("((p - t) ** 2).sum() / len(rows)", "table.query(\"status != 'open'\")"),
            brier("sum((a - b) ** 2 for a, b in zip(p, t)) / len(p)"),
            "import numpy as np\n"
            + brier("np.mean(np.square(p - t))", "table[table['status'].isin(['yes', 'no'])]"),
            "def brier(table):\n    squares = []\n    for _, row in table.iterrows():\n"
            "        if row['status'] == 'yes':\n"
            "            squares.append((row['said'] / 100 - 1) ** 2)\n"
            "        if row['status'] == 'no':\n"
            "            squares.append((row['said'] / 100) ** 2)\n"
            "    return sum(squares) / len(squares)",
        ],
        "wrong": [
            ("(M17)", brier("((p - t) ** 2).mean()", "table")),
            (
                "open row as a yes",
                brier("((p - t) ** 2).mean()", "table").replace("== 'yes'", "!= 'no'"),
            ),
            ("divides by all rows", brier("((p - t) ** 2).sum() / len(table)")),
            ("adds up the squares", brier("((p - t) ** 2).sum()")),
            ("more than 1", brier("((100 * p - t) ** 2).mean()")),
            ("more than 1", brier("((100 * p - 100 * t) ** 2).mean()")),
            ("as they are", brier("abs(p - t).mean()")),
            ("as they are", brier("(p - t).mean()")),
            ("another number", brier("((p - t) ** 2).mean() ** 0.5")),
            ("another number", brier("((p - t) ** 2).mean()").replace("'yes'", "'no'")),
            ("gives NaN", brier("((p - t) ** 2).mean()", "table[table['status'] == 'closed']")),
            ("gives back a Series", brier("(p - t) ** 2")),
            ("gives back a str", brier("'0.2675'")),
            ("stops with KeyError", "def brier(table):\n    return table['outcome'].mean()"),
            ("other tables", brier("0.2675")),
            ("other tables", brier("((p - t) ** 2).mean()", "table.iloc[[0, 1, 2, 3]]")),
        ],
    },
    "q5_calibration": {
        "right": [
            calibration("came_true.groupby(said).mean() * 100"),
            calibration("{n: came_true[said == n].mean() * 100 for n in said.unique()}"),
            "def calibration(said, came_true):\n"
            "    table = pd.DataFrame({'said': said, 'true': came_true * 100})\n"
            "    return table.groupby('said').mean()",
            "def calibration(said, came_true):\n    yes, n = {}, {}\n"
            "    for s, t in zip(said, came_true):\n"
            "        yes[s] = yes.get(s, 0) + t\n        n[s] = n.get(s, 0) + 1\n"
            "    return {s: round(100 * yes[s] / n[s], 2) for s in n}",
            "def calibration(said, came_true):\n    shares = {}\n"
            "    for number, group in came_true.groupby(said):\n"
            "        shares[number] = 100 * group.sum() / len(group)\n    return shares",
        ],
        "wrong": [
            (
                "(M17)",
                calibration(
                    "{n: (came_true[said == n].mean() * 100 if (said == n).any() else 0)"
                    " for n in range(0, 101, 10)}"
                ),
            ),
            ("by what happened", calibration("said.groupby(came_true).mean()")),
            ("other labels", calibration("(came_true.groupby(said).mean() * 100).drop(10)")),
            (
                "other labels",
                calibration("{str(k): v for k, v in came_true.groupby(said).mean().items()}"),
            ),
            ("counts what came true", calibration("came_true.groupby(said).sum()")),
            ("share of one", calibration("came_true.groupby(said).mean()")),
            (
                "by all forecasts",
                calibration("came_true.groupby(said).sum() / len(said) * 100"),
            ),
            ("did not come true", calibration("100 - came_true.groupby(said).mean() * 100")),
            ("other values", calibration("came_true.groupby(said).size()")),
            ("gives back a float", calibration("came_true.mean() * 100")),
            ("gives back a DataFrame", calibration("pd.DataFrame({'a': said, 'b': said})")),
            ("not a number", calibration("{10: '0', 50: '50', 90: '75'}")),
            (
                "not a number",
                calibration("(came_true.groupby(said).mean() * 100).reindex(range(0, 101, 10))"),
            ),
            (
                "stops with AttributeError",
                calibration("said.group(came_true)"),
            ),
            ("other forecasts", calibration("{10: 0, 50: 50, 90: 75}")),
            (
                "other forecasts",
                calibration("{n: {10: 0, 50: 50, 90: 75}[n] for n in said}"),
            ),
        ],
    },
    "q6_reason": {
        "right": ['q6 = "D"', "q6 = 'd'", 'q6 = " D "'],
        "wrong": [
            ("(M18)", 'q6 = "A"'),
            ("(M13)", 'q6 = "B"'),
            ("for what is refuted", 'q6 = "C"'),
            ("one letter", "q6 = 4"),
            ("one letter", 'q6 = "AD"'),
        ],
    },
    "q7_order": {
        "right": [
            'q7 = ["B", "D", "E", "A", "C"]',
            'q7 = ("b", "d", "e", "a", "c")',
            'q7 = list("BDEAC")',
            "q7 = pd.Series(['B', 'D', 'E', 'A', 'C'])",
        ],
        "wrong": [
            ("each of the five", 'q7 = ["B", "D", "E", "A"]'),
            ("each of the five", "q7 = [2, 4, 5, 1, float('nan')]"),
            ("a list of five letters", "q7 = 5"),
            ("what is foretold", 'q7 = ["D", "B", "E", "A", "C"]'),
            ("hindsight bias", 'q7 = ["B", "D", "A", "E", "C"]'),
            ("comparable cases", 'q7 = ["B", "E", "D", "A", "C"]'),
            ("before the outcome is read", 'q7 = ["B", "D", "E", "C", "A"]'),
        ],
    },
}
