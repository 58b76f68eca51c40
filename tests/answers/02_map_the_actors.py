"""Right and wrong answers for exercise 02."""


def spot(body):
    return f"def spot(row):\n    {body}"


def count(body):
    first = "rows = table[table['place'] == place]"
    return f"def count_statements(table, place):\n    {first}\n    {body}"


def radius(body):
    return f"def radius(count, scale):\n    {body}"


def draw(
    where="spots[place]",
    size="3 * count**0.5",
    more="tooltip=place",
    start="folium.Map(tiles=None)",
    pairs="counts.items()",
    add=".add_to(m)",
    back="return m",
    circle="CircleMarker",
):
    return (
        f"def draw(counts, spots):\n    m = {start}\n    for place, count in {pairs}:\n"
        f"        folium.{circle}({where}, radius={size}, {more}){add}\n    {back}"
    )


BANK = {
    "q1_order": {
        "right": [
            'q1 = ["E", "C", "D", "A", "B"]',
            'q1 = ("E", "D", "C", "A", "B")',
            'q1 = "D, E, C, A, B"',
            'q1 = "ecdab"',
            'q1 = pd.Series(["E", "C", "D", "A", "B"])',
            'q1 = pd.Series(["E", "D", "C", "A", "B"]).to_numpy()',
        ],
        "wrong": [
            ("still blank", "q1 = ..."),
            ("There is no q1 yet", "del_me = 1"),
            ("should hold each of", 'q1 = ["E", "C", "D", "A"]'),
            ("has no order", 'q1 = {"E", "C", "D", "A", "B"}'),
            ("Use the letters", 'q1 = ["E", "C", "D", "A", "F"]'),
            ("does not hold", 'q1 = ["C", "E", "D", "A", "B"]'),
            ("does not hold", 'q1 = ["E", "C", "A", "D", "B"]'),
            ("does not hold", 'q1 = ["E", "A", "C", "D", "B"]'),
            ("does not hold", 'q1 = ["E", "C", "D", "B", "A"]'),
            ("still has a blank", 'q1 = ["E", ..., "D", "A", "B"]'),
        ],
    },
    "q2_spot": {
        "right": [
            spot("return [row['lat'], row['lon']]"),
            spot("return (row.lat, row.lon)"),
            spot("return row[['lat', 'lon']]"),
            spot("return row[['lat', 'lon']].to_numpy()"),
            "spot = lambda row: [float(row['lat']), float(row['lon'])]",
        ],
        "wrong": [
            ("does not fit a place in the south", spot("return [abs(row['lat']), row['lon']]")),
            ("There is no spot yet", "nothing = 1"),
            (
                "has a blank",
                spot("first = ...\n    second = row['lon']\n    return [first, second]"),
            ),
            ("longitude first", spot("return [row['lon'], row['lat']]")),
            ("gives nothing back", spot("print([row['lat'], row['lon']])")),
            ("the same for two rows", spot("return [52.52, 13.43]")),
            ("the same for two rows", spot("return [actors['lat'][0], actors['lon'][0]]")),
            ("rounds", spot("return [round(row['lat']), round(row['lon'])]")),
            ("rounds", spot("return [round(row['lat'], 1), round(row['lon'], 1)]")),
            ("keeps its sign", spot("return [abs(row['lat']), abs(row['lon'])]")),
            ("Python says: KeyError", spot("return [row['latitude'], row['lon']]")),
            ("One number is asked for", spot("return ['lat', 'lon']")),
            ("A list is asked for", spot("return row['lat']")),
            ("gives 1 things", spot("return [row['lat']]")),
            ("other numbers", spot("return [row['lat'], row['lat']]")),
            ("does not exist", spot("return [lat, lon]")),
        ],
    },
    "q3_count": {
        "right": [
            count("return len(rows.drop_duplicates('statement_id'))"),
            count("return rows['statement_id'].nunique()"),
            count("return len(set(rows['statement_id']))"),
            count("return rows['statement_id'].value_counts().shape[0]"),
            count("return np.int64(rows['statement_id'].nunique())").replace(
                "def ", "import numpy as np\n\n\ndef ", 1
            ),
        ],
        "wrong": [
            (
                "does not fit another place",
                count("return 0 if place == 'Else' else rows['statement_id'].nunique()"),
            ),
            (
                "does not fit the table of the editorial",
                count("return min(4, rows['statement_id'].nunique())"),
            ),
            ("still blank", count("result = ...\n    return result")),
            ("gives nothing back", count("print(rows['statement_id'].nunique())")),
            ("each mention", count("return len(rows)")),
            ("each mention", count("return rows['statement_id'].count()")),
            ("all places", count("return table['statement_id'].nunique()")),
            ("counts actors", count("return rows['actor_id'].nunique()")),
            (
                "named mentions only",
                count("return rows[rows['how'] == 'named']['statement_id'].nunique()"),
            ),
            (
                "the same for two tables",
                "def count_statements(table, place):\n"
                "    return mentions[mentions['place'] == 'Washington']['statement_id'].nunique()",
            ),
            (
                "finds nothing in a small table",
                "def count_statements(table, place):\n"
                "    return mentions[mentions['place'] == place]['statement_id'].nunique()",
            ),
            ("the same for two tables", "def count_statements(table, place):\n    return 3"),
            ("Python says: KeyError", count("return rows['statement'].nunique()")),
            ("One number is asked for", count("return rows['statement_id'].unique()")),
            ("One number is asked for", count("return str(rows['statement_id'].nunique())")),
            (
                "a second place",
                count("return min(3, len(rows)) if len(rows) else 0").replace(
                    "min(3, len(rows)) if len(rows) else 0", "3 if len(rows) else 0"
                ),
            ),
            ("Count its statements by hand", count("return rows['statement_id'].nunique() + 1")),
            (
                "does not give 0",
                count("return max(1, rows['statement_id'].nunique()) if len(table) < 20 else 0"),
            ),
        ],
    },
    "q4_radius": {
        "right": [
            radius("return scale * count**0.5"),
            radius("import math\n    return math.sqrt(count) * scale"),
            radius("import numpy as np\n    return scale * np.sqrt(count)"),
            radius("return (scale**2 * count) ** (1 / 2)"),
            "radius = lambda count, scale: scale * pow(count, 0.5)",
        ],
        "wrong": [
            ("does not fit some other counts", radius("return scale * max(count, 1) ** 0.5")),
            ("still blank", radius("result = ...\n    return result")),
            ("gives nothing back", radius("print(scale * count**0.5)")),
            ("the same for other numbers", radius("return 6")),
            ("in step with the count", radius("return scale * count")),
            ("takes the half", radius("return scale * count / 2")),
            ("leaves out the scale", radius("return count**0.5")),
            ("root of the scale", radius("return (scale * count) ** 0.5")),
            ("rounds", radius("return round(scale * count**0.5)")),
            ("rounds", radius("return round(scale * count**0.5, 1)")),
            ("gives 162", radius("return scale * count**2")),
            ("gives 9.25", radius("return scale * count**0.5 + 3.25")),
            ("how the scale comes in", radius("return scale + count**0.5 + 1")),
            ("no fixed number", radius("return scale * count / 3")),
            ("written as 1/2 it needs brackets", radius("return scale * count**1/2")),
            ("One number is asked for", radius("return [scale * count**0.5]")),
            ("does not exist", radius("return scale * sqrt(count)")),
        ],
    },
    "q5_judge": {
        "right": [
            'q5 = ["A", "C", "E"]',
            'q5 = "E, A, C"',
            'q5 = ("C", "A", "E")',
            'q5 = pd.Series(["A", "C", "E"])',
        ],
        "wrong": [
            ("still blank", "q5 = ..."),
            ("There is more to find", 'q5 = ["A"]'),
            ("There is more to find", 'q5 = ["A", "C"]'),
            ("There is more to find", 'q5 = ["A", "E", "E"]'),
            ("needs no pictures from the web", 'q5 = ["A", "B", "C", "E"]'),
            ("a circle stands at its town", 'q5 = ["A", "C", "D", "E"]'),
            ("Use the letters", 'q5 = ["A", "C", "X"]'),
            ("has no order", 'q5 = {"A", "C", "E"}'),
        ],
    },
    "q6_draw": {
        "right": [
            draw(),
            draw(start="base_map('My map')", more="fill=True, tooltip=label(place, count)"),
            draw(more="tooltip=folium.Tooltip(place, permanent=True)"),
            draw(size="9**0.5 * count**0.5", more="tooltip=f'{place}: {count}'"),
            draw(where="list(spots[place])", pairs="dict(counts).items()"),
            draw(
                start="folium.Map(tiles=None)\n    layer = folium.FeatureGroup().add_to(m)",
                add=".add_to(layer)",
            ),
            "def draw(counts, spots):\n    m = folium.Map(tiles=None)\n    for place in spots:\n"
            "        for name, count in zip(counts.index, counts):\n"
            "            if name == place:\n"
            "                folium.CircleMarker(location=spots[place], radius=3 * count**0.5,\n"
            "                                    tooltip=name).add_to(m)\n    return m",
        ],
        "wrong": [
            (
                "does not fit its place in another table",
                draw(
                    where="spots[place if len(counts) > 2 else 'Near' if place == 'Far' else 'Far']"
                ),
            ),
            ("still blank", "def draw(counts, spots):\n    result = ...\n    return result"),
            ("gives nothing back", draw(back="m")),
            ("not a map", draw(back="return counts")),
            ("no CircleMarker", draw(add="")),
            (
                "by its name, not by its position",
                draw(where="list(spots.values())[list(counts.index).index(place)]"),
            ),
            ("has tiles", draw(start="folium.Map()")),
            ("longitude first", draw(where="spots[place][::-1]")),
            ("for three counts", draw(pairs="list(counts.items())[:2]")),
            ("stand elsewhere", draw(where="[spots[place][0] + 1, spots[place][1]]")),
            ("have one size", draw(size="6")),
            ("four times the radius", draw(size="3 * count")),
            ("Three times the square root", draw(size="4 * count**0.5")),
            ("Three times the square root", draw(size="count**0.5")),
            ("is rounded", draw(size="round(3 * count**0.5)")),
            ("has no tooltip", draw(more="fill=True")),
            ("has no tooltip", draw(more="popup=place")),
            ("does not contain the name", draw(more="tooltip='a place'")),
            ("Python says", draw(pairs="counts")),
            ("Python says: KeyError", draw(where="spots['Moscow']")),
            ("does not exist", draw(where="spot_of[place]")),
            (
                "other counts",
                "def draw(counts, spots):\n    m = folium.Map(tiles=None)\n"
                "    for place, where, n in [('Upper', [50, 10], 16), ('Lower', [-20, 30], 4),\n"
                "                            ('Middle', [5, -70], 2)]:\n"
                "        folium.CircleMarker(where, radius=3 * n**0.5, tooltip=place).add_to(m)\n"
                "    return m",
            ),
        ],
    },
    "q7_note": {
        "right": ['q7 = "B"', 'q7 = "b "', 'q7 = ["B"]'],
        "wrong": [
            ("still blank", "q7 = ..."),
            ("one view for the only one", 'q7 = "A"'),
            ("does not move with the soldiers", 'q7 = "C"'),
            ("gives up too early", 'q7 = "D"'),
            ("a good name for a reason", 'q7 = "E"'),
            ("Use the letters", 'q7 = "F"'),
            ("Choose one", 'q7 = "AB"'),
        ],
    },
}
