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

# Three times three thousand rows, each with each: nobody waits for the end of that. What the process of a query does the test
# can decide where the drive is not that of a guest.
cat >"$work/long.py" <<'EOF'
import os
import signal
import socket
import sys
import urllib.parse

import lib

ENDLESS = "SELECT COUNT(*) FROM S3Object a JOIN S3Object b ON a.iata &lt;&gt; b.iata JOIN S3Object c ON c.iata &lt;&gt; a.name || b.name"


def ask(expression):
    body = f"""<SelectObjectContentRequest><Expression>{expression}</Expression><ExpressionType>SQL</ExpressionType>
<InputSerialization><CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization><OutputSerialization><CSV/>
</OutputSerialization><RequestProgress><Enabled>true</Enabled></RequestProgress></SelectObjectContentRequest>"""
    address = urllib.parse.urlsplit(lib.url)
    connection = socket.create_connection((address.hostname, address.port), timeout=60)
    for piece in lib.signed("POST", f"/{lib.bucket}/airports.csv?select=&select-type=2", body.encode()):
        connection.sendall(piece)
    return connection


def read(connection, word=None):
    """What is said until the word; without one, until the end."""
    said = b""
    while word is None or word not in said:
        piece = connection.recv(65536)
        assert piece or word is None, said
        if not piece:
            break
        said += piece
    return said


def workers():
    """The processes of queries below this test's shell, with the processor time that each had."""
    parents, found = {}, {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                command, _, rest = file.read().partition("(")[2].rpartition(")")
        except OSError:
            continue  # it has ended
        fields = rest.split()
        parents[int(name)] = int(fields[1])
        if command.startswith("csd-query"):
            found[int(name)] = int(fields[11])

    def ours(process):
        while process > 1 and process != int(sys.argv[1]):
            process = parents.get(process, 0)
        return process > 1
    return {process: time for process, time in found.items() if ours(process)}


def send(processes, number):
    for one in processes:
        try:
            os.kill(one, number)
        except ProcessLookupError:
            pass  # it had nothing left to do


if sys.argv[2] == "runs":
    with ask(ENDLESS) as stream:
        said = read(stream, b"Cont")
    assert said.startswith(b"HTTP/1.1 200 "), said
elif sys.argv[2] == "ends":
    stopped = workers()
    send(stopped, signal.SIGSTOP)
    try:
        with ask("SELECT COUNT(*) FROM S3Object") as stream:
            said = read(stream, b"Cont")
            assert b"<Progress>" not in said, said
            send(stopped, signal.SIGCONT)
            said += read(stream)
    finally:
        send(stopped, signal.SIGCONT)
    with open(os.environ["CSD_VEGA"] + "/airports.csv", "rb") as file:
        text = file.read()
    for part in (b"%d\n" % (text.count(b"\n") - 1), b"<BytesScanned>%d</BytesScanned>" % len(text)):
        assert part in said, (part, said)
    assert said.index(b"Cont") < said.index(b"<Progress") < said.index(b"<Stats") < said.rindex(b"End"), said
else:
    with ask(ENDLESS) as stream:
        said = read(stream, b"Cont")
        times = workers()
        os.kill(max(times, key=times.get), signal.SIGKILL)
        said += read(stream)
    assert said.startswith(b"HTTP/1.1 200 ") and b":error-code" in said and b"InternalError" in said, said
    assert b"<Stats" not in said, said
EOF
long_query() { PYTHONPATH=tests/airmos timeout 100 /usr/bin/python3 "$work/long.py" $$ "$1"; }
if [ -z "${CSD_TEST_DEVICES:-}" ]; then
    check "a query that waits says Cont, and Progress when it has its answer" long_query ends
    check "what fails later is an error message in the stream" long_query fails
else
    check "a query that takes long is said to run" long_query runs
fi
check "the node serves others meanwhile" same 3 "$(aws s3 ls "s3://$bucket/" | wc -l)"
stop_node KILL || true # it would wait for that query
