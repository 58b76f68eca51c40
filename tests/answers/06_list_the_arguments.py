"""Right and wrong answers for exercise 06."""

SUPPORT = "def lose_support(table, fallen):\n    "
WALK = """reasons = table[table["relation"] == "supports"]
    weaker = [fallen]
    for reason in weaker:
        for claim in reasons.loc[reasons["from"] == reason, "to"]:
            if claim not in weaker:
                weaker.append(claim)
    return """
GAPS = """reasons = table[table["relation"] == "supports"]
    weaker = [fallen]
    for reason in weaker:
        claims = {}
        for claim in claims:
            if claim not in weaker:
                {}
    return weaker[1:]"""
PLACE = "def without_place(table, sentences):\n    "
PLACED = 'placed = list(table["from"]) + list(table["to"])\n    return '

LINES = {
    "T5": "T5 close Mill Street on Sundays",
    "T2": "  + T2 mostly people on foot",
    "T1": "    + T1 the count of May",
    "T4": "  + T4 somebody will be hurt",
    "T3": "    + T3 a narrow pavement",
    "T6": "  - T6 customers would stay away",
    "T7": "    - T7 the car park is half empty",
    "T8": "  - T8 a longer way for the bus",
}


def letter(more="", **changed):
    """Code for a list with some lines changed, or (None) left out, and others added."""
    lines = [line for line in {**LINES, **changed}.values() if line]
    return 'my_list = """\n' + "\n".join(lines) + "\n" + more + '"""'


def premise(unsaid='"D"', falls='"C"'):
    return f"q6 = {unsaid}\nq6_falls = {falls}"


