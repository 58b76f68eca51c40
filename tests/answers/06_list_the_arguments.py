"""Right and wrong answers for exercise 06."""

MAIN = "def main_conclusions(t):\n    return "
LONGEST = "def longest_chain_length(t):\n    return "
STILL = "def still_supported(t, removed, conclusion):\n    "
STANDS = "return conclusion in set(t[(t.from_id != removed) & (t.relation == 'supports')].to_id)"
GRAPH = "nx.from_pandas_edgelist(t, 'from_id', 'to_id', create_using=nx.DiGraph)"

STEPS = {
    "S15": "S14 supports",
    "S16": "S14 supports",
    "S17": "S18 supports",
    "S18": "S14 supports",
    "S14": "S21 supports",
    "S19": "S21 supports",
    "S20": "S21 supports",
    "S21": "S23 supports",
    "S22": "S23 supports",
    "O6": "S20 attacks",
    "R6": "O6 attacks",
}


def argument(more=(), **changed):
    """Code for a table with some steps changed, and others added or (None) left out."""
    steps = [(a, *step.split()) for a, step in {**STEPS, **changed}.items() if step]
    rows = steps + [tuple(step.split()) for step in more]
    return f"argument = pd.DataFrame({rows}, columns=['from_id', 'to_id', 'relation'])"


