"""Right and wrong answers for exercise 01."""

LAYER = "def of_layer(table, layer):\n    "
VOICES = "def count_voices(table, layer):\n    chosen = table[table['layer'] == layer]\n    return "
AGREE = "def agreement(first, second):\n    "
KAPPA = "def kappa(agreed, chance):\n    return "

BANK = {
    "q1_layer": {
        "right": [
            LAYER + "same = table['layer'] == layer\n    return table[same]",
            LAYER + "return table.query('layer == @layer').reset_index(drop=True)",
            "of_layer = lambda t, which: t.loc[t.layer.eq(which), :]",
            LAYER + "rows = [row for _, row in table.iterrows() if row['layer'] == layer]\n"
            "    return pd.DataFrame(rows)",
        ],
        "wrong": [
            ("stops with KeyError", LAYER + "return table[table['layers'] == layer]"),
            ("nothing back yet", LAYER + "table[table['layer'] == layer]"),
            ("gives back a number", LAYER + "return (table['layer'] == layer).sum()"),
            ("the filter itself", LAYER + "return table['layer'] == layer"),
            (
                "gives back a Series",
                LAYER + "return table[table['layer'] == layer]['statement_id']",
            ),
            ("gives back a str", LAYER + "return 'reading'"),
            (
                "lacks columns",
                LAYER + "return table[table['layer'] == layer][['layer']]",
            ),
            ("keeps every row", LAYER + "return table"),
            ("all other layers", LAYER + "return table[table['layer'] != layer]"),
            (
                "another order",
                LAYER + "return table[table['layer'] == layer].iloc[::-1]",
            ),
            ("other rows", LAYER + "return table.head(3)"),
            ("other rows", LAYER + "return table.where(table['layer'] == layer)"),
            (
                "does not follow",
                LAYER + "return table[table['layer'] == 'reading']",
            ),
            (
                "whole table",
                LAYER + "table = table.head(7)\n    return table[table['layer'] == layer]",
            ),
            (
                "for another layer",
                LAYER + "if layer != 'reading':\n        raise ValueError(layer)\n"
                "    return table[table['layer'] == layer]",
            ),
        ],
    },
    "q2_voices": {
        "right": [
            VOICES + "chosen['voice'].value_counts()",
            VOICES + "chosen.groupby('voice').size()",
            VOICES + "chosen[['voice']].value_counts()",
            "def count_voices(table, layer):\n"
            "    return pd.crosstab(table['layer'], table['voice']).loc[layer]",
            "def count_voices(table, layer):\n    counts = {}\n"
            "    for a, voice in zip(table['layer'], table['voice']):\n"
            "        if a == layer:\n            counts[voice] = counts.get(voice, 0) + 1\n"
            "    return counts",
        ],
        "wrong": [
            ("stops with KeyError", VOICES + "chosen['voices'].value_counts()"),
            ("nothing back yet", VOICES + "None"),
            ("a whole table", VOICES + "chosen"),
            ("a whole table", VOICES + "pd.crosstab(chosen['layer'], chosen['voice'])"),
            ("gives back a int", VOICES + "len(chosen)"),
            ("other than a number", VOICES + "chosen['voice']"),
            ("other than a number", VOICES + "{'editorial': float('nan')}"),
            ("(M11)", VOICES + "{'editorial': len(chosen)}"),
            (
                "(M11)",
                VOICES + "chosen['voice'].str.split(' and ').str[0].value_counts()",
            ),
            (
                "counts layers",
                "def count_voices(table, layer):\n    return table['layer'].value_counts()",
            ),
            (
                "of all layers",
                "def count_voices(table, layer):\n    return table['voice'].value_counts()",
            ),
            ("gives shares", VOICES + "chosen['voice'].value_counts(normalize=True)"),
            ("other counts", VOICES + "chosen['voice'].value_counts().head(2)"),
            (
                "does not follow",
                "def count_voices(table, layer):\n"
                "    return table[table['layer'] == 'forecast']['voice'].value_counts()",
            ),
            (
                "whole table",
                "def count_voices(table, layer):\n    table = table.head(9)\n"
                "    return table[table['layer'] == layer]['voice'].value_counts()",
            ),
            (
                "for another layer",
                VOICES + "{'forecast': chosen['voice'].value_counts()}[layer]",
            ),
        ],
    },
    "q3_quote": {
        "right": ['q3 = "C"', "q3 = 'c'", 'q3 = " C "'],
        "wrong": [
            ("(M11)", 'q3 = "A"'),
            ("(M11)", 'q3 = "B"'),
            ("wanted", 'q3 = "D"'),
            ("missing name", 'q3 = "E"'),
            ("one letter", "q3 = 3"),
            ("one letter", 'q3 = "F"'),
        ],
    },
    "q4_source": {
        "right": [
            'q4 = ["speaker", "speaker", "record", "echo", "echo"]',
            'q4 = ("Speaker", "Speaker", "Record", "Echo", "Echo ")',
            'q4 = pd.Series(["speaker"] * 2 + ["record"] + ["echo"] * 2)',
            'import numpy as np\nq4 = np.array(["speaker", "speaker", "record", "echo", "echo"])',
        ],
        "wrong": [
            ("q4 is a str", 'q4 = "speaker"'),
            ("q4 is a float", "q4 = float('nan')"),
            ("holds 3 words", 'q4 = ["speaker", "record", "echo"]'),
            ("another word", 'q4 = ["speaker", "speaker", "records", "echo", "echo"]'),
            ("another word", 'q4 = ["speaker", "speaker", ..., "echo", "echo"]'),
            ("(M16)", 'q4 = ["record", "speaker", "record", "echo", "echo"]'),
            ("(M16)", 'q4 = ["speaker", "record", "record", "echo", "echo"]'),
            ("(M16)", 'q4 = ["speaker", "speaker", "record", "record", "echo"]'),
            ("(M16)", 'q4 = ["speaker", "speaker", "record", "echo", "record"]'),
            ("settle nothing", 'q4 = ["speaker", "speaker", "echo", "echo", "echo"]'),
            ("speak of trade", 'q4 = ["speaker", "echo", "record", "echo", "echo"]'),
            ("stands behind", 'q4 = ["speaker", "speaker", "record", "echo", "speaker"]'),
        ],
    },
    "q5_order": {
        "right": [
            'q5 = ["B", "E", "C", "F", "A", "D"]',
            'q5 = ("b", "e", "c", "f", "a", "d")',
            'q5 = "BECFAD"',
            'q5 = pd.Series(list("BECFAD"))',
        ],
        "wrong": [
            ("a list of six letters", "q5 = 6"),
            ("each of the six", 'q5 = ["B", "E", "C", "F", "A"]'),
            ("each of the six", "q5 = [1, 2, 3, 4, 5, 6]"),
            ("clear what is to be checked", 'q5 = list("EBCFAD")'),
            ("end with the judgement", 'q5 = list("BECFDA")'),
            ("still on the page", 'q5 = list("BCEFAD")'),
            ("begin its questions", 'q5 = list("BEFCAD")'),
            ("turns to others", 'q5 = list("BECAFD")'),
        ],
    },
    "q6_agreement": {
        "right": [
            AGREE + "return (first == second).mean()",
            AGREE + "same = [a == b for a, b in zip(first, second)]\n"
            "    return sum(same) / len(same)",
            AGREE + "count = 0\n    for i in range(len(first)):\n"
            "        if first.iloc[i] == second.iloc[i]:\n            count = count + 1\n"
            "    return count / len(first)",
            "import numpy as np\ndef agreement(a, b):\n"
            "    return np.mean(np.array(a) == np.array(b))",
        ],
        "wrong": [
            ("stops with TypeError", AGREE + "return first.mean()"),
            ("nothing back yet", AGREE + "(first == second).mean()"),
            ("for each row", AGREE + "return first == second"),
            ("as a whole", AGREE + "return list(first) == list(second)"),
            ("gives back a str", AGREE + "return '0.6'"),
            ("gives NaN", AGREE + "return first[first == 'none'].eq('none').mean()"),
            ("how many rows", AGREE + "return (first == second).sum()"),
            ("gives per cent", AGREE + "return (first == second).mean() * 100"),
            ("that differ", AGREE + "return (first != second).mean()"),
            (
                "Cohen's kappa",
                AGREE + "agreed = (first == second).mean()\n    chance = 0\n"
                "    for label in set(first):\n"
                "        chance += (first == label).mean() * (second == label).mean()\n"
                "    return (agreed - chance) / (1 - chance)",
            ),
            (
                "always agree",
                AGREE + "return (first.value_counts() == second.value_counts()).mean()",
            ),
            ("another number", AGREE + "return (first == second).sum() / 23"),
            ("never agree", AGREE + "return 0.6"),
            ("fit the two readers", AGREE + "return (first == second).sum() / 5"),
            ("fit the two readers", AGREE + "return round((first == second).mean(), 2)"),
            (
                "for other labels",
                AGREE + "return (first == second).value_counts()[True] / len(first)",
            ),
        ],
    },
    "q7_kappa": {
        "right": [
            KAPPA + "(agreed - chance) / (1 - chance)",
            "kappa = lambda agreed, chance: 1 - (1 - agreed) / (1 - chance)",
            "def kappa(a, c):\n    beyond = a - c\n    possible = 1 - c\n"
            "    return beyond / possible",
            "import numpy as np\ndef kappa(a, c):\n    return np.divide(a - c, 1 - c)",
        ],
        "wrong": [
            ("stops with TypeError", KAPPA + "(agreed - chance)(1 - chance)"),
            ("nothing back yet", KAPPA + "None"),
            ("gives back a str", KAPPA + "'0.5'"),
            ("gives NaN", KAPPA + "float('nan')"),
            ("agreement itself", KAPPA + "agreed"),
            ("not yet divided", KAPPA + "agreed - chance"),
            ("by the chance agreement", KAPPA + "(agreed - chance) / chance"),
            ("divides by the agreement", KAPPA + "(agreed - chance) / agreed"),
            ("chance agreement itself", KAPPA + "chance"),
            ("below the line alone", KAPPA + "agreed / (1 - chance)"),
            ("above zero", KAPPA + "(agreed - chance) / 1 - chance"),
            ("above zero", KAPPA + "(chance - agreed) / (1 - chance)"),
            ("another number", KAPPA + "(agreed - chance) / (1 - chance) * 100"),
            ("less often", KAPPA + "abs(agreed - chance) / (1 - chance)"),
            ("less often", KAPPA + "0.5"),
            ("other shares", KAPPA + "round((agreed - chance) / (1 - chance), 2)"),
            ("for other shares", KAPPA + "{0.8: 0.5}[agreed]"),
        ],
    },
}
