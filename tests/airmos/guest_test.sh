# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# The node inside the guest, on /dev/ng0n1, with the clients outside: what they find is the same.
source tests/airmos/fixture.sh

mkdir "$work/share" "$work/share/lib"
cp "$CSD_BIN/airmos" "$work/share"
ldd "$CSD_BIN/airmos" | awk '$3 ~ /^\// && $3 !~ /lib(c|m)\.so/ { print $3 }' | xargs cp -Lt "$work/share/lib"
cat >"$work/share/serve.sh" <<EOF
export LD_LIBRARY_PATH=/share/lib AIRMOS_ACCESS_KEY=$AIRMOS_ACCESS_KEY AIRMOS_SECRET_KEY=$AIRMOS_SECRET_KEY
/share/airmos --drive /dev/ng0n1 --listen 0.0.0.0:9000 >/share/log 2>/share/said &
until [ -e /share/enough ]; do sleep 0.2; done
kill %1
wait
EOF
port=$((20000 + RANDOM % 10000))
(exec setpriv --pdeathsig TERM ./csd vm --root "$work/drive" --share "$work/share" --forward "$port:9000" --memory 2G \
    --console "$work/console" --timeout 600 -- bash /share/serve.sh >"$work/node.log" 2>&1) &
guest=$!
endpoint=http://127.0.0.1:$port
export AIRMOS_TEST_URL=$endpoint

serves() {
    kill -0 $guest || { cat "$work/console" && exit 1; }
    [ "$(curl -s -o /dev/null -m 5 -w '%{http_code}' "$endpoint/health/ready")" = 200 ]
}
end=$((SECONDS + 150))
until serves; do
    [ $SECONDS -lt $end ] || { cat "$work/share/said" "$work/node.log" && exit 1; }
    sleep 0.5
done
# Without KVM the guest is slow.
tests=(boto3_test)
[ "$CSD_LONG" = 0 ] || tests+=(multipart_test listing_test select_test races_test raw_test)
for name in "${tests[@]}"; do
    export AIRMOS_TEST_BUCKET=$bucket-${name%_test}
    export AIRMOS_TEST_BUCKET=${AIRMOS_TEST_BUCKET//_/-}
    check "$name holds in the guest" /usr/bin/python3 "tests/airmos/$name.py"
done
aws s3 mb "s3://$bucket"
aws s3 cp --quiet "$CSD_VEGA/airports.csv" "s3://$bucket/airports.csv"
check "select runs in the drive behind the guest" aws s3api select-object-content --bucket "$bucket" --key airports.csv \
    --expression-type SQL --expression 'SELECT COUNT(*) FROM S3Object' --input-serialization '{"CSV": {"FileHeaderInfo": "USE"}}' \
    --output-serialization '{"CSV": {}}' "$work/answer"
check "and answers" same "$(($(wc -l <"$CSD_VEGA/airports.csv") - 1))" "$(cat "$work/answer")"
check "the object is a file of the drive on the host" grep -rqs 'Bay Springs' "$work/drive"
touch "$work/share/enough"
check "the guest ends" wait $guest