BANK = {
    "q1_conclusion": {
        "right": [
            MAIN + "list(set(t['to_id']) - set(t['from_id']))",
            MAIN + "t.loc[~t['to_id'].isin(t['from_id']), 'to_id'].unique()",
            "def main_conclusions(table):\n"
            '    graph = nx.from_pandas_edgelist(table, "from_id", "to_id", '
            "create_using=nx.DiGraph)\n"
            "    return [name for name, n in graph.out_degree() if n == 0]",
            "def main_conclusions(table):\n    found = []\n    for name in table['to_id']:\n"
            "        if name not in list(table['from_id']) and name not in found:\n"
            "            found.append(name)\n    return tuple(found)",
            "def main_conclusions(t):\n"
            "    m = t.merge(t, left_on='to_id', right_on='from_id', how='left', "
            "suffixes=('', '_2'))\n    return m[m['from_id_2'].isna()]['to_id'].drop_duplicates()",
        ],
        "wrong": [
            ("where the chains begin", MAIN + "set(t['from_id']) - set(t['to_id'])"),
            ("every claim", MAIN + "t['to_id'].unique()"),
            ("the most reasons", MAIN + "[t['to_id'].value_counts().idxmax()]"),
            ("other names", MAIN + "[]"),
            ("other names", MAIN + "[float('nan')]"),
            ("gives back a str", MAIN + "'D'"),
            ("gives back a ndarray", "import numpy as np\n" + MAIN + "np.array({'D'})"),
            ("gives back a DataFrame", MAIN + "t[~t['to_id'].isin(t['from_id'])]"),
            ("stops with KeyError", MAIN + "t['claim']"),
            (
                "two main conclusions",
                MAIN + "sorted(set(t['to_id']) - set(t['from_id']))[-1:]",
            ),
            ("two main conclusions", MAIN + "['S23'] if len(t) > 4 else ['D']"),
            (
                "the table links",
                MAIN + "sorted(set(t['to_id']) - set(t['from_id'])) if len(t) < 5 else ['S04']",
            ),
            (
                "the table links",
                MAIN + "[n for n in 'ABCDEPQRTU' if n in set(t.to_id) - set(t.from_id)]",
            ),
        ],
    },
    "q2_order": {
        "right": [
            'q2 = ["D", "B", "E", "C", "A"]',
            'q2 = ("d", "b", "e", "c", "a")',
            'q2 = list("DBECA")',
            'q2 = pd.Series(["D", "B", "E", "C", "A"])',
            'q2 = "DBECA"',
        ],
        "wrong": [
            ("a list of five letters", "q2 = 5"),
            ("no order of its own", 'q2 = {"D", "B", "E", "C", "A"}'),
            ("each of the five", 'q2 = ["D", "B", "E", "C"]'),
            ("each of the five", "q2 = [4, 2, 5, 3, float('nan')]"),
            ("down to the first reason", 'q2 = ["A", "C", "E", "B", "D"]'),
            ("ends with another sentence", 'q2 = ["D", "B", "E", "A", "C"]'),
            ("needs a reason of its own", 'q2 = ["B", "D", "E", "C", "A"]'),
            ("who is at work", 'q2 = ["D", "E", "B", "C", "A"]'),
            ("the forecast as a reason", 'q2 = ["D", "B", "C", "E", "A"]'),
        ],
    },
    "q3_chain": {
        "right": [
            LONGEST + f"nx.dag_longest_path_length({GRAPH})",
            LONGEST + f"len(nx.dag_longest_path({GRAPH})) - 1",
            "def longest_chain_length(table):\n    n, ends = 0, set(table['from_id'])\n"
            "    while ends:\n        steps = table[table['from_id'].isin(ends)]\n"
            "        ends = set(steps['to_id'])\n        n += len(steps) > 0\n    return n",
            "def longest_chain_length(table):\n    def steps_from(name):\n"
            "        following = table.loc[table['from_id'] == name, 'to_id']\n"
            "        return max([1 + steps_from(other) for other in following], default=0)\n"
            "    return max(steps_from(name) for name in table['from_id'])",
            "def longest_chain_length(table):\n    n, chains = 0, table[['from_id', 'to_id']]\n"
            "    while len(chains):\n        n += 1\n"
            "        chains = chains.merge(table, left_on='to_id', right_on='from_id', "
            "suffixes=('', '_2'))\n"
            "        chains = chains[['from_id', 'to_id_2']]"
            ".rename(columns={'to_id_2': 'to_id'})\n    return float(n)",
        ],
        "wrong": [
            ("the points on the chain", LONGEST + f"len(nx.dag_longest_path({GRAPH}))"),
            ("all rows", LONGEST + "len(t)"),
            ("after two steps", LONGEST + "2 if t.to_id.isin(t.from_id).any() else 1"),
            ("another number", LONGEST + "0"),
            ("gives back a list", LONGEST + f"nx.dag_longest_path({GRAPH})"),
            ("gives back a str", LONGEST + "'4'"),
            ("gives back a float", LONGEST + "float('nan')"),
            ("stops with KeyError", LONGEST + "t['steps'].max()"),
            (
                "in another order",
                "def longest_chain_length(t):\n    best = {}\n    for a, b in t.values[:, :2]:\n"
                "        best[b] = max(best.get(b, 0), best.get(a, 0) + 1)\n"
                "    return max(best.values())",
            ),
            ("in another order", LONGEST + "4"),
            ("the table links", LONGEST + "{9: 4, 6: 5}.get(len(t), 0)"),
            ("the table links", LONGEST + "{9: 4, 6: 5}[len(t)]"),
        ],
    },
    "q4_choice": {
        "right": ['q4 = "C"', "q4 = 'c'", 'q4 = " C "'],
        "wrong": [
            ("needs no help", 'q4 = "A"'),
            ("(M12)", 'q4 = "B"'),
            ("(M15)", 'q4 = "D"'),
            ("one letter", "q4 = 3"),
            ("one letter", 'q4 = "E"'),
        ],
    },
    "q5_table": {
        "right": [
            # list of tuples; S21 leads straight to S23
            argument(),
            # two rows for some names, as in the course's own table
            argument(["S21 S22 supports", "S19 S22 supports"]),
            # all the course's own steps
            "both = pd.DataFrame([('O6', 'S20', 'attacks'), ('R6', 'O6', 'attacks')], "
            "columns=['from_id', 'to_id', 'relation'])\n"
            "argument = pd.concat([every_link[every_link['from_id'] > 'S13'], both])",
            # other choices where careful readers differ, and other columns beside
            argument(S14="S23 supports", S18="S21 supports") + "\nargument['scheme'] = None",
            argument(S14="S18 supports", S18="S21 supports"),
            # a list of dictionaries, in another order of rows and columns
            "rows = [{'relation': 'attacks', 'to_id': 'O6', 'from_id': 'R6'}]\n"
            "rows.append({'relation': 'attacks', 'to_id': 'S20', 'from_id': 'O6'})\n"
            "for a, b in [('S22', 'S23'), ('S21', 'S22'), ('S20', 'S21'), ('S19', 'S21'), "
            "('S18', 'S22'),\n             ('S17', 'S18'), ('S16', 'S14'), ('S15', 'S14'), "
            "('S14', 'S22')]:\n"
            "    rows.append({'relation': 'supports', 'to_id': b, 'from_id': a})\n"
            "argument = pd.DataFrame(rows)",
            # a dictionary of lists
            "argument = pd.DataFrame({\n"
            "    'from_id': 'S14 S15 S16 S17 S18 S19 S20 S21 S22 O6 R6'.split(),\n"
            "    'to_id': 'S21 S14 S14 S18 S23 S21 S21 S23 S23 S20 O6'.split(),\n"
            "    'relation': ['supports'] * 9 + ['attacks'] * 2,\n})",
            # joined from parts, with an index that repeats
            "one = pd.DataFrame({'from_id': ['S15', 'S16', 'S17', 'S18', 'S14'], "
            "'to_id': ['S14', 'S14', 'S18', 'S14', 'S21']})\n"
            "two = pd.DataFrame({'from_id': ['S19', 'S20', 'S21', 'S22'], "
            "'to_id': ['S21', 'S21', 'S22', 'S23']})\n"
            "three = pd.DataFrame({'from_id': ['O6', 'R6'], 'to_id': ['S20', 'O6'], "
            "'relation': 'attacks'})\n"
            "argument = pd.concat([pd.concat([one, two]).assign(relation='supports'), three])",
        ],
        "wrong": [
            ("not a table", "argument = [{'from_id': 'S22', 'to_id': 'S23'}]"),
            ("three columns", "argument = pd.DataFrame([{'from_id': 'S22', 'to_id': 'S23'}])"),
            ("no rows yet", "argument = pd.DataFrame(columns=['from_id', 'to_id', 'relation'])"),
            ("not in the list above", argument(S14="S09 supports")),
            ("an empty cell", argument() + "\nargument.loc[0, 'to_id'] = float('nan')"),
            ("another word", argument(S22="S23 proves")),
            ("another word", argument() + "\nargument['relation'] = float('nan')"),
            ("(M12)", argument(S16="S14 attacks")),
            ("(M12)", argument(S21="S23 attacks")),
            ("(M12)", argument(O6="S20 supports")),
            ("(M12)", argument(R6="O6 supports")),
            ("O6 or R6 a support (M12)", argument(O6="S20 supports", R6="O6 supports")),
            ("the wrong way round", argument(["S14 S15 supports"], S15=None)),
            (
                "the wrong way round",
                argument() + "\nargument = argument.rename("
                "columns={'from_id': 'to_id', 'to_id': 'from_id'})",
            ),
            ("S23 at the start of a row", argument(["S23 S14 supports"])),
            ("no row that begins with S14", argument(S14=None)),
            ("no row that begins with S14, S18, S21", argument(S14=None, S18=None, S21=None)),
            ("comes back to its start", argument(S14="S18 supports")),
            ("comes back to its start", argument(S21="S21 supports")),
            (
                "more than two rows that begin with S19",
                argument(["S19 S22 supports", "S19 S23 supports"]),
            ),
            ("lets S16 lead", argument(S16="S21 supports")),
            ("lets R6 lead", argument(R6="S20 supports")),
        ],
    },
    "q6_stands": {
        "right": [
            STILL + STANDS,
            STILL + "rest = t[t['from_id'] != removed]\n"
            "    return ((rest['to_id'] == conclusion) & (rest['relation'] == 'supports')).any()",
            STILL + "for _, row in t.iterrows():\n"
            "        if row['to_id'] == conclusion and row['from_id'] != removed:\n"
            "            if row['relation'] == 'supports':\n                return True\n"
            "    return False",
            STILL + "t = t[t['relation'] == 'supports']\n"
            f"    graph = {GRAPH}\n"
            "    graph.remove_node(removed)\n"
            "    return len(nx.ancestors(graph, conclusion)) > 0",
            STILL + 'left = t.query("to_id == @conclusion and from_id != @removed '
            "and relation == 'supports'\")\n    return not left.empty",
        ],
        "wrong": [
            (
                "(M15)",
                STILL + "given = t[t.to_id == conclusion].from_id\n"
                "    return removed not in set(given) and conclusion in set(t.to_id)",
            ),
            ("supports the conclusion directly (M15)", STILL + "return False"),
            (
                "one of its own reasons fell (M15)",
                STILL + "fallen = {removed}\n"
                "    for _ in t.index:\n"
                "        fallen |= set(t[t.from_id.isin(fallen) & (t.to_id != conclusion)].to_id)\n"
                "    left = t[~t.from_id.isin(fallen) & (t.relation == 'supports')]\n"
                "    return conclusion in set(left.to_id)",
            ),
            (
                "(M12)",
                STILL + "return conclusion in set(t[t.from_id != removed].to_id)",
            ),
            ("although the one reason fell", STILL + "return True"),
            (
                "although the one reason fell",
                STILL + "return conclusion in set(t[t.relation == 'supports'].to_id)",
            ),
            (
                "last step of the only chain",
                STILL + f"graph = {GRAPH}\n"
                "    before = nx.ancestors(graph, conclusion) - {removed, 'K'}\n"
                "    return len(before) > 0",
            ),
            ("gives nothing back", STILL + "if removed == 'A':\n        return True"),
            ("gives back a str", STILL + "return 'True'"),
            ("gives back a float", STILL + "return float('nan')"),
            ("gives back a DataFrame", STILL + "return t[t['from_id'] != removed]"),
            ("stops with KeyError", STILL + "return t['claim'].any()"),
            ("the table links", STILL + "return (removed, conclusion) in [('A', 'D'), ('M', 'O')]"),
            (
                "the table links",
                STILL + "if conclusion == 'S01':\n        raise KeyError\n    " + STANDS,
            ),
        ],
    },
}
