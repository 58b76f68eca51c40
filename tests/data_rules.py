"""What the tables of `data/` must keep to. Each rule returns one sentence for each fault.

The rules read a folder, so that tests can break a copy and see that the rule tells.
What a column may hold, keys and links between tables are the Frictionless package's to check.
"""

import csv
import hashlib
import json
import re
from pathlib import Path

Row = dict[str, str]

STATEMENT = re.compile(r"\bS\d{2}\b")
# A leading formula: "(58.37 + 6.75) / 40.56 - 1", "190.271 / 847.8 x 100".
FORMULA = re.compile(r"[\s(]*\d[\d,.]*\)?(?:\s*[-+/x*]\s*\(?\d[\d,.]*\)?)+")
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# The column that a derived row derives.
DERIVED = {
    "trade_annual": "total_usd_bn",
    "trade_cumulative": "total_usd_bn",
    "trade_currency": "total_bn",
    "trade_mirror": "total_usd_bn",
    "growth_variants": "growth_pct",
    "energy": "amount",
    "context_trade": "amount_bn",
    "partner_shares": "share_pct",
    "ucdp_releases": "value",
}
# Derived without a formula, as datapackage.json says: votes that are left over, and outcomes.
WITHOUT_FORMULA = {"un_votes", "forecasts"}


def package(folder: Path) -> dict:
    return json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))


def table(folder: Path, name: str) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables(folder: Path) -> dict[str, list[Row]]:
    return {path.stem: table(folder, path.stem) for path in sorted(folder.glob("*.csv"))}


def keys(folder: Path) -> dict[str, list[str]]:
    """Return, for each table, the columns that name a row."""
    found = {}
    for resource in package(folder)["resources"]:
        key = resource.get("schema", {}).get("primaryKey", [])
        found[resource["name"]] = [key] if isinstance(key, str) else key
    return found


def name_of(row: Row, key: list[str]) -> str:
    return "|".join(row[column] for column in key) or next(iter(row.values()))


def number(text: str) -> float | None:
    try:
        return float(text.replace(",", ""))
    except ValueError:
        return None


def altered_files(folder: Path) -> list[str]:
    """Files that are not the sealed ones, and files that the package does not know."""
    told = []
    described = {resource["path"]: resource for resource in package(folder)["resources"]}
    kept = {path.name for path in folder.iterdir() if path.suffix in {".csv", ".geojson"}}
    for name in sorted(set(described) | kept):
        if name not in kept:
            told.append(f"{name} is missing.")
        elif name not in described:
            told.append(f"{name} is not described in datapackage.json.")
        else:
            content = (folder / name).read_bytes()
            sealed = f"sha256:{hashlib.sha256(content).hexdigest()}"
            if described[name]["hash"] != sealed or described[name]["bytes"] != len(content):
                told.append(f"{name} was altered; if you meant it, run python3 data/seal.py.")
    return told


def rows_without_source(folder: Path) -> list[str]:
    """Rows of facts whose origin or page is not in sources.csv."""
    known = {row["source_id"] for row in table(folder, "sources")}
    key, told = keys(folder), []
    for name, rows in tables(folder).items():
        for column in ("origin", "read_in"):
            for row in rows if rows and column in rows[0] else []:
                if row[column] not in known:
                    lacks = f"{row[column]!r} is no source" if row[column] else "is empty"
                    told.append(f"{name}.csv, row {name_of(row, key[name])}: {column} {lacks}.")
    return told


def unused_sources(folder: Path) -> list[str]:
    """Sources that no row and no description of a table names."""
    used: set[str] = set()
    for name, rows in tables(folder).items():
        if name != "sources":
            for row in rows:
                used |= {row.get("origin", ""), row.get("read_in", ""), row.get("read_also", "")}
                used |= set(re.findall(r"[\w-]+", row.get("note", "")))
    for resource in package(folder)["resources"]:
        used |= set(re.findall(r"[\w-]+", resource.get("description", "")))
    return [
        f"sources.csv: nothing uses {row['source_id']}."
        for row in table(folder, "sources")
        if row["source_id"] not in used
    ]


