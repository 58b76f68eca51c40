"""Right and wrong answers for exercise 02."""


def actors_map(
    where="[row['lat'], row['lon']]",
    size="4 * row['statements'] ** 0.5",
    more="tooltip=row['name']",
    rows="table.dropna(subset=['lat'])",
    back="return m",
    circle="CircleMarker",
):
    return (
        "def draw_actors(table):\n    m = folium.Map(tiles=None)\n"
        f"    for _, row in {rows}.iterrows():\n"
        f"        folium.{circle}({where}, radius={size}, {more}).add_to(m)\n"
        f"    {back}"
    )


def ties_map(
    kinds="set(table['kind'])",
    name="kind",
    rows="table[table['kind'] == kind]",
    ends="[spots[row['actor_a']], spots[row['actor_b']]]",
    line="folium.PolyLine(ends).add_to(layer)",
    layer="layer.add_to(m)",
    first="",
    last="folium.LayerControl().add_to(m)",
    back="return m",
):
    return (
        f"def draw_ties(table, spots):\n    m = folium.Map(tiles=None)\n    {first}\n"
        f"    for kind in {kinds}:\n"
        f"        layer = folium.FeatureGroup(name={name})\n        {layer}\n"
        f"        for _, row in {rows}.iterrows():\n"
        f"            ends = {ends}\n            {line}\n"
        f"    {last}\n    {back}"
    )


def count(body):
    return f"def count_statements(m, a, where):\n    t = m.merge(a, on='actor_id')\n    {body}"


