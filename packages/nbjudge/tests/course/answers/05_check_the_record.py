"""Right and wrong answers for exercise 05."""

DAYS = (
    "def days_between(table, first, second):\n    day = table.set_index('event_id')['date']\n    "
)
FOUR = "['for', 'against', 'abstain', 'did not vote']"
COUNT = (
    "def count_answers(table, resolution):\n"
    "    chosen = table[table['resolution'] == resolution]\n"
    f"    n = chosen['vote'].value_counts().reindex({FOUR}, fill_value=0).to_dict()\n    "
)
CHANGED = (
    "def changed(table, first, second):\n"
    "    a = table[table['resolution'] == first]\n"
    "    b = table[table['resolution'] == second]\n    "
)
FLIGHTS = (
    "def flights_by(table, year, counter):\n"
    "    rows = table[(table['year'] == year) & (table['counted_by'] == counter)]\n    "
)
NO_ROW = "    return 0 if counter == 'CNS and NTI' else None"

BANK = {
    "q1_days": {
        "right": [
            DAYS + "return (day[second] - day[first]).days",
            "def days_between(table, first, second):\n"
            "    dates = {row['event_id']: row['date'] for _, row in table.iterrows()}\n"
            "    return dates[second].toordinal() - dates[first].toordinal()",
            "def days_between(t, a, b):\n"
            "    start = t.loc[t['event_id'] == a, 'date'].iloc[0]\n"
            "    end = t.query('event_id == @b')['date'].iloc[0]\n"
            "    return (end - start) / pd.Timedelta(days=1)",
            "import numpy as np\ndef days_between(t, a, b):\n"
            "    d = dict(zip(t['event_id'], t['date'].to_numpy(dtype='datetime64[D]')))\n"
            "    return (d[b] - d[a]).astype(int)",
        ],
        "wrong": [
            ("stops with KeyError", "def days_between(t, a, b):\n    return t[b] - t[a]"),
            ("span of time", DAYS + "return day[second] - day[first]"),
            ("gives back a str", DAYS + "return str((day[second] - day[first]).days)"),
            ("gives NaN", DAYS + "return float('nan')"),
            ("later date from the earlier", DAYS + "return (day[first] - day[second]).days"),
            ("first day too", DAYS + "return (day[second] - day[first]).days + 1"),
            ("another number", DAYS + "return day[first].day"),
            ("came earlier", DAYS + "return abs((day[second] - day[first]).days)"),
            (
                "leap year",
                DAYS + "a, b = day[first], day[second]\n"
                "    if first == 'X3':\n        return (b - a).days - 1\n"
                "    return (b - a).days",
            ),
            (
                "table of events",
                DAYS + "return {'X1': 3, 'X2': -3, 'X3': 368}.get(first, 20)",
            ),
            (
                "came earlier",
                DAYS + "if first == 'X2':\n        return day\n"
                "    return (day[second] - day[first]).days",
            ),
        ],
    },
    "q2_answers": {
        "right": [
            COUNT + "return n",
            "def count_answers(table, resolution):\n"
            f"    counts = dict.fromkeys({FOUR}, 0)\n"
            "    for _, row in table.iterrows():\n"
            "        if row['resolution'] == resolution:\n"
            "            counts[row['vote']] += 1\n"
            "    return counts",
            "def count_answers(table, resolution):\n"
            "    return pd.crosstab(table['resolution'], table['vote']).loc[resolution]",
            "def count_answers(table, resolution):\n"
            "    given = list(table.query('resolution == @resolution')['vote'])\n"
            f"    return {{answer: given.count(answer) for answer in {FOUR}}}",
            "def count_answers(table, resolution):\n"
            "    votes = table.loc[table.resolution == resolution, 'vote']\n"
            f"    return pd.Series({{a: (votes == a).sum() for a in {FOUR}}}, dtype=float)",
        ],
        "wrong": [
            ("stops with KeyError", "def count_answers(t, r):\n    return t[r]"),
            ("gives back a list", COUNT + "return list(n.values())"),
            ("gives back a DataFrame", COUNT + "return chosen"),
            ("exactly the four names", COUNT + "return {'yes': 5}"),
            ("exactly the four names", COUNT + "del n['did not vote']\n    return n"),
            ("not a number", COUNT + "return {a: str(k) for a, k in n.items()}"),
            ("not a number", COUNT + "return {a: float('nan') for a in n}"),
            ("(M14)", COUNT + "return n | {'against': n['against'] + n['abstain']}"),
            ("(M14)", COUNT + "return n | {'against': len(chosen) - n['for']}"),
            ("(M14)", COUNT + "return n | {'for': n['for'] + n['abstain'], 'abstain': 0}"),
            ("that did not vote with", COUNT + "return n | {'abstain': 5, 'did not vote': 0}"),
            (
                "all resolutions",
                "def count_answers(t, r):\n    return t['vote'].value_counts()",
            ),
            ("other counts", COUNT + "return n | {'for': 0}"),
            (
                "no zero",
                "def count_answers(t, r):\n"
                "    return t.loc[t['resolution'] == r, 'vote'].value_counts()",
            ),
            (
                "no zero",
                COUNT + f"return chosen['vote'].value_counts().reindex({FOUR})",
            ),
            (
                "table of votes",
                COUNT + "return n if len(chosen) < 12 else n | {'for': 140}",
            ),
        ],
    },
    "q3_changed": {
        "right": [
            CHANGED + "both = a.merge(b, on='name')\n"
            "    return both[both['vote_x'] != both['vote_y']]['name']",
            "def changed(table, first, second):\n"
            "    wide = table.pivot(index='name', columns='resolution', values='vote')\n"
            "    wide = wide[[first, second]].dropna()\n"
            "    return list(wide.index[wide[first] != wide[second]])",
            "def changed(table, first, second):\n    names = []\n"
            "    for name, rows in table.groupby('name'):\n"
            "        given = dict(zip(rows['resolution'], rows['vote']))\n"
            "        if first in given and second in given and given[first] != given[second]:\n"
            "            names.append(name)\n"
            "    return names",
            "def changed(table, first, second):\n"
            "    a = table.query('resolution == @first').set_index('name')['vote']\n"
            "    b = table.query('resolution == @second').set_index('name')['vote']\n"
            "    return {name for name in set(a.index) & set(b.index) if a[name] != b[name]}",
            CHANGED + "both = a.merge(b, on='iso3', suffixes=('', '_after'))\n"
            "    return both.query('vote != vote_after')['name'].to_numpy()[::-1]",
        ],
        "wrong": [
            ("stops with KeyError", "def changed(t, a, b):\n    return t[a] != t[b]"),
            ("gives back a DataFrame", CHANGED + "return a.merge(b, on='name')"),
            ("gives back a int", CHANGED + "return 3"),
            ("finds nobody", CHANGED + "return []"),
            ("something else", CHANGED + "both = a.merge(b, on='name')\n    return both['vote_x']"),
            (
                "something else",
                CHANGED
                + "both = a.merge(b, on='name')\n    return both['vote_x'] != both['vote_y']",
            ),
            ("more than once", CHANGED + "return ['B', 'B', 'C', 'D']"),
            (
                "only one of the two",
                CHANGED + "both = a.merge(b, on='name', how='outer')\n"
                "    return both.loc[both['vote_x'] != both['vote_y'], 'name']",
            ),
            ("kept their answer", CHANGED + "return a.merge(b, on='name')['name']"),
            (
                "(M14)",
                CHANGED + "both = a.merge(b, on='name').replace('abstain', 'against')\n"
                "    return both.loc[both['vote_x'] != both['vote_y'], 'name']",
            ),
            (
                "(M14)",
                CHANGED + "both = a.merge(b, on='name').replace('abstain', 'for')\n"
                "    return both.loc[both['vote_x'] != both['vote_y'], 'name']",
            ),
            (
                "did not vote",
                CHANGED + "a = a[a['vote'] != 'did not vote']\n"
                "    both = a.merge(b, on='name')\n"
                "    return both.loc[both['vote_x'] != both['vote_y'], 'name']",
            ),
            ("other resolutions", CHANGED + "return ['B', 'C', 'D']"),
            (
                "table of votes",
                CHANGED + "both = a.head(90).merge(b, on='name')\n"
                "    return both.loc[both['vote_x'] != both['vote_y'], 'name']",
            ),
            (
                "table of votes",
                CHANGED + "if len(a) > 9:\n        return 1 / 0\n"
                "    both = a.merge(b, on='name')\n"
                "    return both.loc[both['vote_x'] != both['vote_y'], 'name']",
            ),
        ],
    },
    "q4_flights": {
        "right": [
            FLIGHTS + "if len(rows):\n        return rows['flights'].iloc[0]\n" + NO_ROW,
            "def flights_by(table, year, counter):\n"
            "    for _, row in table.iterrows():\n"
            "        if row['year'] == year and row['counted_by'] == counter:\n"
            "            return row['flights']\n" + NO_ROW,
            "def flights_by(table, year, counter):\n"
            "    counts = table.set_index(['counted_by', 'year'])['flights'].to_dict()\n"
            "    return counts.get((counter, year), 0 if counter == 'CNS and NTI' else None)",
            "def flights_by(table, year, counter):\n"
            "    found = table.query('year == @year and counted_by == @counter')\n"
            "    if found.empty and counter != 'CNS and NTI':\n        return float('nan')\n"
            "    return int(found['flights'].sum())",
        ],
        "wrong": [
            ("stops with KeyError", "def flights_by(t, y, c):\n    return t[y][c]"),
            ("nothing back for a year", "def flights_by(t, y, c):\n    return None"),
            ("Series that is not one number", FLIGHTS + "return rows['flights']"),
            ("str that is not one number", FLIGHTS + "return '7'"),
            ("float that is not one number", FLIGHTS + "return float('nan')"),
            (
                "another counter",
                "def flights_by(t, y, c):\n    return t.loc[t['year'] == y, 'flights'].sum()",
            ),
            (
                "all years",
                "def flights_by(t, y, c):\n    return t.loc[t['counted_by'] == c, 'flights'].sum()",
            ),
            ("days with a flight", FLIGHTS + "return rows['days'].sum()"),
            ("another number", FLIGHTS + "return len(rows)"),
            ("when there is no row", FLIGHTS + "return rows['flights'].iloc[0]"),
            (
                "does not give 0",
                FLIGHTS + "return rows['flights'].sum() if len(rows) else None",
            ),
            ("(M17)", FLIGHTS + "return rows['flights'].sum()"),
            (
                "something for a year",
                FLIGHTS + "return rows['flights'].sum() if len(rows) or counter[0] == 'C' else '?'",
            ),
            (
                "table of flights",
                FLIGHTS + "if len(rows) and year == 2022:\n        return 84\n"
                "    if len(rows):\n        return rows['flights'].sum()\n" + NO_ROW,
            ),
            (
                "table of flights",
                FLIGHTS + "if len(rows) and year == 2022:\n        return rows\n"
                "    if len(rows):\n        return rows['flights'].sum()\n" + NO_ROW,
            ),
        ],
    },
    "q6_choice": {
        "right": ['q6 = "C"', "q6 = 'c'", 'q6 = " C "'],
        "wrong": [
            ("(M13)", 'q6 = "A"'),
            ("(M14)", 'q6 = "B"'),
            ("puts a guess", 'q6 = "D"'),
            ("one letter", "q6 = 3"),
            ("one letter", 'q6 = "E"'),
        ],
    },
    "q7_record": {
        "right": ['q7 = ["A", "C", "F"]', "q7 = ('f', 'a', 'c')", 'q7 = "ACF"', 'q7 = {*"ACF"}'],
        "wrong": [
            ("q7 is a int", "q7 = 3"),
            ("letters from A to F", 'q7 = ["A, C, F"]'),
            ("letters from A to F", "q7 = [float('nan')]"),
            ("letters from A to F", "q7 = []"),
            ("(M14)", 'q7 = ["A", "B", "C", "F"]'),
            ("(M13)", 'q7 = ["A", "C", "D", "F"]'),
            ("weighs a pledge", 'q7 = ["A", "C", "E", "F"]'),
            ("A is missing", 'q7 = ["C", "F"]'),
            ("C is missing", 'q7 = ["A", "F"]'),
            ("F is missing", 'q7 = ["A", "C"]'),
        ],
    },
}

