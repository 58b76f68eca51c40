"""The data package is valid, complete and sourced, and its derived figures can be derived."""

import json
import re
import shutil

import data_rules
import networkx as nx
import pytest
from agreement import jaccard, kappa, share
from frictionless import Package

from notebooks import LESSONS, ROOT, Lesson

DATA = ROOT / "data"
STATUS_DAY = "2026-06-30"

RULES = [
    data_rules.altered_files,
    data_rules.rows_without_source,
    data_rules.unused_sources,
    data_rules.unknown_statements,
    data_rules.dead_evidence,
    data_rules.underived,
]


def test_the_package_is_valid():
    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_table_breaks_a_rule(rule):
    faults = rule(DATA)
    assert not faults, "\n".join(faults)


# Each rule, broken once: it must name what is wrong in one sentence


@pytest.fixture
def copy(tmp_path):
    """A copy of the data that a test may break."""
    return shutil.copytree(DATA, tmp_path / "data", ignore=shutil.ignore_patterns("*.py", "*.md"))


def change(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1, old
    path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")


@pytest.mark.parametrize(
    ("rule", "name", "old", "new", "told"),
    [
        (
            data_rules.altered_files,
            "trade_annual.csv",
            "190.271",
            "199.271",
            "trade_annual.csv was altered",
        ),
        (
            data_rules.rows_without_source,
            "energy.csv",
            ",thestrategist-a6460,",
            ",somebody,",
            "'somebody' is no source",
        ),
        (
            data_rules.rows_without_source,
            "energy.csv",
            ",gacc,thestrategist-a6460,",
            ",gacc,,",
            "read_in is empty",
        ),
        (
            data_rules.unused_sources,
            "sources.csv",
            "\n",
            "\nidle-page,Nobody,https://example.org,carrier,facts and figures only,2026-11-25\n",
            "nothing uses idle-page",
        ),
        (data_rules.unknown_statements, "ties.csv", ",S01,", ",S24,", "no statement S24"),
        (
            data_rules.unknown_statements,
            "forecasts.csv",
            "our wording of S08",
            "our wording of S80",
            "row F01: there is no statement S80",
        ),
        (
            data_rules.dead_evidence,
            "added_reasons.csv",
            "documents:D001",
            "documents:D999",
            "no row documents:D999",
        ),
        (data_rules.dead_evidence, "added_reasons.csv", ",S21,S22,", ",S22,S21,", "no step from"),
        (
            data_rules.underived,
            "growth_variants.csv",
            ",29.5,",
            ",29.4,",
            "growth_variants.csv, row G02: 190.271 / 146.887 - 1 is 29.536, not 29.4",
        ),
        (
            data_rules.underived,
            "partner_shares.csv",
            "76.122 / 255.3 x 100",
            "76.12 / 255.3 x 100",
            "no table gives the 76.12 ",
        ),
        (
            data_rules.underived,
            "context_trade.csv",
            "592.5 + 255.3",
            "summed up",
            "begins with no formula",
        ),
    ],
)
def test_what_is_broken_is_named_in_one_sentence(copy, rule, name, old, new, told):
    before = rule(copy)
    change(copy, name, old, new)
    faults = [fault for fault in rule(copy) if fault not in before]
    assert len(faults) == 1 and told in faults[0] and faults[0].count(". ") == 0, faults


def test_a_file_that_is_gone_or_new_is_named(copy):
    (copy / "events.csv").rename(copy / "other.csv")
    told = data_rules.altered_files(copy)
    assert "events.csv is missing." in told
    assert "other.csv is not described in datapackage.json." in told


# What the package says of itself


def test_every_table_names_its_terms(package):
    for resource in package["resources"]:
        assert resource["licenses"] and resource["title"], resource["name"]


def test_every_column_is_explained_and_measured(package):
    for resource in package["resources"]:
        for field in resource.get("schema", {}).get("fields", []):
            assert field["description"], (resource["name"], field["name"])
            if re.search(r"_(bn|pct|m)$", field["name"]):
                assert field["unit"], (resource["name"], field["name"])


def test_every_table_stands_in_the_readme(package):
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([\w.]+)` \|", readme, flags=re.M)
    assert sorted(listed) == sorted(resource["path"] for resource in package["resources"])


def test_every_fact_names_origin_and_carrier(package):
    """Tables of facts do so by row; the others say in their description whose reading they are."""
    for resource in package["resources"]:
        fields = {f["name"] for f in resource.get("schema", {}).get("fields", [])}
        if {"confidence", "origin", "read_in"} <= fields or resource["name"] == "sources":
            continue
        told = resource.get("description", "")
        assert re.search(r"[Ss]ource|Our reading|Made by the course|Natural Earth", told), resource[
            "name"
        ]


def test_all_outcomes_are_of_the_status_day(table):
    assert set(table("forecasts").status_date) == {STATUS_DAY}
    assert (table("events").date <= STATUS_DAY).all()
    assert "30 June 2026" in (DATA / "README.md").read_text(encoding="utf-8")


# Statements, and what two readers coded

LABELS = ["layer", "unit_type", "claim_type", "tense", "voice", "hedge", "checkable"]


def test_paraphrases_hold_their_loaded_words_and_names_are_short(table):
    for row in table("statements").astype(object).fillna("").itertuples():
        said = " ".join(["", *re.findall(r"[\w'-]+", row.paraphrase.lower()), ""])
        for word in filter(None, row.loaded_words.split("; ")):
            assert f" {word} " in said, (row.statement_id, word)
        assert 2 <= len(row.short_name.split()) <= 4, row.short_name


def test_paraphrases_name_whom_the_article_names(table):
    """What mentions.csv calls named stands by its name in the paraphrase."""
    forms = {
        "CHN": r"Chin(a|ese)",
        "RUS": r"Russia",
        "USA": r"\bUS\b|U\.S\.|United States|America",
        "UKR": r"Ukrain",
        "PRK": r"North Korea",
        "IRN": r"Iran",
        "TWN": r"Taiwan",
        "KOR": r"Korea",
        "UN": r"\bUN\b",
        "UNSC": r"Security Council",
        "WEST": r"West",
        "INTCOM": r"international community",
        "XI": r"\bXi\b",
        "PUTIN": r"\bPutin\b",
    }
    texts = table("statements").set_index("statement_id").paraphrase
    named = table("mentions").query("how == 'named'")
    dropped = [
        (row.statement_id, row.actor_id)
        for row in named.itertuples()
        if not re.search(forms[row.actor_id], texts[row.statement_id])
    ]
    assert dropped == []


def test_labels_are_what_both_readers_chose_or_are_open(table):
    statements = table("statements").astype(object).fillna("").set_index("statement_id")
    readers = table("readers")
    assert len(readers) == len(statements) * len(LABELS)
    assert list(dict.fromkeys(readers.label)) == LABELS
    for row in readers.itertuples():
        course = statements.loc[row.statement_id, row.label]
        is_open = row.label in statements.loc[row.statement_id, "open_labels"].split("; ")
        assert is_open or row.reader_a == row.reader_b == course, row


def test_firm_is_what_both_readers_coded_and_nobody_doubts(table):
    for name, column in [("ties", "agreement"), ("argument_links", "strength")]:
        rows = table(name).astype(object).fillna("")
        both = (rows.reader_a == "yes") & (rows.reader_b == "yes")
        assert ((rows[column] == "firm") == (both & (rows.note == ""))).all(), name
        assert ((rows.reader_a == "yes") | (rows.reader_b == "yes")).all(), name


def test_actors_in_the_text_are_those_mentioned(table):
    how = table("mentions").groupby("actor_id").how.agg(set)
    for row in table("actors").itertuples():
        found = how.get(row.actor_id, set())
        expected = "named" if "named" in found else "implied" if found else "not in the text"
        assert row.in_text == expected, row.actor_id


def test_the_readme_shows_the_agreement(table):
    """The figures of the table in data/README.md, computed anew."""
    readers, told = table("readers"), []
    for label in LABELS:
        rows = readers[readers.label == label]
        a, b = list(rows.reader_a), list(rows.reader_b)
        same = sum(x == y for x, y in zip(a, b, strict=True))
        told.append(f"| {same} | {len(a)} | {share(a, b):.2f} | {kappa(a, b):.2f} |")
    mentions = len(table("mentions").query("agreement == 'firm'"))
    told.append(f"| {mentions} | {len(table('mentions'))} | {mentions / mentions:.2f} | |")
    for name in ["ties", "argument_links"]:
        rows = table(name)
        a, b = (set(rows.index[rows[reader] == "yes"]) for reader in ["reader_a", "reader_b"])
        told.append(f"| {len(a & b)} | {len(a | b)} | {jaccard(a, b):.2f} | |")
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    part = readme.split("## Two readers")[1].split("\n## ")[0]
    printed = [line.split("|", 2)[2] for line in part.splitlines() if re.match(r"\| .*\d", line)]
    assert ["|" + line for line in printed] == told


def test_agreement_is_computed_as_the_textbooks_do():
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert share(first, second) == 0.7
    assert kappa(first, second) == pytest.approx(0.4)
    assert kappa(["yes", "no"], ["no", "yes"]) == -1
    assert kappa(["yes", "yes"], ["yes", "yes"]) is None
    assert jaccard("abc", "bcd") == 0.5 and jaccard("", "") is None
    with pytest.raises(ValueError, match="same units"):
        share(["yes"], [])


def test_argument_has_one_main_conclusion_and_no_circle(table):
    graph = nx.DiGraph(list(table("argument_links")[["from_id", "to_id"]].itertuples(index=False)))
    assert nx.is_directed_acyclic_graph(graph)
    assert set(graph) == set(table("statements").statement_id)
    assert [node for node in graph if graph.out_degree(node) == 0] == ["S23"]


def test_each_objection_has_its_reply(table):
    rows = table("added_reasons").astype(object).fillna("").set_index("reason_id")
    objections = rows.index[rows.kind == "objection"]
    assert [f"R{reason[1:]}" for reason in objections] == list(rows.index[rows.kind == "rebuttal"])
    for reason in objections:
        assert rows.to_id[f"R{reason[1:]}"] == reason
        assert rows.as_put_by[reason] and rows.as_put_by[f"R{reason[1:]}"]


def test_a_reply_answers_the_rebuttal_of_its_number(table):
    rows = table("added_reasons").astype(object).fillna("").set_index("reason_id")
    replies = rows[rows.kind == "reply to a rebuttal"]
    assert len(replies) and set(rows.kind[replies.to_id]) == {"rebuttal"}
    for reason, row in replies.iterrows():
        assert row.to_id == f"R{reason[1:]}" and row.as_put_by, reason


# Coverage


def test_each_statement_is_worked_on_with_evidence(table, package):
    rows = table("coverage")
    assert set(rows.statement_id) == set(table("statements").statement_id)
    assert set(rows.evidence) <= {resource["name"] for resource in package["resources"]}


def test_coverage_names_sections_that_exist(table):
    headings = {}
    for path in LESSONS:
        parts = re.findall(r"^## (?:\d+\. )?(.+)$", Lesson(path).prose, flags=re.M)
        found = {re.sub(r"[`*]", "", part).strip() for part in parts}
        headings.setdefault(path.name[:2], set()).update(found)
    lost = [
        f"coverage.csv: lesson {row.lesson} has no section {row.section!r} ({row.statement_id})."
        for row in table("coverage").astype(object).fillna("").itertuples()
        if row.section not in headings.get(f"{int(row.lesson):02}", set())
    ]
    assert not lost, "\n".join(lost)


