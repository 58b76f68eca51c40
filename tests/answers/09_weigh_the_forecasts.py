"""Right and wrong answers for exercise 09."""


def start(line):
    """A start_from that gives back this expression; `s` is the smoothed rate in per cent."""
    return (
        "def start_from(yes, cases):\n    s = (yes + 1) / (cases + 2) * 100\n"
        f"    raw = yes / cases * 100\n    return {line}"
    )


def brier(line):
    """A brier that gives back this expression of `gap`, the given line."""
    return f"def brier(said, happened):\n    gap = said / 100 - happened\n    return {line}"


def score(settled, empty='"open"'):
    """A score_of that takes these rows, and gives back `empty` where there are none."""
    return (
        f"def score_of(table):\n    rows = {settled}\n"
        f"    if len(rows) == 0:\n        return {empty}\n"
        "    gap = rows['said'] / 100 - (rows['status'] == 'yes')\n    return (gap ** 2).mean()"
    )


def changes(line, before="values[values.index < end].dropna()"):
    """A changes_to that gives back this expression; `before` is the values, `last` the end's."""
    return (
        f"def changes_to(values, end):\n    before = {before}\n    last = values.loc[end]\n"
        f"    return {line}"
    )


def settle(kinds='["M", "D", "R", "M", "R"]', proof='"D"'):
    return f"q1 = {kinds}\nq1_proof = {proof}"


SETTLED = "table[table['status'] != 'open']"
RIGHT_CHANGE = "(last / before - 1) * 100"