BANK = {
    "q1_location": {
        "right": [
            "def location(row):\n    return [row['lat'], row['lon']]",
            "location = lambda row: (row.lat, row.lon)",
            "def location(row):\n    return row[['lat', 'lon']]",
            "def location(row):\n    return np.array([row.loc['lat'], row.loc['lon']])",
        ],
        "wrong": [
            ("(M10)", "def location(row):\n    return [row['lon'], row['lat']]"),
            ("stops with KeyError", "def location(row):\n    return [row['latitude'], row['lon']]"),
            ("does not give a pair", "def location(row):\n    return row['lat']"),
            ("does not give a pair", "def location(row):\n    return f\"{row['lat']}\""),
            ("not a number", "def location(row):\n    return ['lat', 'lon']"),
            ("not a number", "def location(row):\n    return [float('nan'), row['lon']]"),
            ("other numbers", "def location(row):\n    return [round(row['lat']), row['lon']]"),
            ("south and west", "def location(row):\n    return [abs(row['lat']), abs(row['lon'])]"),
            ("south and west", "def location(row):\n    return [52.5, 13.4]"),
            (
                "south and west",
                "def location(row):\n    return [1 / (row['lon'] > 0) * row['lat'], row['lon']]",
            ),
        ],
    },
    "q2_radius": {
        "right": [
            "def radius(value, scale):\n    return scale * np.sqrt(value)",
            "radius = lambda value, scale: value**0.5 * scale",
            "import math\ndef radius(v, s):\n    return math.sqrt(v * s * s)",
            "def radius(v, s):\n    area = np.pi * s**2 * v\n    return (area / np.pi) ** 0.5",
        ],
        "wrong": [
            ("(M09)", "def radius(value, scale):\n    return value * scale"),
            ("not use the scale", "def radius(value, scale):\n    return np.sqrt(value)"),
            ("under the root", "def radius(value, scale):\n    return np.sqrt(value * scale)"),
            ("another number", "def radius(value, scale):\n    return value**2 * scale"),
            ("gives back a str", "def radius(value, scale):\n    return '6'"),
            ("gives NaN", "def radius(value, scale):\n    return float('nan')"),
            ("stops with NameError", "def radius(value, scale):\n    return scale * sqrt(value)"),
            ("other values", "def radius(value, scale):\n    return 6"),
            ("other values", "def radius(value, scale):\n    return scale * int(value**0.5)"),
            (
                "number for some other",
                "def radius(value, scale):\n    return 6 if value == 9 else None",
            ),
        ],
    },
    "q3_count": {
        "right": [
            count("return t.loc[t['place'] == where, 'statement_id'].nunique()"),
            count("return len(t.query('place == @where').drop_duplicates('statement_id'))"),
            "def count_statements(mentions, actors, where):\n"
            "    ids = list(actors[actors['place'] == where]['actor_id'])\n"
            "    return len(set(mentions[mentions['actor_id'].isin(ids)]['statement_id']))",
            "def count_statements(mentions, actors, where):\n    found = []\n"
            "    for _, row in mentions.merge(actors, how='left').iterrows():\n"
            "        if row['place'] == where and row['statement_id'] not in found:\n"
            "            found.append(row['statement_id'])\n"
            "    return len(found)",
            count("return t.groupby('place')['statement_id'].nunique()[where]"),
        ],
        "wrong": [
            ("counts mentions", count("return (t['place'] == where).sum()")),
            ("all places", count("return t['statement_id'].nunique()")),
            (
                "only imply",
                count(
                    "t = t[(t['place'] == where) & (t['how'] == 'named')]\n"
                    "    return t['statement_id'].nunique()"
                ),
            ),
            (
                "only imply",
                count("return ((t['place'] == where) & (t['how'] == 'named')).sum()"),
            ),
            (
                "one actor of the place",
                "def count_statements(m, a, where):\n"
                "    t = m.merge(a.drop_duplicates('place'), on='actor_id')\n"
                "    return t[t['place'] == where]['statement_id'].nunique()",
            ),
            ("counts actors", count("return t[t['place'] == where]['actor_id'].nunique()")),
            ("stops with KeyError", count("return t['town'].nunique()")),
            ("gives back a DataFrame", count("return t[t['place'] == where]")),
            ("gives back a str", count("return '7'")),
            ("gives NaN", count("return float('nan')")),
            ("another number", count("return 0")),
            ("follow the place", count("return t[t['place'] == 'Here']['statement_id'].nunique()")),
            (
                "whole tables",
                count(
                    "t = t.head(13)\n    return t[t['place'] == where]['statement_id'].nunique()"
                ),
            ),
        ],
    },
    "q4_choice": {
        "right": ['q4 = "C"', "q4 = 'c'", 'q4 = " C "'],
        "wrong": [
            ("(M16)", 'q4 = "A"'),
            ("for a measurement", 'q4 = "B"'),
            ("the place of another", 'q4 = "D"'),
            ("goes too far", 'q4 = "E"'),
            ("one letter", "q4 = 3"),
            ("one letter", 'q4 = "F"'),
            ("one letter", "q4 = float('nan')"),
        ],
    },
    "q5_circles": {
        "right": [
            actors_map(),
            "def draw_actors(table):\n    m = folium.Map([20, 60], tiles=None, zoom_start=2)\n"
            "    layer = folium.FeatureGroup(name='actors').add_to(m)\n"
            "    for row in table[table['lat'].notna()].itertuples():\n"
            "        text = folium.Tooltip(f'<b>{row.name}</b>: {row.statements}')\n"
            "        mark = folium.CircleMarker((row.lat, row.lon), fill=True, popup=row.name)\n"
            "        mark.options['radius'] = 4 * np.sqrt(row.statements)\n"
            "        text.add_to(mark)\n        layer.add_child(mark)\n"
            "    folium.LayerControl().add_to(m)\n    return m",
            "def draw_actors(table):\n    m = folium.Map()\n    t = table.query('lat == lat')\n"
            "    for name, lat, lon, n in sorted(zip(t.name, t.lat, t.lon, t.statements)):\n"
            "        c = folium.CircleMarker(np.array([lat, lon]), 4 * n**0.5, tooltip=name)\n"
            "        m.add_child(c)\n    m.fit_bounds([[-50, -120], [70, 150]])\n    return m",
            "def draw_actors(table):\n    m = folium.Map(tiles=None)\n    ground = folium.GeoJson("
            "{'type': 'FeatureCollection', 'features': []}).add_to(m)\n"
            "    for row in table.to_dict('records'):\n"
            "        if pd.notna(row['lat']):\n"
            "            where, size = [row['lat'], row['lon']], (16 * row['statements']) ** 0.5\n"
            "            folium.CircleMarker(where, size, tooltip=row['name']).add_to(m)\n"
            "    return m",
        ],
        "wrong": [
            ("(M10)", actors_map(where="[row['lon'], row['lat']]")),
            ("(M17)", actors_map(rows="table.fillna(0)")),
            ("(M09)", actors_map(size="row['statements']")),
            ("(M09)", actors_map(size="float(4 * row['statements'])")),
            ("stops with ValueError", actors_map(rows="table")),
            ("stops with KeyError", actors_map(size="row['count']")),
            ("gives nothing back", actors_map(back="pass")),
            ("gives back a DataFrame", actors_map(back="return table")),
            ("gives back a float", actors_map(back="return float('nan')")),
            ("gives back a str", actors_map(back="return 'map'")),
            ("no CircleMarker", actors_map(circle="Circle")),
            ("has 1 circles", actors_map(rows="table.head(1)")),
            ("other places", actors_map(where="[row['lat'], row['lat']]")),
            ("radius is missing", actors_map(size="None")),
            ("radius is missing", actors_map(size="'large'")),
            ("radius is missing", actors_map(size="float('nan')")),
            ("one size", actors_map(size="8")),
            ("another radius", actors_map(size="row['statements'] ** 0.5")),
            ("no tooltip", actors_map(more="popup=row['name']")),
            ("contain the name", actors_map(more="tooltip=str(row['statements'])")),
            ("each row of another", actors_map(rows="table.dropna().head(2)")),
            (
                "does not fit its row",
                actors_map(size="{16: 16, 4: 8}.get(row['statements'], 9)"),
            ),
            (
                "does not fit its row",
                actors_map(more="tooltip='Upper' if row['lat'] > 0 else 'Lower'"),
            ),
            (
                "does not fit its row",
                actors_map(where="[row['lat'], abs(row['lon'])]"),
            ),
            (
                "a map for another table",
                actors_map(back="return m if len(table.dropna()) < len(table) else None"),
            ),
        ],
    },
    "q6_layers": {
        "right": [
            ties_map(),
            "def draw_ties(table, spots):\n    m = folium.Map()\n"
            "    for kind, part in table.groupby('kind'):\n"
            "        layer = folium.FeatureGroup(f'<b>{kind}</b>', show=False)\n"
            "        for row in part.itertuples():\n"
            "            ends = sorted([spots[row.actor_a], spots[row.actor_b]])\n"
            "            layer.add_child(folium.PolyLine(ends, color='red', tooltip=kind))\n"
            "        m.add_child(layer)\n"
            "    m.add_child(folium.LayerControl(collapsed=False))\n    return m",
            "def draw_ties(table, spots):\n    m = folium.Map(tiles=None)\n    layers = {}\n"
            "    for _, row in table.iterrows():\n        kind = row['kind']\n"
            "        if kind not in layers:\n"
            "            layers[kind] = folium.FeatureGroup(name=kind).add_to(m)\n"
            "        a, b = spots[row['actor_a']], spots[row['actor_b']]\n"
            "        folium.PolyLine((tuple(b), tuple(a)), weight=2).add_to(layers[kind])\n"
            "    folium.LayerControl().add_to(m)\n    m.fit_bounds([[-50, -120], [70, 150]])\n"
            "    return m",
        ],
        "wrong": [
            ("(M10)", ties_map(ends="[spots[row[c]][::-1] for c in ('actor_a', 'actor_b')]")),
            ("stops with KeyError", ties_map(ends="[spots[row['a']], spots[row['b']]]")),
            ("gives nothing back", ties_map(back="pass")),
            ("gives back a list", ties_map(back="return [m]")),
            ("gives back a float", ties_map(back="return float('nan')")),
            ("gives back a str", ties_map(back="return 'map'")),
            ("no FeatureGroup", ties_map(layer="pass")),
            ("has 3 layers", ties_map(kinds="table['kind']")),
            ("named after", ties_map(name="None")),
            ("named after", ties_map(name="5")),
            ("map itself", ties_map(line="folium.PolyLine(ends).add_to(m)")),
            ("no PolyLine", ties_map(line="pass")),
            ("hold 1 and 1 lines", ties_map(rows="table[table['kind'] == kind].head(1)")),
            ("hold 3 and 3 lines", ties_map(rows="table")),
            ("joins other places", ties_map(ends="[spots[row['actor_a']], [0, 0]]")),
            ("0 LayerControl", ties_map(last="pass")),
            (
                "stands before a layer",
                ties_map(first="folium.LayerControl().add_to(m)", last="pass"),
            ),
            ("not fit the kinds", ties_map(kinds="['trade', 'war']")),
            (
                "each row, also",
                ties_map(
                    rows="table[table['kind'] == kind].drop_duplicates(['actor_a', 'actor_b'])"
                ),
            ),
            ("map for the whole", ties_map(back="return m if len(table) == 3 else None")),
        ],
    },
    "q7_order": {
        "right": [
            'q7 = ["B", "E", "D", "C", "A"]',
            'q7 = ("b", "e", "d", "c", "a")',
            'q7 = "BEDCA"',
            'q7 = pd.Series(["B", "E", "D", "C", "A"])',
        ],
        "wrong": [
            ("(M10)", 'q7 = ["C", "A", "E", "B", "D"]'),
            ("(M10)", 'q7 = ["D", "B", "E", "A", "C"]'),
            ("most enlarged place first", 'q7 = ["A", "C", "D", "E", "B"]'),
            ("list of five letters", "q7 = 5"),
            ("list of five letters", "q7 = set('BEDCA')"),
            ("each of the five", 'q7 = ["B", "E", "D", "C"]'),
            ("each of the five", "q7 = [1, 2, 3, 4, float('nan')]"),
            ("nearest to the equator", 'q7 = ["E", "B", "D", "C", "A"]'),
            ("farthest from", 'q7 = ["B", "E", "D", "A", "C"]'),
            ("second place", 'q7 = ["B", "D", "E", "C", "A"]'),
            ("third and the fourth", 'q7 = ["B", "E", "C", "D", "A"]'),
        ],
    },
}