# Figures that must agree from table to table


def growth(new, old):
    return (new / old - 1) * 100


@pytest.fixture
def annual(table):
    return table("trade_annual").set_index("year")


def test_growth_variants_can_be_derived_from_the_tables(table, annual):
    variants = table("growth_variants").set_index("variant_id")
    months = table("trade_cumulative").set_index(["year", "last_month"])["total_usd_bn"]
    energy = (
        table("energy").set_index(["product", "supplier", "measure", "year"]).sort_index().amount
    )
    mirror = table("trade_mirror").set_index(["pair", "reporter", "year"]).sort_index()
    oil = energy["crude oil", "Russia", "quantity"]
    products = ["crude oil", "liquefied natural gas", "pipeline gas"]
    both = {
        year: sum(energy[product, "Russia", "value", year] for product in products)
        for year in (2021, 2022)
    }
    russian = mirror.total_usd_bn["China-Russia", "Russia"]
    derived = {
        "G02": growth(annual.total_usd_bn[2022], annual.total_usd_bn[2021]),
        "G07": growth(months[2022, 3], months[2021, 3]),
        "G19": growth(oil[2022], oil[2021]),
        "G22": growth(russian[2022], russian[2021]),
        "G32": growth(both[2022], both[2021]),
    }
    for variant, value in derived.items():
        assert variants.growth_pct[variant] == round(value, 1), variant
    assert set(variants.index[variants.status == "derived"]) == set(derived)


