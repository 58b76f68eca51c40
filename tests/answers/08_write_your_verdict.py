"""Right and wrong answers for exercise 08."""

ROW = """def evidence_row(table, year, limit):
    of_year = table.set_index("year").loc[year]
    flows = ["total", "exports", "imports"]
    growths = of_year[["published_" + flow + "_growth_pct" for flow in flows]]
    record = {record}
    for_it = {for_it}
    against_it = {against_it}
    return {back}
"""
BACK = '{"record": record, "for_it": for_it, "against_it": against_it}'


def row(
    record="growths.iloc[0]",
    for_it="(growths > limit).sum()",
    against_it="(growths <= limit).sum()",
    back=BACK,
):
    return ROW.format(record=record, for_it=for_it, against_it=against_it, back=back)


TEXT = """def check_brief(text):
    words = [word.strip(".,;:()") for word in text.lower().split()]
    return {{
        "words": {words},
        "figures": {figures},
        "reason": {reason},
        "objection": {objection},
    }}
"""


def brief(
    words="len(words)",
    figures="sum(any(letter.isdigit() for letter in word) for word in words)",
    reason="'because' in words or 'since' in words",
    objection="'although' in words or 'however' in words",
):
    return TEXT.format(words=words, figures=figures, reason=reason, objection=objection)


def gap(condition, before=""):
    return (
        f"def to_discuss(marks):\n    {before}\n    gap = marks['yours'] - marks['partner']\n"
        f"    return list(marks[{condition}]['criterion'])"
    )


