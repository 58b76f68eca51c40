"""Right and wrong answers for exercise 10."""


def sides(rows, counts="rows['side'].value_counts()"):
    return f"def sides(table, claim):\n    rows = {rows}\n    return {counts}"


OF_CLAIM = "table[table['statement_id'] == claim]"


def parts(
    words="len(words)",
    figures="len([w for w in words if any(sign.isdigit() for sign in w)])",
    because="'because' in words or 'since' in words",
    although="'although' in words or 'however' in words",
):
    """A check_brief with these four values; `words` is the list of the given line."""
    return (
        "def check_brief(text):\n"
        '    words = [word.strip(".,;:()") for word in text.lower().split()]\n'
        f'    return {{"words": {words}, "figures": {figures},\n'
        f'            "because": {because}, "although": {although}}}'
    )


def discuss(back, apart="(marks['yours'] - marks['theirs']).abs()"):
    return f"def to_discuss(marks):\n    apart = {apart}\n    return {back}"


FAR = "list(marks.loc[apart > 1, 'criterion'])"

BANK = {
    "q1_words": {
        "right": [
            'q1 = ["S", "P", "R", "W", "L"]',
            "q1 = ('s', 'p', 'r', 'w', 'l')",
            'q1 = "S, P, R, W, L"',
            'q1 = pd.Series(list("SPRWL"))',
            'q1 = pd.Series(list("SPRWL")).to_numpy()',
        ],
        "wrong": [
            ("There is no q1 yet", "nothing = 1"),
            ("Five are asked for", 'q1 = "SPRW"'),
            ("Use the letters", 'q1 = ["S", "P", "R", "W", "so"]'),
            ("has no order", "q1 = set('SPRWL')"),
            ("Finding 1 asks for other words", 'q1 = "LPRWS"'),
            ("Finding 2 asks for other words", 'q1 = "SLRWP"'),
            ("Finding 3 asks for other words", 'q1 = "SPLWR"'),
            ("Finding 4 asks for other words", 'q1 = "SPRLW"'),
            ("Finding 5 asks for other words", 'q1 = "SPRWS"'),
        ],
    },
    "q2_order": {
        "right": [
            'q2 = ["D", "B", "E", "C", "A"]',
            'q2 = ("d", "b", "e", "c", "a")',
            'q2 = "DBECA"',
            'q2 = pd.Series(list("DBECA"))',
        ],
        "wrong": [
            ("There is no q2 yet", "nothing = 1"),
            ("This order does not hold", 'q2 = "DBCEA"'),
            ("This order does not hold", 'q2 = "BDECA"'),
            ("each of A, B, C, D, E once", 'q2 = "DBEC"'),
        ],
    },
    "q3_sides": {
        "right": [
            sides(OF_CLAIM),
            sides(OF_CLAIM, "rows['side'].value_counts().to_dict()"),
            sides(OF_CLAIM, "rows.groupby('side').size()"),
            "def sides(table, claim):\n    counts = {}\n"
            "    for statement, side in zip(table['statement_id'], table['side']):\n"
            "        if statement == claim:\n"
            "            counts[side] = counts.get(side, 0) + 1\n    return counts",
            "from collections import Counter\n" + sides(OF_CLAIM, "Counter(rows['side'])"),
        ],
        "wrong": [
            ("There is no sides yet", "nothing = 1"),
            ("is still blank", sides("...", "...")),
            ("gives nothing back", sides(OF_CLAIM, "print(rows)")),
            ("Python says: KeyError", sides("table[table['id'] == claim]")),
            ("A Series or a dictionary", sides(OF_CLAIM, "list(rows['side'])")),
            ("A Series or a dictionary", sides(OF_CLAIM, "len(rows)")),
            ("rows of other claims, or of another", sides("table")),
            (
                "or of another table",
                sides("documents[documents['statement_id'] == claim]"),
            ),
            (
                "other labels than the sides",
                sides(OF_CLAIM, "rows['statement_id'].value_counts()"),
            ),
            ("sides gives shares", sides(OF_CLAIM, "rows['side'].value_counts(normalize=True)")),
            (
                "other numbers for our small table",
                sides(OF_CLAIM, "rows['side'].value_counts() + 1"),
            ),
            ("for a second claim", sides("table[table['statement_id'] == 'S15']")),
            (
                "does not fit the course's documents",
                sides(OF_CLAIM, "rows['side'].value_counts().head(2)"),
            ),
        ],
    },
    "q4_parts": {
        "right": [
            parts(),
            parts(figures="sum(any(c in '0123456789' for c in w) for w in words)"),
            "import numpy as np\n"
            + parts(
                words="np.int64(len(words))", because="np.isin(['because', 'since'], words).any()"
            ),
            parts(because="any(w in ('because', 'since') for w in words)"),
            parts().replace("return {", "return pd.Series({").replace("words}", "words})"),
        ],
        "wrong": [
            ("There is no check_brief yet", "nothing = 1"),
            ("is still blank", "def check_brief(text):\n    result = ...\n    return result"),
            ("gives nothing back", "def check_brief(text):\n    print(text)"),
            ("Python says: TypeError", parts(words="len(words) + 'words'")),
            (
                "A dictionary with four names",
                "def check_brief(text):\n    return len(text.split())",
            ),
            ("Compare the spelling", parts().replace('"figures"', '"numbers"')),
            ("still has a blank", parts(although="...")),
            ("One number is asked for", parts(words="words")),
            ("One number is asked for", parts(figures="any(w[0].isdigit() for w in words)")),
            ("counts letters and spaces", parts(words="len(text)")),
            ("comes twice only once", parts(words="len(set(words))")),
            ("words is another number", parts(words="len(words) - 2")),
            ("figures counts digits", parts(figures="sum(c.isdigit() for c in text)")),
            ("does not come first", parts(figures="sum(w[:1].isdigit() for w in words)")),
            ("digits and nothing else", parts(figures="sum(w.isdigit() for w in words)")),
            ("figures is another number", parts(figures="0")),
            ("figures is another number", parts(figures="sum(not w.isalpha() for w in words)")),
            ("each be True or False", parts(because="words.count('because')")),
            ("inside a longer word", parts(because="'because' in text or 'since' in text")),
            ("gives a word in place of", parts(because="'because' or 'since' in words")),
            (
                "with the word Although",
                parts(although="'although' in words and 'however' in words"),
            ),
            (
                "with the word Although",
                parts(although="'although' in text or 'however' in text"),
            ),
            ("with the word since", parts(because="'because' in words")),
            ("with the word since", parts(because="'because' in words and 'since' in words")),
            ("with the word however", parts(although="'although' in words")),
            ("where there is none", parts(although="bool('although' or 'however' in words)")),
            ("do not fit other texts", parts(words="20", figures="3")),
            (
                "does not fit other texts",
                parts(because="len(words) == 7", although="len(words) > 4"),
            ),
        ],
    },
    "q5_discuss": {
        "right": [
            discuss(FAR),
            discuss("marks[apart > 1]['criterion']"),
            discuss("tuple(marks.loc[apart >= 2, 'criterion'])"),
            discuss("marks.loc[apart > 1, 'criterion'].to_numpy()"),
            "def to_discuss(marks):\n    found = []\n    for _, row in marks.iterrows():\n"
            "        if abs(row['yours'] - row['theirs']) > 1:\n"
            "            found.append(row['criterion'])\n    return found",
        ],
        "wrong": [
            ("There is no to_discuss yet", "nothing = 1"),
            ("is still blank", "def to_discuss(marks):\n    result = ...\n    return result"),
            ("gives nothing back", discuss(f"print({FAR})")),
            ("Python says: KeyError", discuss(FAR, "marks['mine'] - marks['theirs']")),
            ("A list is asked for", discuss("str(apart > 1)")),
            (
                "lists a criterion that one of the two has not marked",
                discuss(FAR, "(marks['yours'].fillna(0) - marks['theirs']).abs()"),
            ),
            ("one direction only", discuss(FAR, "marks['yours'] - marks['theirs']")),
            ("one direction only", discuss(FAR, "marks['theirs'] - marks['yours']")),
            ("differ by exactly one", discuss("list(marks.loc[apart >= 1, 'criterion'])")),
            (
                "marks that are the same",
                discuss("list(marks.loc[apart != 1, 'criterion'][[0, 1, 4]])"),
            ),
            ("changes the order", discuss("list(marks.loc[apart > 1, 'criterion'])[::-1]")),
            ("Give the names of the criteria", discuss("list(marks[apart > 1].index)")),
            ("where two readers agree", discuss("['claim', 'reasons']")),
            (
                "does not fit other tables",
                discuss("['claim', 'reasons'] if len(marks) == 5 else []"),
            ),
        ],
    },
}