def unknown_statements(folder: Path) -> list[str]:
    """Cells that name a statement which does not exist."""
    known = {row["statement_id"] for row in table(folder, "statements")}
    key, told = keys(folder), []
    for name, rows in tables(folder).items():
        for row in rows:
            for cell in row.values():
                for statement in sorted(set(STATEMENT.findall(cell)) - known):
                    where = f"{name}.csv, row {name_of(row, key[name])}"
                    told.append(f"{where}: there is no statement {statement}.")
    return told


def dead_evidence(folder: Path) -> list[str]:
    """Evidence of added reasons, as table:key, that leads to no row; targets that do not exist."""
    key, all_rows = keys(folder), tables(folder)
    names = {name: {name_of(row, key[name]) for row in rows} for name, rows in all_rows.items()}
    links = {(row["from_id"], row["to_id"]) for row in all_rows["argument_links"]}
    known = names["statements"] | names["added_reasons"]
    told = []
    for row in all_rows["added_reasons"]:
        who = f"added_reasons.csv, row {row['reason_id']}"
        for item in filter(None, row["evidence"].split("; ")):
            name, _, wanted = item.partition(":")
            if wanted not in names.get(name, set()):
                told.append(f"{who}: there is no row {item}.")
        if row["kind"] == "unstated premise":
            if (row["from_id"], row["to_id"]) not in links:
                step = f"{row['from_id']} to {row['to_id']}"
                told.append(f"{who}: argument_links.csv has no step from {step}.")
        elif row["to_id"] not in known:
            told.append(f"{who}: it answers {row['to_id']}, which does not exist.")
        elif not row["evidence"]:
            told.append(f"{who}: it names no evidence.")
    return told


def underived(folder: Path) -> list[str]:
    """Derived rows without a formula, with a wrong one, or with one over figures nobody gave."""
    key, told = keys(folder), []
    known = figures(folder)
    for name, rows in tables(folder).items():
        if name in WITHOUT_FORMULA:
            continue
        for row in rows:
            if "derived" not in (row.get("confidence"), row.get("status")):
                continue
            where = f"{name}.csv, row {name_of(row, key[name])}"
            formula = FORMULA.match(row.get("note", ""))
            if name not in DERIVED or not formula:
                told.append(f"{where}: it is derived, and its note begins with no formula.")
                continue
            result = compute(formula[0])
            printed = row[DERIVED[name]]
            if DERIVED[name] == "growth_pct":
                result *= 100
            if abs(result - float(printed)) > half_a_digit(printed) + 1e-9:
                told.append(f"{where}: {formula[0].strip()} is {result:.5g}, not {printed}.")
            for part in map(number, NUMBER.findall(formula[0])):
                if part is not None and part not in known:
                    told.append(f"{where}: no table gives the {part:g} of its formula.")
    return told


def half_a_digit(printed: str) -> float:
    """Return half of the last digit that is printed; ends of round thousands are no digits."""
    if "." in printed:
        return 0.5 * 10 ** -len(printed.partition(".")[2])
    return 0.5


def compute(formula: str) -> float:
    """Return the value of a formula of numbers, + - / x and brackets, and of nothing else."""
    plain = formula.replace(",", "").replace("x", "*")
    if not re.fullmatch(r"[\d.()+\-*/\s]+", plain):
        raise ValueError(f"{formula!r} is no formula.")
    return float(eval(plain, {"__builtins__": {}}))


def figures(folder: Path) -> set[float]:
    """Return every figure that a formula may use.

    That is: the numbers in cells, the factor of each growth that a cell or a note gives, what a
    note sums up ("1415.1 is 683.9 + 731.2"), how many times a note calls something, and 1, 2, 100.
    """
    found = {1.0, 2.0, 100.0}
    for rows in tables(folder).values():
        for row in rows:
            for column, cell in row.items():
                value = number(cell)
                if value is not None and column != "note":
                    found.add(value)
                    if column.endswith("_pct"):
                        found.add(round(1 + value / 100, 5))
            note = row.get("note", "")
            for growth in re.findall(r"(?:printed|published) growth of ([\d.]+)%", note):
                found.add(round(1 + float(growth) / 100, 5))
            for times in re.findall(r"([\d.]+) times is rounded", note):
                found.add(float(times))
            for total, first, second in re.findall(r"([\d.]+) is ([\d.]+) \+ ([\d.]+)", note):
                if abs(float(first) + float(second) - float(total)) < 1e-6:
                    found.add(float(total))
    return found