def test_published_variants_agree_with_the_tables(table, annual):
    variants = table("growth_variants").set_index("variant_id")["growth_pct"]
    months = table("trade_cumulative").set_index(["year", "last_month"]).published_total_growth_pct
    money = table("trade_currency").set_index(["year", "period", "currency"])
    early = money.loc[2023, "January to February", "CNY"]
    same = {
        "G01": annual.published_total_growth_pct[2022],
        "G03": annual.published_imports_growth_pct[2022],
        "G04": annual.published_exports_growth_pct[2022],
        "G17": annual.published_total_growth_pct[2021],
        "G08": months[2022, 8],
        "G09": months[2022, 9],
        "G10": months[2022, 10],
        "G11": months[2022, 11],
        "G05": money.total_growth_pct[2022, "year", "CNY"],
        "G25": money.total_growth_pct[2021, "year", "CNY"],
        "G15": early.total_growth_pct,
        "G23": early.exports_growth_pct,
        "G24": early.imports_growth_pct,
        "G26": money.total_growth_pct[2022, "January to March", "CNY"],
    }
    assert {variant: variants[variant] for variant in same} == same


def test_the_same_trade_has_one_figure_in_all_tables(table, annual):
    money = table("trade_currency").query("currency == 'USD' and period == 'year'")
    for row in money.itertuples():
        assert row.total_bn == annual.total_usd_bn[row.year], row.year
        assert row.total_growth_pct == annual.published_total_growth_pct[row.year], row.year
    mirror = table("trade_mirror").query("pair == 'China-Russia' and reporter == 'China'")
    for row in mirror.itertuples():
        assert row.total_usd_bn == annual.total_usd_bn[row.year], row.year


