"""Right and wrong answers for exercise 03."""


def lookup(
    state="row['iso3']", vote="row['vote']", rows="table[table['resolution'] == resolution]"
):
    return (
        "def lookup(table, resolution):\n    vote_of = {}\n"
        f"    for _, row in {rows}.iterrows():\n"
        f"        vote_of[{state}] = {vote}\n    return vote_of"
    )


def unseen(body):
    first = "rows = table[table['vote'] == vote]"
    return f"def unseen(table, shapes, vote):\n    {first}\n    {body}"


def colour_of(body):
    return f"def colour_of(code, vote_of, colours):\n    {body}"


def draw_ties(
    way="[spots[tie['actor_a']], spots[tie['actor_b']]]",
    color="colours[tie['kind']]",
    dash="dashes[tie['status']]",
    more=", tooltip=tie['kind']",
    start="folium.Map(tiles=None)",
    rows="table.iterrows()",
    add=".add_to(m)",
    back="return m",
):
    return (
        f"def draw_ties(table, spots, colours, dashes):\n    m = {start}\n"
        f"    for _, tie in {rows}:\n"
        f"        folium.PolyLine({way}, color={color}, dash_array={dash}{more}){add}\n    {back}"
    )


BANK = {
    "q1_label": {
        "right": [
            'q1 = ["R", "C", "A", "F", "R"]',
            'q1 = ("r", "c", "a", "f", "r")',
            'q1 = "R, C, A, F, R"',
            'q1 = "RCAFR"',
            'q1 = pd.Series(list("RCAFR"))',
        ],
        "wrong": [
            ("There is no q1 yet", "nothing = 1"),
            ("still blank", "q1 = ..."),
            ("has 4 letters", 'q1 = ["R", "C", "A", "F"]'),
            ("has no order", 'q1 = {"R", "C", "A", "F"}'),
            ("Use the letters", 'q1 = ["R", "C", "A", "F", "B"]'),
            ("Sentence 1", 'q1 = ["A", "C", "A", "F", "R"]'),
            ("Sentence 2", 'q1 = ["R", "F", "A", "F", "R"]'),
            ("Sentence 3", 'q1 = ["R", "C", "R", "F", "R"]'),
            ("Sentence 4", 'q1 = ["R", "C", "A", "A", "R"]'),
            ("Sentence 5", 'q1 = ["R", "C", "A", "F", "A"]'),
        ],
    },
    "q2_order": {
        "right": [
            'q2 = ["D", "A", "E", "B", "C"]',
            'q2 = "daebc"',
            'q2 = ("D", "A", "E", "B", "C")',
            'q2 = pd.Series(["D", "A", "E", "B", "C"]).to_numpy()',
        ],
        "wrong": [
            ("still blank", "q2 = ..."),
            ("should hold each of", 'q2 = ["D", "A", "E", "B"]'),
            ("does not hold", 'q2 = ["A", "D", "E", "B", "C"]'),
            ("does not hold", 'q2 = ["D", "A", "B", "E", "C"]'),
            ("does not hold", 'q2 = ["D", "E", "A", "B", "C"]'),
            ("does not hold", 'q2 = ["D", "C", "A", "E", "B"]'),
            ("has no order", 'q2 = {"D", "A", "E", "B", "C"}'),
        ],
    },
    "q3_lookup": {
        "right": [
            lookup(),
            lookup(state="str(row.iso3)", vote="row.vote"),
            "def lookup(table, resolution):\n"
            "    kept = table[table['resolution'] == resolution]\n"
            "    return dict(zip(kept['iso3'], kept['vote']))",
            "def lookup(table, resolution):\n"
            "    kept = table[table['resolution'] == resolution]\n"
            "    return kept.set_index('iso3')['vote'].to_dict()",
            "def lookup(table, resolution):\n"
            "    kept = table[table['resolution'] == resolution].iloc[::-1]\n"
            "    return {row.iso3: row.vote for row in kept.itertuples()}",
        ],
        "wrong": [
            (
                "does not fit the votes on ES-11/4",
                lookup(rows="table[table['resolution'] == resolution].head(5)"),
            ),
            ("There is no lookup yet", "nothing = 1"),
            ("still blank", lookup(state="...", vote="...")),
            ("still blank", lookup(vote="...")),
            ("gives nothing back", lookup().replace("return vote_of", "print(vote_of)")),
            (
                "A dictionary is asked for",
                lookup().replace("return vote_of", "return list(vote_of)"),
            ),
            ("the same for two resolutions", lookup(rows="table")),
            ("the same for two resolutions", lookup(rows="votes")),
            ("the vote first", lookup(state="row['vote']", vote="row['iso3']")),
            ("names as keys", lookup(state="row['name']")),
            ("of the two states", lookup(rows="table[table['resolution'] == resolution].head(1)")),
            ("other votes", lookup(vote="row['name']")),
            ("a second resolution", lookup(vote="row['vote'].replace('did not vote', 'abstain')")),
            ("Python says: KeyError", lookup(state="row['state']")),
            ("does not exist", lookup(state="iso3")),
            (
                "A dictionary is asked for",
                "def lookup(table, resolution):\n"
                "    return table[table['resolution'] == resolution]",
            ),
        ],
    },
    "q4_unseen": {
        "right": [
            unseen("return len(rows[~rows['iso3'].isin(shapes)])"),
            unseen("return (~rows['iso3'].isin(shapes)).sum()"),
            unseen("return len(set(rows['iso3']) - set(shapes))"),
            unseen("return sum(code not in shapes for code in rows['iso3'])"),
            unseen("return float(len(rows) - rows['iso3'].isin(shapes).sum())"),
        ],
        "wrong": [
            (
                "does not fit a list with no shape or with all",
                unseen("return len(rows[~rows['iso3'].isin(shapes)]) if shapes else 0"),
            ),
            ("still blank", unseen("result = ...\n    return result")),
            ("gives nothing back", unseen("print(len(rows[~rows['iso3'].isin(shapes)]))")),
            ("those with a shape", unseen("return rows['iso3'].isin(shapes).sum()")),
            ("counts all votes", unseen("return (~table['iso3'].isin(shapes)).sum()")),
            ("finds no state with a shape", unseen("return len(rows)")),
            (
                "looks at its labels",
                unseen("return len([code for code in shapes if code not in rows['iso3']])"),
            ),
            ("the same for two votes", unseen("return 1")),
            (
                "the same for two votes",
                unseen("return (~votes['iso3'].isin(shapes)).sum()"),
            ),
            ("three small cases", unseen("return 2")),
            (
                "three small cases",
                unseen("return (~rows['iso3'].isin(shapes)).sum() + len(rows) * 2"),
            ),
            ("One number is asked for", unseen("return rows[~rows['iso3'].isin(shapes)]")),
            ("One number is asked for", unseen("return list(rows['iso3'])")),
            ("Python says: KeyError", unseen("return len(rows[~rows['state'].isin(shapes)])")),
            (
                "finds no state with a shape",
                "with_shape = ['CHN', 'RUS']\n\n\n"
                + unseen("return (~rows['iso3'].isin(with_shape)).sum()"),
            ),
        ],
    },
    "q5_bug": {
        "right": [
            colour_of("return colours[vote_of.get(code, 'no seat')]"),
            colour_of(
                "if code in vote_of:\n        return colours[vote_of[code]]\n"
                "    return colours['no seat']"
            ),
            colour_of("return colours.get(vote_of.get(code), colours['no seat'])"),
            "colour_of = lambda code, vote_of, colours: colours[vote_of.get(code, 'no seat')]",
        ],
        "wrong": [
            (
                "does not fit other votes",
                colour_of(
                    "return colours['no seat' if code == 'TWN' else vote_of.get(code, 'no seat')]"
                ),
            ),
            ("still blank", colour_of("result = ...\n    return result")),
            ("Python says: KeyError", colour_of("return colours[vote_of[code]]")),
            ("None was looked up", colour_of("return colours[vote_of.get(code)]")),
            ("nothing was found", colour_of("return colours.get(vote_of.get(code))")),
            ("gives nothing back", colour_of("print(colours[vote_of.get(code, 'no seat')])")),
            ("gives the vote", colour_of("return vote_of.get(code, 'no seat')")),
            (
                "the words no seat",
                colour_of("return colours.get(vote_of.get(code), 'no seat')"),
            ),
            ("white to a state that voted", colour_of("return colours['no seat']")),
            (
                "white to a state that voted",
                colour_of("return colours.get(code, colours['no seat'])"),
            ),
            (
                "the same for other colours",
                colour_of("return {'AAA': 'blue', 'BBB': 'red'}.get(code, 'white')"),
            ),
            ("should give one colour", colour_of("return colours")),
            ("one after the other", colour_of("return colours[vote_of.get(code, 'for')]")),
            ("one after the other", colour_of("return colours[vote_of.get(code, 'against')]")),
        ],
    },
    "q6_judge": {
        "right": ['q6 = ["B", "C", "D"]', 'q6 = "D, C, B"', 'q6 = pd.Series(["C", "B", "D"])'],
        "wrong": [
            ("still blank", "q6 = ..."),
            ("There is more to find", 'q6 = ["B"]'),
            ("There is more to find", 'q6 = ["B", "C"]'),
            ("Russia did vote against", 'q6 = ["A", "B", "C", "D"]'),
            ("Count the votes", 'q6 = ["B", "C", "D", "E"]'),
            ("Use the letters", 'q6 = ["B", "F"]'),
            ("has no order", 'q6 = {"B", "C", "D"}'),
        ],
    },
    "q7_draw": {
        "right": [
            draw_ties(),
            draw_ties(
                way="arc(spots[tie['actor_a']], spots[tie['actor_b']], tie['kind'])",
                start="base_map('My ties', table)",
            ),
            draw_ties(start="base_map('My ties', note=legend({'war': 'black'}))"),
            draw_ties(way="[spots[tie['actor_b']], spots[tie['actor_a']]]"),
            draw_ties(more=", tooltip=folium.Tooltip(tie['kind'] + ' ' + tie['status'])"),
            draw_ties(more=", weight=5, tooltip=f\"{tie['kind']}\""),
            draw_ties(
                start="folium.Map(tiles=None)\n    layer = folium.FeatureGroup().add_to(m)",
                add=".add_to(layer)",
            ),
            draw_ties(dash="dashes[tie['status']] or None"),
            "def draw_ties(table, spots, colours, dashes):\n    m = folium.Map(tiles=None)\n"
            "    for tie in table.itertuples():\n"
            "        look = {'color': colours[tie.kind], 'dash_array': dashes[tie.status]}\n"
            "        way = [spots[tie.actor_a], [0, 0], spots[tie.actor_b]]\n"
            "        folium.PolyLine(way, tooltip=tie.kind, **look).add_to(m)\n    return m",
        ],
        "wrong": [
            ("There is no draw_ties yet", "nothing = 1"),
            (
                "still blank",
                "def draw_ties(table, spots, colours, dashes):\n"
                "    result = ...\n    return result",
            ),
            ("gives nothing back", draw_ties(back="m")),
            ("not a map", draw_ties(back="return table")),
            ("no PolyLine", draw_ties(add="")),
            ("has tiles", draw_ties(start="folium.Map()")),
            ("for a table of two ties", draw_ties(rows="list(table.iterrows())[:1]")),
            (
                "longitude first",
                draw_ties(way="[spots[tie['actor_a']][::-1], spots[tie['actor_b']][::-1]]"),
            ),
            ("the two actors of its row", draw_ties(way="[spots['A'], spots['D']]")),
            ("have one colour", draw_ties(color="'navy'")),
            ("another colour", draw_ties(color="{'trade': 'blue', 'war': 'red'}[tie['kind']]")),
            ("No line is dashed", draw_ties(dash="''")),
            ("another dash pattern", draw_ties(dash="'3 9'")),
            (
                "another dash pattern",
                draw_ties(dash="'' if tie['status'] == 'asserted' else '7 7'"),
            ),
            ("has no tooltip", draw_ties(more="")),
            ("does not contain the kind", draw_ties(more=", tooltip=tie['status']")),
            ("Python says: KeyError", draw_ties(color="colours[tie['status']]")),
            ("Python says", draw_ties(rows="table")),
            ("does not exist", draw_ties(color="color_of[tie['kind']]")),
            (
                "does not fit other ties",
                draw_ties(dash="{'asserted': '', 'foretold': '3 9'}.get(tie['status'], '7 7')"),
            ),
        ],
    },
}