BANK = {
    "q1_lines": {
        "right": [
            'q1 = ["B", "D", "F", "C", "E", "A"]',
            'q1 = ("b", "d", "f", "c", "e", "a")',
            'q1 = "B, D, F, C, E, A"',
            'q1 = pd.Series(list("BDFCEA"))',
            'import numpy as np\nq1 = np.array(["B", "D", "F", "C", "E", "A"])',
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", "q1 = ..."),
            ("still has a blank in it", 'q1 = ["B", ..., "F", "C", "E", "A"]'),
            ("has no order", 'q1 = {"B", "D", "F", "C", "E", "A"}'),
            ("q1 is a whole number", "q1 = 5"),
            ("Use the letters", 'q1 = ["B", "D", "F", "C", "E", "G"]'),
            ("should hold each of", 'q1 = ["B", "D", "F", "C", "E"]'),
            ("Begin with the line", 'q1 = ["D", "B", "F", "C", "E", "A"]'),
            ("Begin with the line", 'q1 = ["B", "D", "C", "F", "E", "A"]'),
            ("Begin with the line", 'q1 = ["B", "F", "D", "C", "E", "A"]'),
        ],
    },
    "q2_support": {
        "right": [
            SUPPORT + WALK + "weaker[1:]",
            SUPPORT + WALK + "tuple(weaker[1:])",
            SUPPORT + WALK + "pd.Series(weaker[1:], dtype=object)",
            SUPPORT
            + GAPS.format('reasons[reasons["from"] == reason]["to"].unique()', "weaker += [claim]"),
            "import numpy as np\n" + SUPPORT + WALK + "np.array(weaker[1:])",
            "def lose_support(table, fallen):\n"
            "    found = set()\n"
            "    def up(reason):\n"
            "        rows = table[(table['from'] == reason) & (table.relation == 'supports')]\n"
            "        for claim in rows['to']:\n"
            "            found.add(claim)\n"
            "            up(claim)\n"
            "    up(fallen)\n"
            "    return sorted(found)",
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", SUPPORT + "return ..."),
            ("still blank", "lose_support = ..."),
            ("still has a blank in it", SUPPORT + GAPS.format("...", "weaker.append(claim)")),
            (
                "empty list",
                SUPPORT + GAPS.format('reasons.loc[reasons["from"] == reason, "to"]', "..."),
            ),
            ("gives nothing back", SUPPORT + WALK.replace("return ", "print(weaker)")),
            (
                "names of columns",
                SUPPORT + GAPS.format('reasons[reasons["from"] == reason]', "weaker.append(claim)"),
            ),
            ("claims of all rows", SUPPORT + GAPS.format('reasons["to"]', "weaker.append(claim)")),
            ("not a function", 'lose_support = ["C", "D", "E", "F"]'),
            ("has no order", SUPPORT + WALK + "set(weaker[1:])"),
            ("A list is asked for", SUPPORT + WALK + "len(weaker[1:])"),
            ("Python says: KeyError", SUPPORT + 'return list(table["claim"])'),
            ("a name that does not exist", SUPPORT + "return list(steps)"),
            (
                "two different reasons",
                SUPPORT + 'return list(table[table.relation == "supports"]["to"].unique())',
            ),
            (
                "two different tables",
                SUPPORT + 'return {"A": list("CDEF"), "D": ["F"], "X": []}[fallen]',
            ),
            ("the fallen reason itself", SUPPORT + WALK + "weaker"),
            (
                "Is each claim put at the end of weaker",
                SUPPORT
                + WALK.replace("weaker.append(claim)", "weaker.insert(0, claim)")
                + "weaker[1:]",
            ),
            (
                "with append",
                SUPPORT
                + WALK.replace("weaker.append(claim)", "weaker = weaker + [claim]")
                + "weaker[1:]",
            ),
            (
                "Something there is None",
                SUPPORT
                + WALK.replace("weaker.append(claim)", "weaker = weaker.append(claim)")
                + "weaker[1:]",
            ),
            (
                "Put the claim into it, not the reason",
                SUPPORT
                + WALK.replace(
                    "for reason in weaker:\n",
                    "for reason in weaker:\n        assert len(weaker) < 1000, (\n"
                    "            'The list grows without end. '\n"
                    "            'Put the claim into it, not the reason.')\n",
                ).replace("weaker.append(claim)", "weaker.append(reason)")
                + "weaker[1:]",
            ),
            (
                "takes an attack for a reason",
                SUPPORT
                + WALK.replace('table[table["relation"] == "supports"]', "table")
                + "weaker[1:]",
            ),
            (
                "takes an attack for a reason",
                SUPPORT
                + WALK.replace('table[table["relation"] == "supports"]', "table")
                + "[claim for claim in weaker[1:] if fallen != 'X']",
            ),
            (
                "names a claim twice",
                SUPPORT
                + WALK.replace("if claim not in weaker", "if True").replace("table[", "table[", 1)
                + "weaker[1:]",
            ),
            (
                "stops after one step",
                SUPPORT + 'rows = table[table["relation"] == "supports"]\n'
                '    return list(rows.loc[rows["from"] == fallen, "to"])',
            ),
            (
                "does not name the right claims",
                SUPPORT + 'rows = table[table["relation"] == "supports"]\n'
                '    near = list(rows.loc[rows["from"] == fallen, "to"])\n'
                '    return near + list(rows.loc[rows["from"].isin(near), "to"])',
            ),
            (
                "does not fit a long chain",
                SUPPORT + "weaker = [fallen]\n"
                "    for row in table.to_dict('records'):\n"
                "        if row['relation'] == 'supports' and row['from'] in weaker:\n"
                "            weaker += [row['to']] * (row['to'] not in weaker)\n"
                "    return weaker[1:]",
            ),
        ],
    },
    "q3_placed": {
        "right": [
            PLACE + PLACED + "[s for s in sentences if s not in placed]",
            PLACE + PLACED + "tuple(s for s in sentences if s not in placed)",
            PLACE + PLACED + "pd.Series([s for s in sentences if s not in placed], dtype=object)",
            "import numpy as np\n"
            + PLACE
            + PLACED
            + "np.array(sentences)[~np.isin(sentences, placed)]",
            PLACE
            + PLACED.replace("return ", "result = []\n    ")
            + "for s in sentences:\n        if s not in placed:\n            result.append(s)\n"
            "    return result",
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", PLACE + "return ..."),
            ("gives nothing back", PLACE + "print(table)"),
            ("has no order", PLACE + PLACED + "set(sentences) - set(placed)"),
            ("A list is asked for", PLACE + PLACED + "' '.join(s for s in sentences)"),
            (
                "Python says: KeyError",
                PLACE + "return [s for s in sentences if s in table['claim']]",
            ),
            (
                "finds nothing, though two",
                PLACE + PLACED + "[s for s in placed if s not in sentences]",
            ),
            ("two lists of sentences", PLACE + "return ['Z', 'D']"),
            (
                "two tables",
                PLACE + "return [s for s in sentences if s not in ['A', 'B', 'C']]",
            ),
            ("that have a place", PLACE + PLACED + "[s for s in sentences if s in placed]"),
            (
                "overlooks the claims",
                PLACE + "return [s for s in sentences if s not in list(table['from'])]",
            ),
            (
                "overlooks the reasons",
                PLACE + "return [s for s in sentences if s not in list(table['to'])]",
            ),
            (
                "does not name the right sentences",
                PLACE + PLACED + "[s for s in sentences if s not in placed][:1]",
            ),
            (
                "another order",
                PLACE + PLACED + "sorted(s for s in sentences if s not in placed)",
            ),
            (
                "although all have a place",
                PLACE + PLACED + "[s for s in sentences if s not in placed] or ['none']",
            ),
        ],
    },
    "q4_map": {
        "right": [
            letter(),
            letter(T7="    - T7: But the car park behind the church is half empty"),
            letter(more="  + [What is unsafe for walkers should be stopped]\n"),
            'my_list = """T5\n\t+ T4\n\t\t+ T3\n\t+ T2\n\t& [A street is for its users]\n'
            '\t\t+ T1\n\t- T8\n\t- T6\n\t\t- T7"""'.replace(
                "\n\t& [A street is for its users]\n\t\t+ T1",
                "\n\t\t+ T1\n\t& [A street is for its users]",
            ),
            "my_list = '''\nT5\n      + T2\n        + T1\n      & T4\n        + T3\n"
            "      – T6\n           − T7\n      – T8\n'''",
            "lines = ['T5', ' + T2', '  + T1', ' + T4', '  + T3', ' - T6', '  - T7', ' - T8']\n"
            "my_list = '\\n'.join(lines)",
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", "my_list = ..."),
            ("is no text", "my_list = ['T5', '+ T2']"),
            ("is no text", "my_list = read_list('T5\\n  + T2')"),
            ("Begin this line with", letter(T4="  T4 somebody will be hurt")),
            ("Put spaces before this line", letter(T2="+ T2 mostly people on foot")),
            ("that & could join to", letter(T2="  & T2 mostly people on foot")),
            ("hangs alone", letter(T8="T8 a longer way")),
            ("holds + and no words", letter(T2="  +")),
            ("no line for T8", letter(T8=None)),
            ("no line for T1, T2", letter(T1=None, T2=None)),
            ("runs in a circle", letter(more="    + T5\n")),
            ("ends in 2 claims", letter(T4="T4 somebody will be hurt", T6="    - T6 stay away")),
            (
                "no line that begins with -",
                letter(T6="  + T6 stay away", T7="    + T7 half empty", T8="  + T8 longer way"),
            ),
            ("no attack on an objection", letter(T7="  - T7 half empty")),
            ("another sentence than the call to act", letter(T5="T4\n  + T5", T4="", T3="  + T3")),
            (
                "T2 and T1 the wrong way round",
                letter(T2="  + T1 the count", T1="    + T2 mostly people on foot"),
            ),
            (
                "T4 and T3 the wrong way round",
                letter(T4="  + T3 a narrow pavement", T3="    + T4 somebody will be hurt"),
            ),
            ("says that T8 supports T5", letter(T8="  + T8 a longer way for the bus")),
            (
                "says that T7 supports T6",
                letter(T7="    + T7 half empty", more="    - [It would not]\n"),
            ),
            ("says that T2 attacks T5", letter(T2="  - T2 mostly people on foot")),
            ("lets T1 speak to T5", letter(T1="  + T1 the count")),
            ("lets T3 speak to T5", letter(T3="  + T3 a narrow pavement")),
            ("lets T3 speak to T2", letter(T4="  + T4 somebody", T3="", T1="    + T1\n    + T3")),
            (
                "lets T4 speak to T1",
                letter(T1="    + T1 the count of May\n      + T4 hurt\n        + T3", T4="", T3=""),
            ),
            ("lets T8 speak to T6", letter(T8="    - T8 a longer way for the bus")),
            (
                "lets T8 speak to T6",
                letter(T7="    - T7 half empty\n    - T8 a longer way"),
            ),
            (
                "lets T7 speak to T8",
                letter(T7="    - [They could walk]", T8="  - T8 a longer way\n    - T7 half empty"),
            ),
            (
                "a line of your own between",
                letter(T1="    + [Who was counted is who uses it]\n      + T1 the count"),
            ),
        ],
    },
    "q5_kinds": {
        "right": [
            'q5 = ["C", "L", "L", "C"]',
            'q5 = "cllc"',
            'q5 = pd.Series(["C", "L", "L", "C"])',
            'q5 = ("C", "L", "L", "C")',
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", "q5 = ..."),
            ("Use the letters L, C", 'q5 = ["linked", "L", "L", "C"]'),
            ("holds 3 letters", 'q5 = ["C", "L", "L"]'),
            ("turns the two words round", 'q5 = ["L", "C", "C", "L"]'),
            ("At least one of the four", 'q5 = ["L", "L", "L", "L"]'),
            ("At least one of the four", 'q5 = ["C", "L", "C", "C"]'),
        ],
    },
    "q6_premise": {
        "right": [premise(), premise("'d'", "'c'"), premise('["D"]', '" C "'), premise("('D',)")],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("q6 is still blank", premise("...")),
            ("Use the letters", premise('"F"')),
            ("Choose one", premise('["A", "D"]')),
            ("says once more what T2 says", premise('"A"')),
            ("speaks against closing", premise('"B"')),
            ("can do with much less", premise('"C"')),
            ("belongs to the other reason", premise('"E"')),
            ("q6_falls is still blank", premise(falls="...")),
            ("so something has changed", premise(falls='"A"')),
            ("a refuted reason for a refuted conclusion", premise(falls='"B"')),
            ("does not become stronger", premise(falls='"D"')),
            ("is no support for it", premise(falls='"E"')),
        ],
    },
    "q7_sides": {
        "right": [
            'q7 = ["S", "O", "R", "N", "R"]',
            'q7 = "S, O, R, N, R"',
            'q7 = ("s", "o", "r", "n", "r")',
            'q7 = pd.Series(list("SORNR"))',
        ],
        "wrong": [
            ("Run the answer cell above this check", "pass"),
            ("still blank", "q7 = ..."),
            ("Use the letters", 'q7 = ["S", "O", "R", "X", "R"]'),
            ("holds 3 letters", 'q7 = ["S", "O", "R"]'),
            ("an answer to an objection for a new reason", 'q7 = ["S", "O", "S", "N", "S"]'),
            ("an answer to an objection for a new reason", 'q7 = ["S", "O", "R", "N", "S"]'),
            ("swaps support and attack", 'q7 = ["O", "S", "R", "N", "R"]'),
            ("At least one of the five", 'q7 = ["S", "O", "N", "N", "R"]'),
        ],
    },
}
