"""Right and wrong answers for exercise 07."""


def group(in_text="t['resolution'] == text", in_group="t['iso3'].isin(m['iso3'])", end=None):
    end = end or "n.reindex(['for', 'against', 'abstain', 'did not vote'], fill_value=0)"
    return (
        "def count_group(t, m, text):\n"
        f"    n = t[({in_text}) & ({in_group})]['vote'].value_counts()\n"
        f"    return {end}"
    )


def share(what):
    return (
        "def share_against(t, text):\n    c = t[t['resolution'] == text]\n"
        f"    no = c[c['vote'] == 'against']\n    return {what}"
    )


def moved(what):
    return (
        "def movers(t, a, b):\n"
        "    w = t.pivot(index='name', columns='resolution', values='vote')\n"
        f"    return {what}"
    )


FOUR = "['for', 'against', 'abstain', 'did not vote']"


def tally(each, before="", texts="texts"):
    return (
        f"def tally(t, texts):\n    result = []\n    {before}\n    for text in {texts}:\n"
        f"        c = t[t['resolution'] == text]['vote']\n        result.append({each})\n"
        "    return result"
    )


KEPT = f"list(c.value_counts().reindex({FOUR}, fill_value=0))"

BANK = {
    "q1_order": {
        "right": [
            'q1 = ["D", "E", "C", "A", "B"]',
            "q1 = ('d', 'c', 'e', 'a', 'b')",
            'q1 = "D, C, A, E, B"',
            'q1 = pd.Series(list("DECAB"))',
            'q1 = pd.Series(list("DCAEB")).to_numpy()',
        ],
        "wrong": [
            ("There is no q1 yet", "elsewhere = 1"),
            ("still blank", "q1 = ..."),
            ("This order does not hold", 'q1 = ["D", "A", "C", "E", "B"]'),
            ("nothing runs after the return", 'q1 = "DCABE"'),
            ("each of A, B, C, D, E once", 'q1 = ["D", "E", "C", "A"]'),
            ("Use the letters", "q1 = [4, 5, 3, 1, 2]"),
            ("has no order", "q1 = set('DECAB')"),
            ("q1 is a whole number", "q1 = 5"),
            ("still has a blank", 'q1 = ["D", "E", "C", "A", ...]'),
        ],
    },
    "q2_group": {
        "right": [
            group(),
            group(end="n.reindex(" + FOUR + ", fill_value=0).to_dict()"),
            group(end="n.reindex(['abstain', 'for', 'did not vote', 'against']).fillna(0)"),
            "def count_group(table, members, text):\n"
            f"    found = dict.fromkeys({FOUR}, 0)\n"
            "    for code, vote, name in zip(table['iso3'], table['vote'], table['resolution']):\n"
            "        if name == text and code in set(members['iso3']):\n"
            "            found[vote] += 1\n"
            "    return found",
            "import numpy as np\n"
            + group(end="pd.Series({k: np.int64(n.get(k, 0)) for k in " + FOUR + "})"),
        ],
        "wrong": [
            ("still has a blank", group(in_group="t['iso3'].isin(...)")),
            ("gives nothing back", "def count_group(t, m, text):\n    print(1)"),
            ("not a function", "count_group = 4"),
            ("Python says: KeyError", group(in_group="t['code'].isin(m['iso3'])")),
            ("uses a name that does not exist", group(in_text="t['resolution'] == texts")),
            ("something else than four counted", group(end="list(n)")),
            ("something else than four counted", group(end="n.sum()")),
            ("does not give four answers", group(end="n")),
            ("finds no vote at all", group(in_text="t['resolution'] == 'text'")),
            ("finds no vote at all", group(in_group="t['name'].isin(m['iso3'])")),
            ("not in the group", group(in_group="t['iso3'] != ''")),
            ("not in the group", group(in_group="~t['iso3'].isin(m['iso3'])")),
            ("votes on all texts", group(in_text="t['resolution'] != ''")),
            ("other votes than those", group(in_text="t['resolution'] != text")),
            ("right for one text and wrong", group(in_text="t['resolution'] == 'X/1'")),
            (
                "does not fit the members of BRICS",
                group(in_group="t['iso3'].isin(['BBB', 'CCC', 'DDD'])").replace(
                    "return ", "return pd.Series(0, n.index) if len(t) > 99 else "
                ),
            ),
        ],
    },
    "q3_bug": {
        "right": [
            share("len(no) / len(c) * 100"),
            share("(c['vote'] == 'against').mean() * 100"),
            "from fractions import Fraction\n" + share("Fraction(100 * len(no), len(c))"),
            "import numpy as np\n" + share("np.float64(100 * len(no) / len(c))"),
            share("c['vote'].value_counts(normalize=True).get('against', 0) * 100"),
        ],
        "wrong": [
            ("not a function", "share_against = 20"),
            ("gives nothing back", "def share_against(t, text):\n    print(20)"),
            ("One number is asked for", share("no")),
            ("is NaN", share("float('nan')")),
            ("Python says: KeyError", share("c['against']")),
            ("same wrong share as when you got it", share("(c['vote'] != 'for').mean() * 100")),
            ("abstentions as votes", share("c['vote'].isin(['against', 'abstain']).mean() * 100")),
            (
                "part of the members",
                share("len(no) / (c['vote'] != 'did not vote').sum() * 100"),
            ),
            (
                "part of the members",
                share("100 * len(no) / c['vote'].isin(['for', 'against']).sum()"),
            ),
            ("rows of all texts", share("len(no) / len(t) * 100")),
            ("share of one", share("len(no) / len(c)")),
            ("wrong for a small table", share("len(no)")),
            (
                "Which of the four answers",
                share("len(no) / len(c) * 100").replace("== 'against'", "== 'for'"),
            ),
            (
                "Which of the four answers",
                share("len(no) / len(c) * 100").replace("== 'against'", "== 'did not vote'"),
            ),
            ("not zero for a text", "def share_against(t, text):\n    return 20"),
            (
                "not zero for a text",
                share("len(no) / len(c) * 100").replace("== text", "== 'X/1'"),
            ),
            ("rounds, or has a fixed", share("round(len(no) / len(c) * 100)")),
            ("rounds, or has a fixed", share("len(no) / 5 * 100")),
            (
                "does not fit the real votes",
                share("len(no) / len(c) * 100 if text[0] == 'X' else 2.59"),
            ),
            ("does not fit the real votes", share("len(no) / min(len(c), 192) * 100")),
        ],
    },
    "q4_moved": {
        "right": [
            moved("list(w.index[w[a] != w[b]])"),
            moved("w[w[a] != w[b]].index"),
            moved("tuple(name for name in w.index if w.loc[name, a] != w.loc[name, b])"),
            moved("w.index[w[a].ne(w[b])].to_numpy()"),
            moved("pd.Series(w.index[~(w[a] == w[b])])"),
        ],
        "wrong": [
            ("gives every member", moved("list(w.index[...])")),
            ("gives every member", moved("list(w.index)")),
            ("not a function", "movers = []"),
            ("gives nothing back", "def movers(t, a, b):\n    print(t)"),
            ("which has no order", moved("set(w.index[w[a] != w[b]])")),
            ("A list is asked for", moved("(w[a] != w[b]).sum()")),
            ("uses a name that does not exist", moved("w.index[wide[a] != wide[b]]")),
            ("Python says: KeyError", moved("w.index[w['ES-11/1'] != w['ES-11/6']]")),
            ("in place of a column of them", moved("list(w.index[a != b])")),
            ("that kept their answer", moved("list(w.index[w[a] == w[b]])")),
            (
                "did not vote at first",
                moved("list(w.index[(w[a] != w[b]) & (w[a] != 'did not vote')])"),
            ),
            (
                "from against to abstain",
                moved("list(w.index[(w[a] != w[b]) & (w[b] == 'for')])"),
            ),
            (
                "other members than the three",
                moved("list(w.index[(w[b] != 'for') | (w[a] != w[b])])"),
            ),
            (
                "gives answers, such as for",
                moved("[v for v in w[b][w[a] != w[b]]] + list(w.index[w[a] != w[b]])"),
            ),
            (
                "between two texts with the same",
                moved("list(w.index[w['X/1'] != w['X/2']])"),
            ),
            (
                "does not fit ES-11/1 and ES-11/6",
                moved("list(w.index[w[a] != w[b]]) if len(w) < 9 else list(w.index[:17])"),
            ),
            (
                "does not fit ES-11/4 and ES-11/6",
                moved(
                    "list(w.index[w[a] != w[b]]) if len(w) < 9 else "
                    "list(w.index[w['ES-11/1'] != w['ES-11/6']])"
                ),
            ),
        ],
    },
    "q5_chart": {
        "right": ['q5 = "E"', "q5 = ['e']", 'q5 = ("E",)', 'q5 = pd.Series(["E"])'],
        "wrong": [
            ("still blank", "q5 = ..."),
            ("There is no q5 yet", "elsewhere = 5"),
            ("Choose one", 'q5 = "A, E"'),
            ("Use the letters", 'q5 = "F"'),
            ("which years the code keeps", 'q5 = "A"'),
            ("Votes can be counted", 'q5 = "B"'),
            ("Security Council's", 'q5 = "C"'),
            ("the word always", 'q5 = "D"'),
        ],
    },
    "q6_record": {
        "right": [
            'q6 = ["A", "C", "E"]',
            "q6 = ('e', 'a', 'c')",
            'q6 = "A, C, E"',
            'q6 = pd.Series(["C", "A", "E"])',
            'q6 = pd.Series(["C", "A", "E", "E"]).to_numpy()',
        ],
        "wrong": [
            ("still blank", "q6 = ..."),
            ("There is no q6 yet", "elsewhere = 6"),
            ("Use the letters", 'q6 = ["A", "G"]'),
            ("Use the letters", "q6 = [1, 3, 5]"),
            ("q6 is a whole number", "q6 = 3"),
            ("One of your sentences says more", 'q6 = ["A", "B", "C", "E"]'),
            ("One of your sentences says more", 'q6 = ["A", "D"]'),
            ("One of your sentences says more", 'q6 = "ACEF"'),
            ("is missing", 'q6 = ["A", "C"]'),
            ("is missing", "q6 = []"),
        ],
    },
    "q7_tally": {
        "right": [
            tally(KEPT),
            tally(f"[(c == a).sum() for a in {FOUR}]"),
            tally(f"tuple(list(c).count(a) for a in {FOUR})"),
            tally(f"c.value_counts().reindex({FOUR}, fill_value=0)"),
            "def tally(t, texts):\n"
            "    n = pd.crosstab(t['resolution'], t['vote'])\n"
            f"    return n.reindex(columns={FOUR}, fill_value=0).loc[texts].to_numpy()",
        ],
        "wrong": [
            ("still blank", "def tally(t, texts):\n    result = ...\n    return result"),
            ("gives nothing back", "def tally(t, texts):\n    print(texts)"),
            ("not a function", "tally = 1"),
            ("A list is asked for", "def tally(t, texts):\n    return 4"),
            ("things for two texts", f"def tally(t, texts):\n    c = t['vote']\n    return {KEPT}"),
            ("Each part of the answer is", tally("len(c)")),
            ("more or less than four", tally("list(c.value_counts())")),
            ("One number is asked for", tally(FOUR)),
            ("Keep the zeros", tally(f"list(c.value_counts().reindex({FOUR}))")),
            ("another order than the list", tally(KEPT, texts="sorted(texts)")),
            (
                "numbers stand in another order",
                tally("[(c == a).sum() for a in ['for', 'abstain', 'against', 'did not vote']]"),
            ),
            (
                "numbers stand in another order",
                tally("sorted((c == a).sum() for a in " + FOUR + ")"),
            ),
            ("counts wrongly", tally(f"[(t['vote'] == a).sum() for a in {FOUR}]")),
            ("wrong for a list of one", tally(KEPT, texts="['X/2', 'X/1'][:len(texts)]")),
            (
                "does not fit the real votes",
                tally(KEPT, texts="(texts if len(t) < 99 else ['ES-11/6'] * 3)"),
            ),
        ],
    },
}