def test_published_growth_agrees_with_the_levels(annual):
    """Within a point: bases are revised, and the carriers round."""
    levels, published = annual.total_usd_bn, annual.published_total_growth_pct
    for year in range(2017, 2026):
        assert abs(growth(levels[year], levels[year - 1]) - published[year]) < 1, year


def test_both_directions_add_up_to_the_total(table):
    """Within the rounding of the carriers, which print one or two decimals."""
    for name in ["trade_annual", "trade_cumulative"]:
        rows = table(name).dropna(subset=["exports_usd_bn", "imports_usd_bn", "total_usd_bn"])
        gap = (rows.exports_usd_bn + rows.imports_usd_bn - rows.total_usd_bn).abs()
        assert len(rows) >= 5 and gap.max() <= 0.11, rows[gap > 0.11]


def test_what_was_said_in_time_is_marked_so(table):
    rows = table("said_30_percent")
    assert ((rows.date < "2023-03-22") == (rows.before_editorial == "yes")).all()
    assert rows.date.is_monotonic_increasing
    assert rows.words.dropna().str.split().str.len().max() <= 5


def test_votes_add_up_to_the_published_totals(table):
    counted = table("un_votes").groupby(["resolution", "vote"]).size()
    published = {
        "ES-11/1": (141, 5, 35, 12),
        "ES-11/4": (143, 5, 35, 10),
        "ES-11/6": (141, 7, 32, 13),
    }
    for resolution, totals in published.items():
        votes = counted[resolution]
        assert tuple(votes[["for", "against", "abstain", "did not vote"]]) == totals


