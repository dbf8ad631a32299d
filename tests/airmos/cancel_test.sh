# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# Selects whose client leaves, or whose node stops, in the middle: the drive runs them no further.
source tests/airmos/fixture.sh

cat >"$work/request.xml" <<'XML'
<SelectObjectContentRequest><Expression>
SELECT COUNT(*) FROM S3Object a JOIN S3Object b ON a.n = b.n JOIN S3Object c ON b.n = c.n JOIN S3Object d ON c.n = d.n
</Expression><ExpressionType>SQL</ExpressionType>
<InputSerialization><CSV><FileHeaderInfo>USE</FileHeaderInfo></CSV></InputSerialization>
<OutputSerialization><CSV/></OutputSerialization></SelectObjectContentRequest>
XML
# Every row joins every row, three times over: 10^16 of them.
{ echo n && yes 1 | head -n 10000; } >"$work/ones.csv" || true

post_select() { # REQUEST
    exec curl -sS --max-time 120 -X POST --data-binary "@$1" -H 'content-type: application/xml' \
        --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
        -H "x-amz-content-sha256: $(sha256sum <"$1" | cut -d' ' -f1)" "$endpoint/$bucket/ones.csv?select=&select-type=2"
}
running() { curl -fsS "$endpoint/metrics" | awk '/^airmos_drive_selects_running/ { sum += $NF } END { print sum + 0 }'; }
run_now() { [ "$(running)" = "$1" ]; }
start_node --stop-seconds 1
aws s3 mb "s3://$bucket" >"$work/made"
check "an object" aws s3 cp --quiet "$work/ones.csv" "s3://$bucket/ones.csv"
# As many as a drive runs at once, so that it has no room for another until they are gone from it.
start_eight() {
    clients=()
    for _ in 1 2 3 4 5 6 7 8; do
        (post_select "$work/request.xml") >/dev/null 2>&1 &
        clients+=($!)
    done
}

start_eight
check "the drive runs them" wait_until 60 run_now 8
# The last one shows that it was not their deadline that ended the others.
kill -KILL "${clients[@]:0:7}"
began=$SECONDS
check "none runs whose client has left" wait_until 600 run_now 1
echo "measured: 7 endless selects were gone $((SECONDS - began)) s after their clients"
check "the eighth, which began with them, still does" kill -0 "${clients[7]}"
kill -KILL "${clients[7]}"
check "until its client leaves" wait_until 600 run_now 0
sed 's/SELECT.*/SELECT COUNT(*) FROM S3Object/' "$work/request.xml" >"$work/quick.xml"
check "and the drive has room for others" contains 10000 "$( (post_select "$work/quick.xml") | tr -d '\0')"

start_eight
check "the drive runs eight again" wait_until 60 run_now 8
check "the node stops all the same" stop_node
for client in "${clients[@]}"; do
    check "without waiting for them: a client is told by the end of the connection" not wait "$client"
done
start_node
# Behind a target the drive lived on, and has no place for a ninth.
check "after a restart selects are answered" contains 10000 "$( (post_select "$work/quick.xml") | tr -d '\0')"
