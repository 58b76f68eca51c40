"""The data package is valid, complete, sourced, and its derived figures can be derived."""

import hashlib
import json
import re

import pytest
from frictionless import Package

from notebooks import ROOT

DATA = ROOT / "data"


def test_the_package_is_valid():
    report = Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "message"])


def test_every_file_is_described_once(package):
    described = [r["path"] for r in package["resources"]]
    kept = {p.name for p in DATA.iterdir() if p.suffix in {".csv", ".geojson"}}
    assert len(described) == len(set(described)) and set(described) == kept


def test_files_are_as_published(package):
    for resource in package["resources"]:
        content = (DATA / resource["path"]).read_bytes()
        sealed = f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["hash"] == sealed, f"{resource['path']}: run data/seal.py"
        assert resource["bytes"] == len(content)


def test_every_table_names_its_terms(package):
    for resource in package["resources"]:
        assert resource["licenses"] and resource["title"]


def test_every_column_is_explained_and_measured(package):
    for resource in package["resources"]:
        for field in resource.get("schema", {}).get("fields", []):
            assert field["description"], (resource["name"], field["name"])
            if re.search(r"_(bn|pct|m)$", field["name"]):
                assert field["unit"], (resource["name"], field["name"])


def test_every_fact_names_origin_and_carrier(package):
    """Tables of facts do so by row; the others say in their description whose reading they are."""
    for resource in package["resources"]:
        fields = {f["name"] for f in resource.get("schema", {}).get("fields", [])}
        if {"confidence", "origin", "read_in"} <= fields or resource["name"] == "sources":
            continue
        told = resource.get("description", "")
        assert re.search(r"[Ss]ource|[Oo]ur reading|Made by the course|Natural Earth", told) or (
            resource["name"] == "misconceptions"
        ), resource["name"]


def test_every_source_is_used(table, package):
    used = set()
    for resource in package["resources"]:
        if resource["format"] == "csv" and resource["name"] != "sources":
            frame = table(resource["name"])
            for column in {"origin", "read_in"} & set(frame.columns):
                used |= set(frame[column].dropna())
        used |= set(re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)+", json.dumps(resource)))
        used |= set(re.findall(r"\bgeonames\b", resource.get("description", "")))
    assert set(table("sources")["source_id"]) <= used


def test_no_cell_is_guessed(table):
    """What the dossier only remembers is not here."""
    for name in ["trade_annual", "trade_cumulative", "growth_variants", "energy", "context_trade"]:
        assert "from memory" not in table(name).to_csv()


# Derived figures


def growth(new, old):
    return (new / old - 1) * 100


@pytest.fixture
def annual(table):
    return table("trade_annual").set_index("year")


def test_growth_variants_can_be_derived(table, annual):
    variants = table("growth_variants").set_index("variant_id")["growth_pct"]
    months = table("trade_cumulative").set_index(["year", "last_month"])["total_usd_bn"]
    energy = table("energy").set_index(["product", "supplier", "measure", "year"])["amount"]
    oil = energy["crude oil", "Russia", "quantity"]
    derived = {
        "G02": growth(annual.total_usd_bn[2022], annual.total_usd_bn[2021]),
        "G05": growth(1.293 * 1.077, 1.044),
        "G07": growth(months[2022, 3], months[2021, 3]),
        "G15": growth(1.259 * 0.992, 0.917),
        "G19": growth(oil[2022], oil[2021]),
    }
    for variant, value in derived.items():
        assert variants[variant] == round(value, 1)
    status = table("growth_variants").set_index("variant_id")["status"]
    assert set(status[status == "derived"].index) == set(derived)


def test_published_variants_agree_with_the_tables(table, annual):
    variants = table("growth_variants").set_index("variant_id")["growth_pct"]
    assert variants["G01"] == annual.published_total_growth_pct[2022]
    assert variants["G03"] == annual.published_imports_growth_pct[2022]
    assert variants["G04"] == annual.published_exports_growth_pct[2022]
    assert variants["G17"] == annual.published_total_growth_pct[2021]
    months = table("trade_cumulative").set_index(["year", "last_month"])
    for variant, when in {"G08": 8, "G09": 9, "G10": 10, "G11": 11}.items():
        assert variants[variant] == months.published_total_growth_pct[2022, when]


def test_both_directions_add_up_to_the_total(table):
    """Within the rounding of the carriers, which print one or two decimals."""
    for name in ["trade_annual", "trade_cumulative"]:
        rows = table(name).dropna(subset=["exports_usd_bn", "imports_usd_bn", "total_usd_bn"])
        gap = (rows.exports_usd_bn + rows.imports_usd_bn - rows.total_usd_bn).abs()
        assert len(rows) >= 5 and gap.max() <= 0.11, rows[gap > 0.11]


def test_derived_energy_follows_its_formula(table):
    derived = table("energy").query("confidence == 'derived'")
    assert len(derived) >= 3
    for row in derived.itertuples():
        formula = re.search(r"^([\d.]+) (?:million tonnes a day )?([/x]) ([\d.]+)", row.note)
        a, sign, b = formula.groups()
        value = float(a) / float(b) if sign == "/" else float(a) * float(b)
        decimals = len(str(row.amount).partition(".")[2])
        assert round(value, decimals) == pytest.approx(row.amount, abs=0.5 * 10**-decimals), row


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


def test_two_readers_agree_as_the_readme_says(table):
    rows = table("statements")
    same = rows.claim_type == rows.second_reader_claim_type
    chance = sum(
        (rows.claim_type == kind).mean() * (rows.second_reader_claim_type == kind).mean()
        for kind in ["fact", "value", "policy"]
    )
    kappa = (same.mean() - chance) / (1 - chance)
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    assert f"{same.sum()} of {len(rows)}" in readme and f"{kappa:.2f}" in readme


def test_forecasts_are_settled_only_after_their_day(table):
    rows = table("forecasts")
    settled = rows[rows.status.isin(["yes", "no"])]
    assert (settled.made_on < settled.horizon).all()
    late = settled[(settled.status == "no") & (settled.horizon > settled.status_date)]
    assert late.empty


def test_argument_has_one_main_conclusion_and_no_circle(table):
    import networkx as nx

    graph = nx.DiGraph(list(table("argument_links")[["from_id", "to_id"]].itertuples(index=False)))
    assert nx.is_directed_acyclic_graph(graph)
    assert [node for node in graph if graph.out_degree(node) == 0] == ["S23"]