def test_votes_in_events_are_those_of_the_table(table):
    counted = table("un_votes").groupby(["resolution", "vote"]).size()
    for resolution in ["ES-11/1", "ES-11/4", "ES-11/6"]:
        event = table("events").event[table("events").event.str.startswith(resolution)].iloc[0]
        told = re.search(r"(\d+) for, (\d+) against, (\d+) abstain", event)
        assert [int(n) for n in told.groups()] == [
            counted[resolution, vote] for vote in ["for", "against", "abstain"]
        ]


def test_quotations_are_short(table):
    quoted = table("documents").quoted.dropna()
    assert quoted.str.split().str.len().max() <= 8


def test_ucdp_has_one_first_release_for_each_measure_and_year(table):
    first = table("ucdp_releases").query("first_release == 'yes'")
    assert not first.duplicated(["year", "measure"]).any()
    assert (table("ucdp_releases").release > table("ucdp_releases").year).all()


# Forecasts


def test_forecasts_are_settled_only_after_their_day(table):
    rows = table("forecasts")
    settled = rows[rows.status.isin(["yes", "no"])]
    assert (settled.made_on < settled.horizon).all()
    late = settled[(settled.status == "no") & (settled.horizon > settled.status_date)]
    assert late.empty, list(late.forecast_id)


def test_each_side_has_two_hits_and_two_misses(table):
    rows = table("forecasts").query("chosen_by == 'two hits and two misses a side'")
    counted = rows.groupby(["side", "status"]).size().to_dict()
    sides = ["China", "Russia", "Ukraine", "West"]
    assert counted == {(side, status): 2 for side in sides for status in ["yes", "no"]}


def test_questions_on_the_editorial_are_our_wording_of_forecasts(table):
    layers = table("statements").set_index("statement_id").layer
    rows = table("forecasts")
    own = rows[rows.chosen_by == "all forecasts of the editorial"]
    assert set(own.statement_id) == set(layers.index[layers == "forecast"])
    assert (own.forecaster == "editorial, in our wording of " + own.statement_id).all()
    assert (own.worded_by == "course").all()
    doubts = table("statements").query("hedge == 'doubtful'").statement_id
    assert set(own.statement_id[own.polarity == "doubts"]) == set(doubts)


def test_base_rates_use_only_what_was_public_before_the_editorial(table):
    ucdp = table("ucdp_releases")
    known = ucdp[(ucdp.first_release == "yes") & (ucdp.release <= 2022)]
    rates = table("forecasts").set_index("short_name")[["base_rate_yes", "base_rate_of"]]
    for name, measure in {
        "more armed conflicts": "conflicts with a state on at least one side",
        "more deaths": "deaths in organised violence",
    }.items():
        value = known[known.measure == measure].set_index("year").value
        steps = [value[year + 2] > value[year] for year in value.index if year + 2 in value.index]
        assert list(rates.loc[name]) == [sum(steps), len(steps)], name
    # China's customs published 2022 in January 2023 (events, E21), and 2023 a year later
    trade = table("trade_annual").query("year <= 2022").set_index("year")
    total, growth = trade.total_usd_bn, trade.published_total_growth_pct.dropna()
    enough = growth > (200 / total[2022] - 1) * 100
    for name in ("trade over 200 bn", "trade target early"):
        assert list(rates.loc[name]) == [enough.sum(), len(enough)], name
    steps = [total[y + 2] / total[y] >= 250 / total[2022] for y in total.index if y + 2 in total]
    assert list(rates.loc["trade at 250 bn"]) == [sum(steps), len(steps)]


def test_the_seal_is_what_seal_py_writes(copy):
    before = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    change(copy, "events.csv", "E01", "E98")
    shutil.copy(DATA / "seal.py", copy)
    namespace = {"__file__": str(copy / "seal.py"), "__name__": "seal"}
    exec(compile((copy / "seal.py").read_text(encoding="utf-8"), "seal.py", "exec"), namespace)
    namespace["main"]()
    after = json.loads((copy / "datapackage.json").read_text(encoding="utf-8"))
    changed = [
        new["path"]
        for old, new in zip(before["resources"], after["resources"], strict=True)
        if old != new
    ]
    assert changed == ["events.csv"] and data_rules.altered_files(copy) == []