BANK = {
    "q1_evidence": {
        "right": [
            row(),
            row(
                record="growths['published_total_growth_pct']",
                for_it="len([g for g in growths if g > limit])",
                against_it="len(growths.dropna()) - for_it",
            ),
            "def evidence_row(table, year, limit):\n"
            "    row = table.query('year == @year').filter(like='published').iloc[0]\n"
            "    above = below = 0\n"
            "    for growth in row.dropna():\n"
            "        if growth > limit:\n            above += 1\n"
            "        else:\n            below += 1\n"
            "    return {'record': row['published_total_growth_pct'],"
            " 'for_it': above, 'against_it': below}",
            "def evidence_row(table, year, limit):\n"
            "    row = table[table['year'] == year]\n"
            "    three = row.filter(regex='growth_pct').to_numpy()\n"
            "    return pd.Series({'record': row['published_total_growth_pct'].item(),"
            " 'for_it': (three > limit).sum(), 'against_it': (three <= limit).sum()})",
        ],
        "wrong": [
            ("stops with KeyError", row(record="of_year['growth']")),
            ("still has a blank", row(against_it="...")),
            ("a dictionary with record", row(back="{'record': record}")),
            ("not a single number", row(record="'30'")),
            ("not a single number", row(for_it="growths > limit")),
            ("not a single number", row(record="float('nan')")),
            ("(M02)", row(record="of_year['total_usd_bn']")),
            ("(M07)", row(record="growths.iloc[2]")),
            (
                "(M05)",
                row(
                    record="(of_year['total_usd_bn'] / table.set_index('year')"
                    ".loc[year - 1, 'total_usd_bn'] - 1) * 100"
                ),
            ),
            ("record is another number", row(record="growths.mean()")),
            ("counts a growth at the limit", row(for_it="(growths >= limit).sum()")),
            ("also counts a growth", row(for_it="(growths >= limit).sum()")),
            ("for_it is another number", row(for_it="growths[growths > limit].sum()")),
            ("(M17)", row(against_it="len(growths) - for_it")),
            ("(M17)", row(against_it="(growths.fillna(0) <= limit).sum()")),
            ("against_it is another number", row(against_it="(growths < limit).sum()")),
            (
                "for another year",
                "def evidence_row(table, year, limit):\n"
                "    growths = table.set_index('year').filter(like='growth').loc[2002]\n"
                "    return {'record': growths.iloc[0], 'for_it': (growths > limit).sum(),"
                " 'against_it': (growths <= limit).sum()}",
            ),
            ("does not fit the year 2022", row(against_it="1")),
            ("does not follow year and limit", row(for_it="(growths > 30).sum()")),
            ("(M17)", row(against_it="len(growths) - for_it - growths.isna().any()")),
        ],
    },
    "q2_picture": {
        "right": ['q2 = "C"', "q2 = 'c'", 'q2 = " C "'],
        "wrong": [
            ("(M08)", 'q2 = "A"'),
            ("(M14)", 'q2 = "B"'),
            ("(M09)", 'q2 = "D"'),
            ("one letter", "q2 = 3"),
            ("one letter", 'q2 = "table"'),
        ],
    },
    "q3_order": {
        "right": [
            'q3 = ["C", "E", "D", "A", "B"]',
            'q3 = ("c", "e", "d", "a", "b")',
            'q3 = list("CEDAB")',
            'q3 = "CEDAB"',
        ],
        "wrong": [
            ("a list of five letters", "q3 = 5"),
            ("each of the five", 'q3 = ["C", "E", "D", "A"]'),
            ("each of the five", "q3 = [3, 5, 4, 1, 2]"),
            ("another part than the claim", 'q3 = ["E", "C", "D", "A", "B"]'),
            ("before there is a reason", 'q3 = ["C", "D", "E", "A", "B"]'),
            ("before the objection", 'q3 = ["C", "E", "A", "D", "B"]'),
            ("end with how sure", 'q3 = ["C", "E", "D", "B", "A"]'),
        ],
    },
    "q4_check": {
        "right": [
            brief(),
            "import re\ndef check_brief(text):\n"
            "    words = [word.strip('.,;:()') for word in text.lower().split()]\n"
            "    return dict(words=len(text.split()),"
            " figures=len([w for w in words if re.search('[0-9]', w)]),"
            " reason=bool({'because', 'since'} & set(words)),"
            " objection=bool({'although', 'however'} & set(words)))",
            "def check_brief(text):\n"
            "    words = pd.Series(text.lower().split(), dtype=str).str.strip('.,;:()')\n"
            "    return {'words': words.size, 'figures': words.str.contains(r'\\d').sum(),"
            " 'reason': words.isin(['because', 'since']).any(),"
            " 'objection': words.isin(['although', 'however']).any()}",
            "def check_brief(text):\n"
            "    result = {'words': 0, 'figures': 0, 'reason': False, 'objection': False}\n"
            "    for word in text.lower().split():\n"
            "        word = word.strip('.,;:()')\n        result['words'] += 1\n"
            "        for digit in '0123456789':\n"
            "            if digit in word:\n"
            "                result['figures'] += 1\n                break\n"
            "        if word in ('because', 'since'):\n            result['reason'] = True\n"
            "        if word in ('although', 'however'):\n"
            "            result['objection'] = True\n"
            "    return result",
        ],
        "wrong": [
            ("stops with NameError", brief(words="len(list_of_words)")),
            ("still has a blank", brief(objection="...")),
            ("a dictionary with words", "def check_brief(text):\n    return {'words': 1}"),
            ("each be a number", brief(words="words")),
            ("each be a number", brief(figures="'2'")),
            ("True or False", brief(reason="'because'")),
            ("letters and spaces", brief(words="len(text)")),
            ("words is another number", brief(words="len(set(words)) - 1")),
            ("words is another number", brief(words="float('nan')")),
            ("counts each digit", brief(figures="sum(letter.isdigit() for letter in text)")),
            ("a digit and a sign", brief(figures="sum(word.isdigit() for word in words)")),
            ("figures is another number", brief(figures="len(words)")),
            ("inside a longer word", brief(reason="'because' in text or 'since' in text")),
            ("a capital letter", brief(objection="'although' in text or 'however' in text")),
            (
                "for another text",
                brief(figures="sum(word[0] in '0123456789' for word in words) + 0 * ord(text[0])"),
            ),
            ("words does not fit", brief(words="16")),
            ("figures does not fit", brief(figures="sum(w[0].isdigit() for w in words)")),
            ("reason does not fit", brief(reason="'because' in words")),
            ("objection does not fit", brief(objection="'although' in words")),
        ],
    },
    "q5_sure": {
        "right": ['q5 = "D"', "q5 = 'd'", 'q5 = " D "'],
        "wrong": [
            ("(M15)", 'q5 = "A"'),
            ("(M16)", 'q5 = "B"'),
            ("(M18)", 'q5 = "C"'),
            ("one letter", "q5 = 90"),
            ("one letter", 'q5 = "E"'),
        ],
    },
    "q6_discuss": {
        "right": [
            "def to_discuss(marks):\n"
            "    gap = (marks['yours'] - marks['partner']).abs()\n"
            "    return marks.loc[gap > 1, 'criterion']",
            "def to_discuss(marks):\n    result = []\n"
            "    for _, row in marks.iterrows():\n"
            "        if abs(row['yours'] - row['partner']) > 1:\n"
            "            result.append(row['criterion'])\n"
            "    return result",
            "def to_discuss(marks):\n"
            "    far = marks.query('yours - partner > 1 or partner - yours > 1')\n"
            "    return far['criterion'].to_numpy()",
            "def to_discuss(marks):\n"
            "    rows = zip(marks['criterion'], marks['yours'], marks['partner'])\n"
            "    return tuple(name for name, a, b in rows if a > b + 1 or b > a + 1)",
        ],
        "wrong": [
            ("stops with KeyError", "def to_discuss(marks):\n    return marks['mine']"),
            ("stops with RecursionError", "def to_discuss(marks):\n    return to_discuss(marks)"),
            ("gives back a int64", "def to_discuss(m):\n    return (m['yours'] > 1).sum()"),
            (
                "gives back a DataFrame",
                "def to_discuss(m):\n    return m[(m['yours'] - m['partner']).abs() > 1]",
            ),
            ("gives back a str", "def to_discuss(marks):\n    return 'claim, reasons'"),
            ("gives back a float", "def to_discuss(marks):\n    return float('nan')"),
            ("(M17)", gap("gap.abs() > 1", before="marks = marks.fillna(0)")),
            ("one direction only", gap("gap > 1")),
            ("one direction only", gap("gap < -1")),
            ("exactly one", gap("gap.abs() >= 1")),
            ("another list", gap("gap.abs() > 2")),
            ("another list", "def to_discuss(m):\n    return [True, True, False, False]"),
            (
                "for another table",
                "def to_discuss(marks):\n    names = []\n    for n in range(4):\n"
                "        row = marks.iloc[n]\n"
                "        if abs(row['yours'] - row['partner']) > 1:\n"
                "            names.append(row['criterion'])\n    return names",
            ),
            ("other tables", "def to_discuss(marks):\n    return ['claim', 'reasons']"),
        ],
    },
}