BANK = {
    "q1_settle": {
        "right": [
            settle(),
            settle("('m', 'd', 'r', 'm', 'r')", "'d'"),
            settle('"M, D, R, M, R"', '["D"]'),
            settle('pd.Series(list("MDRMR"))', '" D "'),
            settle('pd.Series(list("MDRMR")).to_numpy()'),
        ],
        "wrong": [
            ("There is no q1 yet", "nothing = 1"),
            ("q1_proof is still blank", settle(proof="...")),
            ("for a proof of its reason", settle(proof='"A"')),
            ("Look whether the record fits both", settle(proof='"B"')),
            ("neither luck nor skill", settle(proof='"C"')),
            ("a claim of its own", settle(proof='"E"')),
            ("Choose one", settle(proof='"AD"')),
            ("still has a blank", 'q1 = ["M", "D", ..., "M", "R"]'),
            ("Five are asked for", 'q1 = ["M", "D", "R"]'),
            ("Use the letters", 'q1 = ["M", "D", "R", "X", "R"]'),
            ("Use the letters", "q1 = [1, 2, 3, 4, 5]"),
            ("has no order", "q1 = {'M', 'D', 'R'}"),
            ("Letters in quotation marks", "q1 = 5"),
            ("Forecast 1 is something else", 'q1 = "RDRMR"'),
            ("Forecast 2 is something else", 'q1 = "MRRMR"'),
            ("Forecast 3 is something else", 'q1 = "MDDMR"'),
            ("Forecast 4 is something else", 'q1 = "MDRRR"'),
            ("Forecast 5 is something else", 'q1 = "MDRMM"'),
        ],
    },
    "q2_order": {
        "right": [
            'q2 = ["C", "E", "B", "D", "A"]',
            'q2 = ("C", "B", "E", "D", "A")',
            'q2 = "c e b d a"',
            'q2 = pd.Series(list("CBEDA"))',
            'q2 = pd.Series(list("CEBDA")).to_numpy()',
        ],
        "wrong": [
            ("There is no q2 yet", "nothing = 1"),
            ("This order does not hold", 'q2 = "CDEBA"'),
            ("This order does not hold", 'q2 = "ECBDA"'),
            ("each of A, B, C, D, E once", 'q2 = "CEBD"'),
            ("Use the letters", "q2 = [3, 5, 2, 4, 1]"),
        ],
    },
    "q3_start": {
        "right": [
            start("s.fillna(50)"),
            start("tuple(s.fillna(50))"),
            start("s.fillna(50).to_numpy()"),
            start("[n if n == n else 50 for n in s]"),
            "def start_from(yes, cases):\n    result = []\n    for y, n in zip(yes, cases):\n"
            "        result.append((y + 1) / (n + 2) * 100 if n > 0 else 50)\n    return result",
            "def start_from(yes, cases):\n"
            "    return (yes.fillna(0) + 1) / (cases.fillna(0) + 2) * 100",
        ],
        "wrong": [
            ("There is no start_from yet", "nothing = 1"),
            ("is still blank", "def start_from(yes, cases):\n    return ..."),
            (
                "still has a blank",
                "def start_from(yes, cases):\n    smoothed = ...\n    return smoothed * 100",
            ),
            ("gives nothing back", "def start_from(yes, cases):\n    print(yes / cases)"),
            ("Python says: AttributeError", start("s.fill(50)")),
            ("A list is asked for", start("50")),
            ("for four rows", start("s.dropna()")),
            ("leaves the row without cases empty", start("s")),
            ("One number is asked for", start("[str(n) for n in s.fillna(50)]")),
            ("makes never out of 0 of 3", start("raw.fillna(50)")),
            ("shares of one", start("(s / 100).fillna(0.5)")),
            ("shares of one", start("(s / 100).fillna(50)")),
            ("What is not known is not never", start("s.fillna(0)")),
            ("another number than 50", start("s.fillna(s.mean())")),
            ("adds one case only", start("((yes + 1) / (cases + 1) * 100).fillna(50)")),
            ("start_from rounds", start("s.fillna(50).round()")),
            ("start_from rounds", start("s.fillna(50).round(1)")),
            ("start_from rounds", start("s.fillna(50).round(2)")),
            ("in row 4 of our small table", start("s.fillna(50).clip(upper=80)")),
            ("in row 1 of our small table", start("((yes + 2) / (cases + 4) * 100).fillna(50)")),
            ("does not fit other columns", start("[100 / 3, 50, 20, 250 / 3]")),
            ("does not fit other columns", start("[100 / 3, 50, 20, 250 / 3][: len(s)]")),
        ],
    },
    "q4_brier": {
        "right": [
            brier("(gap ** 2).mean()"),
            brier("sum(gap * gap) / len(gap)"),
            brier("float((gap ** 2).mean())"),
            "import numpy as np\n" + brier("np.mean(np.square(gap))"),
            "from fractions import Fraction\n"
            + brier("sum(Fraction(str(g)) ** 2 for g in gap.round(9)) / len(gap)"),
        ],
        "wrong": [
            ("There is no brier yet", "nothing = 1"),
            ("is still blank", brier("...")),
            ("gives nothing back", brier("print((gap ** 2).mean())")),
            ("Python says: AttributeError", brier("(gap ** 2).average()")),
            ("One number is asked for", brier("gap ** 2")),
            ("One number is asked for", brier("str((gap ** 2).mean())")),
            ("too much and too little cancel out", brier("gap.mean()")),
            ("without squaring it", brier("gap.abs().mean()")),
            ("adds the squares up", brier("(gap ** 2).sum()")),
            ("takes a square root", brier("(gap ** 2).mean() ** 0.5")),
            ("squares the mean", brier("gap.mean() ** 2")),
            ("brier rounds", brier("round((gap ** 2).mean(), 1)")),
            ("brier rounds", brier("round((gap ** 2).mean() + 1e-9, 2)")),
            ("another number for our three", brier("(gap ** 2).median()")),
            ("another number for our three", brier("((gap * 100) ** 2).mean()")),
            ("does not fit other columns", brier("0.105")),
        ],
    },
    "q5_bug": {
        "right": [
            score(SETTLED),
            score("table[table['status'].isin(['yes', 'no'])]"),
            score("table.query(\"status != 'open'\")", "'Open'"),
            "def score_of(table):\n    squares = []\n"
            "    for said, status in zip(table['said'], table['status']):\n"
            "        if status != 'open':\n"
            "            squares.append((said / 100 - (status == 'yes')) ** 2)\n"
            "    return sum(squares) / len(squares) if squares else 'open'",
            "import numpy as np\n"
            + score(SETTLED).replace("(gap ** 2).mean()", "np.mean(gap ** 2)"),
        ],
        "wrong": [
            ("There is no score_of yet", "nothing = 1"),
            ("is still blank", "def score_of(table):\n    return ..."),
            ("gives nothing back", "def score_of(table):\n    print(table)"),
            ("Python says: KeyError", score("table[table['state'] != 'open']")),
            ("as it did when you got it", score("table")),
            (
                "counts an open row as a yes",
                "def score_of(table):\n    gap = table['said'] / 100 - (table['status'] != 'no')\n"
                "    return (gap ** 2).mean()",
            ),
            (
                "divides by all rows",
                score(SETTLED).replace("(gap ** 2).mean()", "(gap ** 2).sum() / len(table)"),
            ),
            (
                "a text although three rows are settled",
                "def score_of(table):\n    if (table['status'] == 'open').any():\n"
                "        return 'open'\n"
                "    return ((table['said'] / 100 - (table['status'] == 'yes')) ** 2).mean()",
            ),
            ("leaves out more than the open rows", score("table[table['status'] == 'yes']")),
            ("leaves out more than the open rows", score("table[table['status'] == 'no']")),
            ("another number for our small table", score(SETTLED).replace("** 2", "** 4")),
            ("One number is asked for", score(SETTLED).replace(".mean()", "")),
            ("zero, a perfect score", score(SETTLED, "0")),
            ("the text open where nothing is settled", score(SETTLED, "float('nan')")),
            ("the text open where nothing is settled", score(SETTLED, "'none'")),
            (
                "does not fit other tables",
                "def score_of(table):\n    return 'open' if len(table) == 2 else 0.14",
            ),
        ],
    },
    "q6_years": {
        "right": [
            changes(RIGHT_CHANGE),
            changes(f"({RIGHT_CHANGE}).to_dict()"),
            changes("(last - before) / before * 100"),
            "def changes_to(values, end):\n    result = {}\n    for year in values.index:\n"
            "        if year < end and values[year] > 0:\n"
            "            result[year] = (values[end] / values[year] - 1) * 100\n    return result",
            "def changes_to(values, end):\n    before = values.loc[: end - 1].dropna()\n"
            "    return dict(zip(before.index, ((values[end] / before - 1) * 100).to_numpy()))",
        ],
        "wrong": [
            ("There is no changes_to yet", "nothing = 1"),
            ("is still blank", "def changes_to(values, end):\n    result = ...\n    return result"),
            ("gives nothing back", changes(f"print({RIGHT_CHANGE})")),
            ("uses a name that does not exist", "changes_to = lambda values, end: last"),
            ("A Series or a dictionary", changes(f"list({RIGHT_CHANGE})")),
            ("holds the end year", changes(RIGHT_CHANGE, "values[values.index <= end].dropna()")),
            (
                "holds a year after the end year",
                changes(RIGHT_CHANGE, "values[values.index != end].dropna()"),
            ),
            ("whose value is empty", changes(RIGHT_CHANGE, "values[values.index < end]")),
            (
                "other years than those before",
                changes(f"dict(enumerate({RIGHT_CHANGE}))"),
            ),
            (
                "leaves out a year before",
                changes(RIGHT_CHANGE, "values[values.index == end - 3]"),
            ),
            ("A change is", changes("{y: str(c) for y, c in (last / before).items()}")),
            ("in per cent of the first", changes("last / before * 100")),
            ("shares of one", changes("last / before - 1")),
            ("goes backwards", changes("(before / last - 1) * 100")),
            ("goes backwards", changes("(before - last) / before * 100")),
            ("divides by the later value", changes("(last - before) / last * 100")),
            ("Keep the sign", changes("((last / before - 1) * 100).abs()")),
            ("gives differences", changes("last - before")),
            (
                "other changes for our small Series",
                changes("(values.dropna().iloc[-1] / before - 1) * 100"),
            ),
            ("other changes for our small Series", changes("(last / before - 1) * 200")),
            (
                "does not fit other values",
                "def changes_to(values, end):\n    return {2011: 25.0, 2012: -50.0}",
            ),
            (
                "when it works on deaths",
                changes(RIGHT_CHANGE, "values[values.index < end].iloc[:2]"),
            ),
            ("Do not round", changes(f"({RIGHT_CHANGE}).round()")),
        ],
    },
    "q7_curve": {
        "right": ['q7 = "A"', "q7 = 'a'", 'q7 = ["A"]', 'q7 = pd.Series(["A"])'],
        "wrong": [
            ("There is no q7 yet", "nothing = 1"),
            ("do not reach the grey line", 'q7 = "B"'),
            ("Look on which side they lie", 'q7 = "C"'),
            ("how far chance may move it", 'q7 = "D"'),
            ("compares what was said", 'q7 = "E"'),
            ("Choose one", 'q7 = "AB"'),
            ("Use the letters", "q7 = 'F'"),
        ],
    },
}
