"""Right and wrong answers for exercise 08."""


def rule(what):
    return f"def count_flights(t, r):\n    return {what}"


KIND = "t['kind'].isin(r['kinds'])"
FAR = "(t['km'] >= r['at least km'])"


def before(what, first="pass"):
    return f"def known_before(t, day):\n    {first}\n    return {what}"


DATES = "pd.to_datetime(t['date'])"


def points(what):
    return f"def empty_points(t):\n    return {what}"


NOBODY = "(t['who'] == 'no doer named')"
NO_DATE = "t['by_when'].str.contains('no date')"


def sides(known="t[t['date'] <= day]", each="list(k[k['weighs'] == s]['id'])", names="NAMES"):
    names = names.replace("NAMES", "['for', 'against']")
    return f"def two_sides(t, day):\n    k = {known}\n    return {{s: {each} for s in {names}}}"


BANK = {
    "q1_order": {
        "right": [
            'q1 = ["D", "C", "A", "E", "B"]',
            "q1 = ('d', 'c', 'a', 'e', 'b')",
            'q1 = "D, C, A, E, B"',
            'q1 = pd.Series(list("DCAEB"))',
            'q1 = pd.Series(list("DCAEB")).to_numpy()',
        ],
        "wrong": [
            ("There is no q1 yet", "elsewhere = 1"),
            ("still blank", "q1 = ..."),
            ("This order does not hold", 'q1 = ["D", "A", "C", "E", "B"]'),
            ("nothing runs after the return", 'q1 = "DCABE"'),
            ("each of A, B, C, D, E once", 'q1 = ["D", "C", "A", "E"]'),
            ("Use the letters", "q1 = [4, 3, 1, 5, 2]"),
            ("has no order", "q1 = set('DCAEB')"),
            ("q1 is a whole number", "q1 = 5"),
            ("still has a blank", 'q1 = ["D", "C", "A", "E", ...]'),
        ],
    },
    "q2_rule": {
        "right": [
            rule(f"len(t[{KIND} & {FAR}])"),
            rule(f"({KIND} & {FAR}).sum()"),
            rule(f"float(({KIND} & {FAR}).sum())"),
            "from fractions import Fraction\n" + rule(f"Fraction(len(t[{KIND} & {FAR}]))"),
            "def count_flights(table, rule):\n"
            "    n = 0\n"
            "    for kind, km in zip(table['kind'], table['km']):\n"
            "        if kind in rule['kinds'] and km >= rule['at least km']:\n"
            "            n = n + 1\n"
            "    return n",
        ],
        "wrong": [
            ("still has a blank", rule(f"len(t[t['kind'].isin(...) & {FAR}])")),
            ("still has a blank", rule(f"len(t[{KIND} & (t['km'] >= ...)])")),
            ("gives nothing back", "def count_flights(t, r):\n    print(3)"),
            ("not a function", "count_flights = 3"),
            ("One number is asked for", rule(f"t[{KIND} & {FAR}]")),
            ("Python says: KeyError", rule("r['km']")),
            ("uses a name that does not exist", rule("rules['kinds']")),
            ("counts every row", rule("len(t)")),
            ("counts every row", rule(f"len(t[{KIND} | {FAR}])")),
            ("one half of the rule", rule(f"len(t[{KIND}])")),
            ("one half of the rule", rule(f"len(t[{FAR}])")),
            ("loses a flight", rule(f"len(t[{KIND} & (t['km'] > r['at least km'])])")),
            ("loses a flight", rule(f"len(t[(t['kind'] == r['kinds'][0]) & {FAR}])")),
            ("three of the five", rule(f"len(t[~{KIND} & {FAR}])")),
            ("wrong for another", rule("3")),
            ("wrong for another", rule(f"len(t[{KIND} & (t['km'] >= 300)])")),
            (
                "does not fit another table",
                rule(f"len(t[{KIND} & {FAR}]) if len(t) < 6 else 3"),
            ),
        ],
    },
    "q3_bug": {
        "right": [
            before(f"list(t['id'][{DATES} < pd.to_datetime(day)])"),
            before(f"t[{DATES} < pd.Timestamp(day)]['id']"),
            before(f"tuple(t['id'][{DATES} < pd.to_datetime(day)])"),
            before(
                "list(t['id'][dates(t['date']) < dates(day)])",
                "dates = lambda text: pd.to_datetime(text, format='%d %B %Y')",
            ),
            before(
                "[i for i, d in zip(t['id'], t['date'])"
                " if datetime.strptime(d, '%d %B %Y') < datetime.strptime(day, '%d %B %Y')]",
                "from datetime import datetime",
            ),
            before(f"t['id'][{DATES} < pd.to_datetime(day)].to_numpy()"),
            before(
                "[i for i, d in zip(t['id'], t['date']) if pd.Timestamp(d) < pd.Timestamp(day)]"
            ),
        ],
        "wrong": [
            ("not a function", "known_before = []"),
            ("gives nothing back", "def known_before(t, day):\n    print(day)"),
            ("which has no order", before(f"set(t['id'][{DATES} < pd.to_datetime(day)])")),
            ("A list is asked for", before(f"({DATES} < pd.to_datetime(day)).sum()")),
            ("same ids as when you got it", before("list(t['id'][t['date'] < day])")),
            ("Python says: TypeError", before(f"list(t['id'][{DATES} < 21])")),
            ("uses a name that does not exist", before(f"list(t['id'][{DATES} < limit])")),
            ("come after the day", before(f"list(t['id'][{DATES} > pd.to_datetime(day)])")),
            ("a date in July", before(f"list(t['id'][{DATES} != pd.to_datetime(day)])")),
            ("a date in July", before(f"list(t['id'][{DATES}.dt.day < pd.to_datetime(day).day])")),
            ("keeps the day itself", before(f"list(t['id'][{DATES} <= pd.to_datetime(day)])")),
            ("leaves out a day in March", before(f"list(t['id'][{DATES} < '2023-03-10'])")),
            (
                "date of the year before",
                before(
                    f"list(t['id'][({DATES} < pd.to_datetime(day)) & ({DATES} >= '2023-01-01')])"
                ),
            ),
            ("other things than the three", before(f"sorted(t['id'][{DATES} < day])[::-1]")),
            ("wrong for another", before(f"list(t['id'][{DATES} < '2023-03-21'])")),
            (
                "does not fit the table of events",
                before(f"list(t['id'][{DATES} < pd.to_datetime(day)])[:5 if len(t) < 9 else 1]"),
            ),
        ],
    },
    "q4_halves": {
        "right": [
            'q4 = ["B", "D"]',
            "q4 = ('d', 'b')",
            'q4 = "B, D"',
            'q4 = pd.Series(["D", "B"])',
            'q4 = pd.Series(["B", "D"]).to_numpy()',
        ],
        "wrong": [
            ("There is no q4 yet", "elsewhere = 4"),
            ("still blank", "q4 = ..."),
            ("Use the letters", 'q4 = ["B", "F"]'),
            ("q4 is a whole number", "q4 = 2"),
            ("One of your reports is not fair", 'q4 = ["A", "B", "D"]'),
            ("One of your reports is not fair", 'q4 = ["B", "C"]'),
            ("One of your reports is not fair", 'q4 = "BDE"'),
            ("is missing from your list", 'q4 = ["B"]'),
            ("is missing from your list", "q4 = []"),
        ],
    },
    "q5_kinds": {
        "right": [
            'q5 = ["report", "warrant", "denial", "inquiry", "judgment"]',
            "q5 = ('Report', 'Warrant', 'Denial', 'Inquiry', ' judgment')",
            'q5 = pd.Series(["report", "warrant", "denial", "inquiry", "judgment"])',
            'q5 = pd.Series(["report", "warrant", "denial", "inquiry", "judgment"]).to_numpy()',
        ],
        "wrong": [
            ("There is no q5 yet", "elsewhere = 5"),
            ("still blank", "q5 = ..."),
            ("still has a blank", 'q5 = ["report", ...]'),
            ("has no order", 'q5 = {"report", "warrant", "denial", "inquiry", "judgment"}'),
            ("A list is asked for", 'q5 = "report"'),
            ("Use the five words", 'q5 = ["rumour", "warrant", "denial", "inquiry", "judgment"]'),
            ("each of the five words once", 'q5 = ["report", "warrant", "denial", "inquiry"]'),
            (
                "each of the five words once",
                'q5 = ["report", "judgment", "denial", "inquiry", "judgment"]',
            ),
            (
                "been a trial in sentence 2",
                'q5 = ["report", "judgment", "denial", "inquiry", "warrant"]',
            ),
            ("speaks in sentence 1", 'q5 = ["denial", "warrant", "report", "inquiry", "judgment"]'),
            ("are a court", 'q5 = ["report", "warrant", "denial", "judgment", "inquiry"]'),
        ],
    },
    "q6_gaps": {
        "right": [
            points(f"list(t[{NOBODY} & {NO_DATE}]['point'])"),
            points(f"t[{NOBODY} & {NO_DATE}]['point']"),
            points(f"tuple(t['point'][{NOBODY}][{NO_DATE}])"),
            points(f"t[{NOBODY} & {NO_DATE}]['point'].to_numpy(dtype=float)"),
            points(
                "[p for p, w, b in zip(t['point'], t['who'], t['by_when'])"
                " if w == 'no doer named' and 'no date' in b]"
            ),
        ],
        "wrong": [
            ("still has a blank", points("list((...)['point'])")),
            ("gives nothing back", "def empty_points(t):\n    print(t)"),
            ("not a function", "empty_points = [5, 8]"),
            ("A list is asked for", points(f"({NOBODY} & {NO_DATE}).sum()")),
            ("which has no order", points(f"set(t[{NOBODY} & {NO_DATE}]['point'])")),
            ("One number is asked for", points(f"list(t[{NOBODY} & {NO_DATE}]['who'])")),
            ("Python says: KeyError", points("list(t[t['doer'] == 'nobody']['point'])")),
            ("and, not or", points(f"list(t[{NOBODY} | {NO_DATE}]['point'])")),
            ("names somebody", points(f"list(t[{NO_DATE}]['point'])")),
            ("names somebody", points(f"list(t[~{NOBODY}]['point'])")),
            ("sets a date", points(f"list(t[{NOBODY}]['point'])")),
            (
                "says soon",
                points(f"list(t[{NOBODY} & (t['by_when'] == 'no date')]['point'])"),
            ),
            (
                "points of another table",
                points(f"list(t[{NOBODY} & {NO_DATE}]['point'])").replace(
                    "(t):", "(_):\n    t = paper"
                ),
            ),
            ("leaves out a point that names nobody", points("[23]")),
            ("finds no point", points("[]")),
            ("one of them twice", points("[22, 22, 23]")),
            ("wrong for a part of it", points("[22, 23]")),
            (
                "does not fit China's paper",
                points(f"list(t[{NOBODY} & {NO_DATE}]['point'][:2 if len(t) < 9 else 1])"),
            ),
        ],
    },
    "q7_sides": {
        "right": [
            sides(),
            sides(each="tuple(k[k['weighs'] == s]['id'])"),
            sides(each="k[k['weighs'] == s]['id']"),
            sides(each="k[k['weighs'] == s]['id'].to_numpy()", names="['against', 'for']"),
            sides(known="t[pd.to_datetime(t['date']) <= pd.to_datetime(day)]"),
            "def two_sides(table, day):\n"
            "    result = {'for': [], 'against': []}\n"
            "    for i, date, side in zip(table['id'], table['date'], table['weighs']):\n"
            "        if isinstance(date, str) and date <= day:\n"
            "            result[side].append(i)\n"
            "    return result",
        ],
        "wrong": [
            ("still blank", "def two_sides(t, day):\n    result = ...\n    return result"),
            ("gives nothing back", "def two_sides(t, day):\n    print(t)"),
            ("not a function", "two_sides = {}"),
            (
                "something else than a dictionary",
                "def two_sides(t, day):\n    return [['D3'], ['D4']]",
            ),
            ("the two sides for and against", sides(names="['For', 'Against']")),
            ("the two sides for and against", sides(names="['for']")),
            ("The side for is", sides(each="(k['weighs'] == s).sum()")),
            ("Python says: KeyError", sides(known="t[t['day'] <= day]")),
            ("came later than the day", sides(known="t[t['date'] != '']")),
            ("came later than the day", sides(known="t[t['date'] > day]")),
            ("row without a date", sides(known="t[~(t['date'] > day)]")),
            ("row without a date", sides(known="t[t['date'].fillna('') <= day]")),
            ("sides exchanged", sides(each="list(k[k['weighs'] != s]['id'])")),
            ("leaves out a row of the day", sides(known="t[t['date'] < day]")),
            ("in another order", sides(known="t[t['date'] <= day].sort_values('date')")),
            ("other ids than those", sides(each="list(k['id'])")),
            ("loses a side", sides(names="set(k['weighs'])")),
            ("wrong for another", sides(known="t[t['date'] <= '2023-03-22']")),
            (
                "does not fit the table of documents",
                sides(each="list(k[k['weighs'] == s]['id'])[:5]"),
            ),
        ],
    },
}
