"""Makes the two pages for the printer in teaching/: cards of the statements, and an empty table.

    python tools/teaching_prints.py [FOLDER]

The cards come from data/statements.csv, so they say what the lessons say.
"""

import csv
import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent
EDITORIAL = "https://www.donga.com/en/article/all/20230322/4036525/1"

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
@page {{ size: A4 {turned}; margin: 12mm }}
body {{ font: 11pt/1.4 Georgia, "Liberation Serif", serif; color: #111; margin: 0 auto;
       padding: 0 4mm; max-width: {width} }}
h1 {{ font-size: 15pt; margin: 0 0 2mm }}
p {{ margin: 0 0 3mm }}
{style}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""

CARDS = """.cards { display: grid; gap: 0;
         grid-template-columns: repeat(auto-fill, minmax(82mm, 1fr)) }
.card { border: 1px dashed #777; padding: 4mm; min-height: 38mm; break-inside: avoid;
        margin: -0.5px }
.card h2 { font: bold 10pt sans-serif; margin: 0 0 2mm }
.card p { font-size: 11pt }
.layer { font: 9pt sans-serif; color: #333 }"""

TABLE = """table { border-collapse: collapse; width: 100% }
th, td { border: 1px solid #555; text-align: left; vertical-align: top; padding: 2mm }
td { height: 19mm }
tbody th { font-weight: normal; width: 9mm }"""


def cards() -> str:
    """A card for each of the 23 statements: its id, the words that recall it, our paraphrase."""
    with open(ROOT / "data" / "statements.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    body = [
        f'<p>Cut along the lines. The text is our paraphrase of the <a href="{EDITORIAL}">'
        "editorial of The Dong-A Ilbo</a> of 22 March 2023, which is its publisher's. "
        "Learners write the layer, the voice and the hedge below, then lay out the argument.</p>",
        '<div class="cards">',
    ]
    for row in rows:
        body.append(
            f'<section class="card"><h2>{row["statement_id"]} &middot; {escape(row["short_name"])}'
            f"</h2><p>{escape(row['paraphrase'])}</p>"
            '<p class="layer">layer ________ voice ________ hedge ________</p></section>'
        )
    body.append("</div>\n<p>Text: CC BY 4.0. Reading the Summit.</p>")
    return PAGE.format(
        title=f"The editorial on {len(rows)} cards",
        turned="portrait",
        width="190mm",
        style=CARDS,
        body="\n".join(body),
    )


def table() -> str:
    """An evidence table with two sides and a column for what is missing."""
    heads = ["", "what is on record", "source, date", "speaks for the claim", "speaks against it"]
    head = "".join(f'<th scope="col">{h or "row"}</th>' for h in heads)
    rows = "\n".join(
        f'<tr><th scope="row">{n}</th>' + "<td></td>" * (len(heads) - 1) + "</tr>"
        for n in range(1, 7)
    )
    body = (
        "<p><b>Claim</b>, with its layer and hedge: "
        "____________________________________________________________________</p>\n"
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n"
        "<p><br><b>What is missing</b>, and where it could be found: ______________________________"
        "__________________________</p>\n"
        "<p><b>How sure</b>, from 0 to 100, and what would change it: ____________________________"
        "__________________________</p>\n<p>Text: CC BY 4.0. Reading the Summit.</p>"
    )
    return PAGE.format(
        title="Evidence table", turned="landscape", width="270mm", style=TABLE, body=body
    )


def main(folder: Path) -> None:
    for name, page in (("statement_cards.html", cards()), ("evidence_table.html", table())):
        (folder / name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "teaching")
