"""Somebody else's evaluation of the pushed clauses: odata-query turns each `$filter` into SQL, SQLite judges the rows.

Reads the file that the test `differential` writes and compares, row by row, what SQLite selects with the rows that pass
here. A clause marked exact must select these rows, a superset at least these. A clause that odata-query or SQLite cannot
take is outside the subset and counted by its reason; a row that is judged differently must have one of the reasons listed
in `docs/differences.md`. Anything else fails, and so does a share of compared clauses under the floor.

    python compare.py CASES
"""

import json
import logging
import re
import sqlite3
import sys
from collections import Counter

from odata_query import exceptions
from odata_query.grammar import ODataLexer, ODataParser
from odata_query.sql import AstToSqliteSqlVisitor

# Observed with 10,000 cases: 92.2 % of the pushed clauses are compared. Below this the comparison has lost its worth.
FLOOR = 0.90
TABLE = "sample"
# A double holds 15 decimal digits for certain.
SAFE_DIGITS = 15

SQL_TYPES = {
    "Text": "TEXT",
    "Code": "TEXT",
    "Integer": "INTEGER",
    "BigInteger": "INTEGER",
    "Decimal": "NUMERIC",
    "Boolean": "INTEGER",
    "Enum": "",
    "Option": "",
    "Date": "TEXT",
    "DateTime": "TEXT",
    "Time": "TEXT",
    "Guid": "TEXT",
}
BLANKS = {
    "Text": "",
    "Code": "",
    "Integer": 0,
    "BigInteger": 0,
    "Decimal": 0,
    "Boolean": 0,
    "Enum": "_x0020_",
    "Option": " ",
    "Date": "0001-01-01",
    "DateTime": "0001-01-01 00:00:00",
    "Time": "",
    "Guid": "00000000-0000-0000-0000-000000000000",
}


class OutsideSubset(Exception):
    """A clause that this comparison cannot judge, with the reason."""


def encoded_member(name):
    """The name of an enum member in a filter (A48)."""
    return re.sub(r"[^\w]", lambda found: f"_x{ord(found.group()):04X}_", name)


def stored(side, kind, cell):
    """A cell as SQLite holds it."""
    if cell is None:
        return BLANKS[kind] if side == "business-central" else None
    if kind == "Boolean":
        return int(cell)
    if kind == "DateTime":
        return cell.replace("T", " ").removesuffix("Z")
    if kind == "Enum" and side == "business-central":
        return encoded_member(cell)
    return cell


def database(side, columns):
    """The rows of one side. Texts of Dataverse ignore case as far as SQLite can."""
    connection = sqlite3.connect(":memory:")
    ignores_case = side == "dataverse"
    if not ignores_case:
        connection.execute("PRAGMA case_sensitive_like = ON")
    collation = " COLLATE NOCASE" if ignores_case else ""
    definitions = [
        f'"{name}" {SQL_TYPES[column["type"]]}{collation if column["type"] in ("Text", "Code") else ""}'
        for name, column in columns.items()
    ]
    connection.execute(f"CREATE TABLE {TABLE} (row INTEGER PRIMARY KEY, {', '.join(definitions)})")
    cells = [
        [stored(side, column["type"], cell) for cell in column["cells"]] for column in columns.values()
    ]
    rows = [(number, *values) for number, values in enumerate(zip(*cells))]
    marks = ", ".join("?" * (len(columns) + 1))
    connection.executemany(f"INSERT INTO {TABLE} VALUES ({marks})", rows)
    return connection


def literals(odata):
    """The texts in single quotes."""
    return [text[1:-1].replace("''", "'") for text in re.findall(r"'(?:[^']|'')*'", odata)]


def matched(odata):
    """The texts that a function looks for."""
    found = re.findall(r"(?:startswith|endswith|contains)\(\w+,('(?:[^']|'')*')\)", odata)
    return [text[1:-1].replace("''", "'") for text in found]