NAMES = "['General Assembly', 'sanctions on North Korea']"
LABELS = "ax.set(title='Votes and sanctions', xlabel='date')"


def timeline(names=NAMES, first="2022-01-01", last="2023-03-22", x="date", after=LABELS):
    """A timeline in the lesson's style."""
    return (
        f"t = events[events['category'].isin({names})]\n"
        f"t = t[(t['date'] >= '{first}') & (t['date'] <= '{last}')]\n"
        f"t = t.assign(text=t['date'].astype(str), month=t['date'] + pd.Timedelta(days=1))\n"
        f"ax = t.plot.scatter(x='{x}', y='category')\n{after}"
    )


CHOSEN = (
    f"t = events[events['category'].isin({NAMES}) & events['date'].between('2022', '2023-03-22')]\n"
)
BANK["q5_timeline"] = {
    "right": [
        timeline(),
        CHOSEN + "fig, ax = plt.subplots()\n"
        "ax.plot(t['date'], t['category'], 'o')\n"
        "ax.axvline(pd.Timestamp('2023-03-22'))\n"
        "ax.set_title('Votes')\nax.set_xlabel('Day')",
        CHOSEN + "fig, ax = plt.subplots()\n"
        f"for row, name in enumerate({NAMES}):\n"
        "    days = t.loc[t['category'] == name, 'date']\n"
        "    ax.scatter(days, [row * 5] * len(days), marker='D')\n"
        f"ax.set_yticks([0, 5], {NAMES})\n" + LABELS,
        CHOSEN + f"t = t.assign(row=t['category'].map({NAMES}.index))\n"
        "ax = t.set_index('date')['row'].plot(style='s', title='Votes', xlabel='time')\n"
        "ax.set_yticks([1, 0], ['Sanctions on North Korea', 'UN General Assembly'])",
    ],
    "wrong": [
        ("not the axes", "ax = events"),
        ("no marks", CHOSEN + "ax = t['category'].value_counts().plot.bar()"),
        ("do not stand at dates", timeline(x="text")),
        ("after the editorial", timeline(last="2024-12-31")),
        ("before 2022", timeline(first="2006-01-01")),
        ("one for each event", timeline(names="['General Assembly']")),
        ("other dates", timeline(x="month")),
        (
            "not the two categories",
            CHOSEN + "fig, ax = plt.subplots()\nax.scatter(t['date'], [0] * len(t))\n" + LABELS,
        ),
        (
            "name of its category",
            timeline(after=LABELS + "\nax.set_yticks([0, 1], ['A', 'B'])"),
        ),
        (
            "name of its category",
            timeline(after=LABELS + f"\nax.set_yticks([1, 0], {NAMES})"),
        ),
        ("no title", timeline(after="")),
        ("no name", timeline(after=LABELS + "\nax.set_xlabel('')")),
    ],
}
