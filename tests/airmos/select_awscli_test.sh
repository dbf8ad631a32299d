# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Select by aws-cli, and a query that takes long: the client is told that it still runs, and may go.
source tests/airmos/fixture.sh
start_node

aws s3 mb "s3://$bucket" >/dev/null
for file in airports.csv movies.json flights-3m.parquet; do aws s3 cp --quiet "$CSD_VEGA/$file" "s3://$bucket/$file"; done

select_from() { # KEY INPUT EXPRESSION
    aws s3api select-object-content --bucket "$bucket" --key "$1" --input-serialization "$2" --expression "$3" \
        --expression-type SQL --output-serialization '{"CSV": {}}' "$work/answer" && cat "$work/answer"
}
duckdb() { # SQL
    PYTHONPATH=tests/airmos /usr/bin/python3 -c 'import csv, sys, duckdb_reference
csv.writer(sys.stdout, lineterminator="\n").writerows(duckdb_reference.Duck(sys.argv[1]).rows(sys.argv[2]))' "$work" "$1"
}
check "CSV is as DuckDB has it" same "$(duckdb "SELECT state, count(*) FROM '$CSD_VEGA/airports.csv' GROUP BY 1 ORDER BY 1")" \
    "$(select_from airports.csv '{"CSV": {"FileHeaderInfo": "USE"}}' 'SELECT s.state, COUNT(*) FROM S3Object s GROUP BY s.state ORDER BY 1')"
check "JSON too" same "$(duckdb "SELECT count(*) FROM '$CSD_VEGA/movies.json' WHERE \"IMDB Votes\" > 1000")" \
    "$(select_from movies.json '{"JSON": {"Type": "DOCUMENT"}}' 'SELECT COUNT(*) FROM S3Object[*] s WHERE s."IMDB Votes" > 1000')"
check "Parquet too" same "$(duckdb "SELECT origin, max(distance) FROM '$CSD_VEGA/flights-3m.parquet' GROUP BY 1 ORDER BY 1 LIMIT 5")" \
    "$(select_from flights-3m.parquet '{"Parquet": {}}' 'SELECT origin, MAX(distance) FROM S3Object GROUP BY origin ORDER BY 1 LIMIT 5')"
check "a mistake is explained" refuses "ParseExpectedExpression" select_from airports.csv '{"CSV": {}}' 'SELECT * FROM S3Object WHERE'

# Three times three thousand rows, each with each: nobody waits for the end of that.
PYTHONPATH=tests/airmos check "a query that takes long is said to run" timeout 100 /usr/bin/python3 -c '
import lib
body = b"""<SelectObjectContentRequest><Expression>SELECT COUNT(*) FROM S3Object a JOIN S3Object b ON a.iata &lt;&gt; b.iata
JOIN S3Object c ON c.iata &lt;&gt; a.name || b.name</Expression><ExpressionType>SQL</ExpressionType><InputSerialization><CSV>
<FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization><OutputSerialization><CSV/></OutputSerialization>
</SelectObjectContentRequest>"""
import socket, urllib.parse
address = urllib.parse.urlsplit(lib.url)
with socket.create_connection((address.hostname, address.port), timeout=60) as connection:
    for piece in lib.signed("POST", f"/{lib.bucket}/airports.csv?select=&select-type=2", body):
        connection.sendall(piece)
    said = b""
    while b"Cont" not in said:
        piece = connection.recv(65536)
        assert piece, said
        said += piece
    assert said.startswith(b"HTTP/1.1 200 "), said
'
check "the node serves others meanwhile" same 3 "$(aws s3 ls "s3://$bucket/" | wc -l)"
stop_node KILL || true # it would wait for that query
