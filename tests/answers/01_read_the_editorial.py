"""Right and wrong answers for exercise 01."""

ROWS = "def rows_of(table, layer, voice):\n    return "
GAPS = """def rows_of(table, layer, voice):
    is_layer = {}
    kept = {}
    return kept"""
BOTH = '(table["layer"] == layer) & (table["voice"] == voice)'
COUNTS = "def counts_of(table, column):\n    return "
LATER = "def later_forecasts(table, paragraph):\n    return "
RIGHT_LATER = 'table[(table["layer"] == "forecast") & (table["paragraph"] > paragraph)]'
SHARE = "def agreement(first, second):\n    "
SAME = "sum(a == b for a, b in zip(first, second))"


def labels(layers='["O", "W", "F", "R", "O", "F"]', proof='"B"'):
    return f"q5 = {layers}\nq5_proof = {proof}"


def voices(who='["P", "N", "U", "P", "N"]', sure='["S", "L", "M", "C", "S"]'):
    return f"q6_voices = {who}\nq6_hedges = {sure}"


BANK = {
    "q1_lines": {
        "right": [
            'q1 = ["D", "B", "E", "C", "A"]',
            'q1 = ["D", "E", "B", "C", "A"]',
            'q1 = ("d", "b", "e", "c", "a")',
            'q1 = "D, B, E, C, A"',
            'q1 = pd.Series(list("DEBCA"))',
            'import numpy as np\nq1 = np.array(["D", "B", "E", "C", "A"])',
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", "q1 = ..."),
            ("still has a blank in it", 'q1 = ["D", ..., "E", "C", "A"]'),
            ("has no order", 'q1 = {"D", "B", "E", "C", "A"}'),
            ("Letters in quotation marks", "q1 = 4"),
            ("A list is asked for", "q1 = None"),
            ("Use the letters", 'q1 = ["D", "B", "E", "C", "F"]'),
            ("should hold each of", 'q1 = ["D", "B", "C", "A"]'),
            ("A name has to be made", 'q1 = ["D", "C", "B", "E", "A"]'),
            ("A name has to be made", 'q1 = ["B", "E", "D", "C", "A"]'),
            ("A name has to be made", 'q1 = ["D", "B", "E", "A", "C"]'),
        ],
    },
    "q2_voice": {
        "right": [
            ROWS + f"table[{BOTH}]",
            GAPS.format('table["layer"] == layer', 'table[is_layer & (table["voice"] == voice)]'),
            ROWS + f"table.loc[{BOTH}]",
            ROWS + 'table[table["layer"] == layer][table["voice"] == voice]',
            ROWS + "table[(table.layer == layer) & table.voice.isin([voice])].copy()",
            ROWS + 'table.query("layer == @layer and voice == @voice")',
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("not a function", "rows_of = 5"),
            ("still blank", GAPS.format("...", "...")),
            ("still has a blank in it", GAPS.format("... + 1", "...")),
            (
                "gives nothing back",
                f"def rows_of(table, layer, voice):\n    print(table[{BOTH}])",
            ),
            ("Python says", ROWS + 'table[table["layer"] == layer & table["voice"] == voice]'),
            ("uses a name that does not exist", ROWS + "tabel[layer]"),
            ("finds no row", ROWS + 'table[(table["layer"] == layer) & (table["voice"] == layer)]'),
            (
                "finds no row",
                GAPS.format('table["layer"] == layer', 'table[is_layer & table["voice"] == voice]'),
            ),
            ("gives back a Series. Give back rows", ROWS + BOTH),
            ("gives back a whole number. Give back rows", ROWS + f"len(table[{BOTH}])"),
            ("gives back a Series. Give back rows", ROWS + f'table[{BOTH}]["id"]'),
            ("does not keep all columns", ROWS + f'table[{BOTH}][["id"]]'),
            (
                "same rows for two voices",
                ROWS + 'table[(table["layer"] == layer) & (table["voice"] == "paper")]',
            ),
            ("same rows for two voices", ROWS + 'table[table["layer"] == layer]'),
            (
                "same rows for two tables",
                ROWS + f"statements[{BOTH.replace('table', 'statements')}]",
            ),
            (
                "one condition is true",
                ROWS + 'table[(table["layer"] == layer) | (table["voice"] == voice)]',
            ),
            (
                "keeps other rows",
                ROWS + 'table[(table["layer"] != layer) & (table["voice"] == voice)]',
            ),
            ("keeps other rows", ROWS + 'table[table["voice"] == voice]'),
            ("changes the order", ROWS + f"table[{BOTH}][::-1]"),
            (
                "something else than an empty table",
                ROWS + f'table[{BOTH}] if len(table[{BOTH}]) else "none"',
            ),
            (
                "other rows of the editorial's table",
                ROWS + 'table[(table["layer"] == layer) & (table["voice"] == voice)].head(2)',
            ),
            (
                "other rows of the editorial's table",
                ROWS + f'table[{BOTH} & (table["layer"] != "forecast")]',
            ),
        ],
    },
    "q3_groups": {
        "right": [
            COUNTS + "table[column].value_counts()",
            COUNTS[:-7] + "result = table[column].value_counts()\n    return result",
            COUNTS + "table.groupby(column).size().sort_values(ascending=False)",
            COUNTS + "table[column].value_counts().to_dict()",
            "from collections import Counter\n"
            + COUNTS
            + "dict(Counter(table[column]).most_common())",
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", "def counts_of(table, column):\n    result = ...\n    return result"),
            (
                "gives nothing back",
                "def counts_of(table, column):\n    print(table[column].value_counts())",
            ),
            ("Python says", COUNTS + "table.column.value_counts()"),
            ("without a label for each count", COUNTS + "len(table)"),
            ("without a label for each count", COUNTS + "list(table[column].value_counts())"),
            ("same for two columns", COUNTS + 'table["kind"].value_counts()'),
            ("same for two tables", COUNTS + 'statements["layer"].value_counts()'),
            ("same for two columns", COUNTS + "table.value_counts()"),
            ("once as a label", COUNTS + "table[column]"),
            ("gives shares", COUNTS + "table[column].value_counts(normalize=True)"),
            ("other numbers for six trees", COUNTS + "table[column].value_counts() + 1"),
            (
                "most frequent",
                COUNTS + "table[column].value_counts(ascending=True)",
            ),
            ("most frequent", COUNTS + "table.groupby(column).size()"),
            (
                "does not fit a column of the editorial",
                COUNTS + "table[column].value_counts().head(3)",
            ),
        ],
    },
    "q4_bug": {
        "right": [
            LATER + RIGHT_LATER,
            LATER + 'table[(table["paragraph"] > paragraph) & (table["layer"] == "forecast")]',
            LATER + 'table[(table["layer"] == "forecast") & (table["paragraph"] >= paragraph + 1)]',
            "def later_forecasts(table, paragraph):\n"
            '    later = table[table["paragraph"] > paragraph]\n'
            '    return later[later["layer"] == "forecast"]',
            LATER + "table.query('layer == \"forecast\" and paragraph > @paragraph')",
        ],
        "wrong": [
            (
                "finds no row",
                LATER + 'table[(table["layer"] == "forecasts") & (table["paragraph"] > paragraph)]',
            ),
            (
                "finds no row",
                LATER + 'table[(table["layer"] == "forecast") & table["paragraph"] > paragraph]',
            ),
            ("Run the answer cell above this check", "pass"),
            ("still blank", LATER + "..."),
            (
                "Python says",
                LATER + 'table[table["layer"] == "forecast" & table["paragraph"] >= paragraph]',
            ),
            ("gives back a Series. Give back rows", LATER + RIGHT_LATER[6:-1]),
            ("does not keep all columns", LATER + RIGHT_LATER + '[["id"]]'),
            (
                "same rows after two paragraphs",
                LATER + 'table[(table["layer"] == "forecast") & (table["paragraph"] > 2)]',
            ),
            ("same rows for two tables", LATER + RIGHT_LATER.replace("table", "statements")),
            (
                "keeps the given paragraph itself",
                LATER + 'table[(table["layer"] == "forecast") & (table["paragraph"] >= paragraph)]',
            ),
            ("keeps a wish", LATER + 'table[table["paragraph"] > paragraph]'),
            (
                "keeps a wish",
                LATER + 'table[(table["layer"] == "forecast") | (table["paragraph"] > paragraph)]',
            ),
            (
                "keeps other rows",
                LATER + 'table[(table["layer"] == "forecast") & (table["paragraph"] < paragraph)]',
            ),
            (
                "keeps the given paragraph itself",
                LATER + 'table[(table["layer"] == "forecast") & (table["paragraph"] == paragraph)]',
            ),
            (
                "keeps other rows",
                LATER + 'table[(table["layer"] == "forecast") & (table["paragraph"] != paragraph)]',
            ),
            ("changes the order", LATER + RIGHT_LATER + "[::-1]"),
            (
                "other rows of the editorial's table",
                LATER + RIGHT_LATER + ".head(2)",
            ),
        ],
    },
    "q5_layers": {
        "right": [
            labels(),
            labels('("o", "w", "f", "r", "o", "f")', '"b"'),
            labels('"OWFROF"', '["B"]'),
            labels('"OWFROF"', '("b",)'),
            labels('pd.Series(["O", "W", "F", "R", "O", "F"])'),
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("q5 is still blank", labels("...")),
            ("Use the letters", labels('["on record"] * 6')),
            ("q5 holds 5 letters", labels('"OWFRO"')),
            ("about what is to come a reading", labels('"OWFROR"')),
            ("about what is to come a reading", labels('"OWRROF"')),
            ("can be looked up", labels('"OWFRRF"')),
            ("can be looked up", labels('"OWFRFF"')),
            ("what could settle it", labels('"RWFROF"')),
            ("what could settle it", labels('"OFFROF"')),
            ("q5_proof is still blank", labels(proof="...")),
            ("fame of a source", labels(proof='"A"')),
            ("counts echoes", labels(proof='"C"')),
            ("trusts a person", labels(proof='"D"')),
        ],
    },
    "q6_voices": {
        "right": [
            voices(),
            voices('"PNUPN"', '"SLMCS"'),
            voices('("p", "n", "u", "p", "n")', '("s", "l", "m", "c", "s")'),
            voices('pd.Series(list("PNUPN"))', '["S", "L", "M", "C", "S"]'),
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("q6_voices is still blank", voices("...")),
            ("q6_hedges is still blank", voices(sure="...")),
            ("Use the letters", voices('["paper"] * 5')),
            ("one for each of the five sentences", voices('"PNUP"')),
            ("one for each of the five sentences", voices(sure='"SLMC"')),
            ("only reports of others", voices('"PNUPP"')),
            ("only reports of others", voices('"PPUPN"')),
            ("behind what is only talk", voices('"PNNPN"')),
            ("behind what is only talk", voices('"PNPPN"')),
            ("words that name a speaker", voices('"NNUPN"')),
            ("words that name a speaker", voices('"PUUPU"')),
            ("misses a condition", voices(sure='"SLMSS"')),
            ("mixes up likely and possible", voices(sure='"SLLCS"')),
            ("mixes up likely and possible", voices(sure='"SMMCS"')),
            ("however bold it is", voices(sure='"LLMCS"')),
            ("however bold it is", voices(sure='"SLMCM"')),
        ],
    },
    "q7_agreement": {
        "right": [
            SHARE + f"return {SAME} / len(first)",
            SHARE
            + "same = [a == b for a, b in zip(first, second)]\n    return sum(same) / len(same)",
            SHARE + "return (pd.Series(list(first)) == pd.Series(list(second))).mean()",
            "import numpy as np\n"
            + SHARE
            + "return np.mean([a == b for a, b in zip(first, second)])",
            "from fractions import Fraction\n" + SHARE + f"return Fraction({SAME}, len(first))",
            SHARE
            + "count = 0\n    for place, label in enumerate(first):\n"
            + "        if label == list(second)[place]:\n            count = count + 1\n"
            + "    return count / len(first)",
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", SHARE + "return ..."),
            ("gives nothing back", SHARE + f"print({SAME} / len(first))"),
            ("Python says", SHARE + "return (first == second).mean()"),
            ("One number is asked for", SHARE + "return first == second"),
            ("One number is asked for", SHARE + "return [a == b for a, b in zip(first, second)]"),
            ("how many labels are the same", SHARE + f"return {SAME}"),
            ("gives per cent", SHARE + f"return {SAME} / len(first) * 100"),
            ("on which the readers differ", SHARE + f"return 1 - {SAME} / len(first)"),
            ("same number for two pairs", SHARE + "return 0.5"),
            ("same number for two pairs", SHARE + "return 4 / 7"),
            ("is rounded", SHARE + f"return round({SAME} / len(first), 2)"),
            (
                "not 0 for two readers who never agree",
                SHARE + "return sum(a in list(second) for a in first) / len(first)",
            ),
            (
                "not 0 for two readers who never agree",
                SHARE + f"return (sorted(first) == sorted(second)) / 1 or {SAME} / len(first)",
            ),
            ("another number for seven sentences", SHARE + f"return {SAME} / (len(first) + 1)"),
            (
                "but not columns of a table",
                SHARE + f"share = {SAME} / len(first)\n"
                "    return share if isinstance(first, list) else 0",
            ),
            ("lists of another length", SHARE + f"return {SAME} / (7 if len(first) > 2 else 2)"),
        ],
    },
}