def check_subset(kind, odata):
    """Refuses what SQLite or odata-query is known to take for something else."""
    bare = re.sub(r"'(?:[^']|'')*'", "''", odata)
    if kind == "DateTime" and re.search(r"T\d\d:\d\d:\d\d\.\d", bare):
        raise OutsideSubset("DATETIME() of SQLite drops fractions of a second")
    digits = re.findall(r"[\d.]+", bare)
    if kind == "Decimal" and any(len(it.replace(".", "").lstrip("0")) > SAFE_DIGITS for it in digits):
        raise OutsideSubset("a decimal of SQLite is a double")
    if re.search(r"\b0\d{3}-\d\d-\d\d", bare):
        raise OutsideSubset("odata-query reads no year before 1000, so no blank date")
    if any("'" in text for text in matched(odata)):
        raise OutsideSubset("odata-query leaves a quote in a pattern as it is, which is no SQL")
    if any(re.search(r"[%_]", text) for text in matched(odata)):
        raise OutsideSubset("odata-query doubles % and _ in a pattern instead of escaping them")
    if any("[" in text for text in matched(odata)):
        raise OutsideSubset("LIKE of SQLite knows no brackets")


def select(connection, odata):
    """The rows that SQLite selects."""
    try:
        tree = ODataParser().parse(ODataLexer().tokenize(odata))
        where = AstToSqliteSqlVisitor().visit(tree)
    except exceptions.ODataException as error:
        raise OutsideSubset(f"odata-query cannot read it: {type(error).__name__}") from error
    except RecursionError as error:
        raise OutsideSubset("odata-query: nested too deeply") from error
    try:
        return {row for (row,) in connection.execute(f"SELECT row FROM {TABLE} WHERE {where}")}
    except sqlite3.OperationalError as error:
        raise OutsideSubset(f"SQLite: {error}") from error


def reason(side, kind, odata, cell):
    """Why one row may be judged differently; none when it may not."""
    is_text = kind in ("Text", "Code") and isinstance(cell, str)
    ignores_case = side == "dataverse" or "tolower(" in odata
    if is_text and ignores_case and not (cell.isascii() and all(it.isascii() for it in literals(odata))):
        return "SQLite ignores the case of ASCII letters only"
    return None


def compare(clause, columns, connection):
    """Counts the differences of one clause by their reasons; a difference without one is a text."""
    side, odata = clause["side"], clause["odata"]
    column = columns[clause["field"]]
    check_subset(column["type"], odata)
    selected, passing = select(connection, odata), set(clause["passing"])
    wrong = selected ^ passing if clause["exact"] else passing - selected
    explained, unexplained = Counter(), []
    for row in sorted(wrong):
        cell = column["cells"][row]
        why = reason(side, column["type"], odata, cell)
        if why is None:
            unexplained.append(f"row {row} {cell!r} is {'selected' if row in selected else 'left out'}")
        else:
            explained[why] += 1
    return explained, unexplained


def main(file):
    # It tells of every column whose type it does not know.
    logging.getLogger("odata_query").setLevel(logging.ERROR)
    with open(file, encoding="utf-8") as text:
        cases = json.load(text)
    connections = {side: database(side, columns) for side, columns in cases["rows"].items()}
    outside, explained, failures, n_compared, n_rows = Counter(), Counter(), [], 0, 0
    for clause in cases["clauses"]:
        columns = cases["rows"][clause["side"]]
        try:
            differences, unexplained = compare(clause, columns, connections[clause["side"]])
        except OutsideSubset as error:
            outside[str(error)] += 1
            continue
        n_compared += 1
        n_rows += len(columns[clause["field"]]["cells"])
        explained += differences
        if unexplained:
            told = f"seed {clause['seed']} {clause['side']} {clause['field']}: {clause['filter']}"
            failures.append(f"{told}\n  {clause['odata']} (exact: {clause['exact']})\n  {unexplained[:3]}")
    n_clauses = len(cases["clauses"])
    share = n_compared / n_clauses if n_clauses else 0
    print(f"{n_compared} of {n_clauses} pushed clauses compared ({share:.1%}), {n_rows} verdicts")
    for why, count in outside.most_common():
        print(f"  outside the subset: {count} clauses: {why}")
    for why, count in explained.most_common():
        print(f"  judged differently: {count} verdicts: {why}")
    for failure in failures[:20]:
        print(failure)
    has_share = share >= FLOOR
    if not has_share:
        print(f"fewer than {FLOOR:.0%} of the clauses were compared")
    print(f"{len(failures)} clauses judged differently without a reason")
    return 0 if has_share and not failures else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
