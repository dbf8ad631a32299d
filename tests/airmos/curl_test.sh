# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# curl --aws-sigv4 of Debian: the plain requests, and what the answers look like to the bare eye.
source tests/airmos/fixture.sh
start_node

s3() { # PATH [OPTION...]
    local path=$1
    shift
    curl -sS --max-time 60 --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$endpoint$path" "$@"
}
code() { s3 "$@" -o /dev/null -w '%{http_code}'; }
head_of() { s3 "$@" -o /dev/null -D - | tr -d '\r'; }

make_file "$work/file" 3000000
md5=$(md5sum <"$work/file" | cut -c1-32)
check "a bucket is made" same 200 "$(code "/$bucket" -X PUT)"
check "a file is put" same 200 "$(code "/$bucket/file" -T "$work/file" -H 'Content-Type: text/x-thing' -H 'x-amz-meta-a: b')"
check "and got" same "$md5" "$(s3 "/$bucket/file" | md5sum | cut -c1-32)"
said=$(head_of "/$bucket/file" -I)
check "the ETag is the MD5 in quotes" contains "ETag: \"$md5\"" "$said"
check "the type comes back" contains "Content-Type: text/x-thing" "$said"
check "metadata comes back" contains "x-amz-meta-a: b" "$said"
check "the request has an id" contains "x-amz-request-id: " "$said"
check "ranges are offered" contains "Accept-Ranges: bytes" "$said"
said=$(head_of "/$bucket/file" -r 5-9)
check "a range is 206" contains "206 Partial Content" "$said"
check "and says which" contains "Content-Range: bytes 5-9/3000000" "$said"
check "what is not modified is 304" same 304 "$(code "/$bucket/file" -H "If-None-Match: \"$md5\"")"
check "a failed condition is 412" same 412 "$(code "/$bucket/file" -H 'If-Match: "0"')"
check "what is not there is 404" same 404 "$(code "/$bucket/none")"
check "with a reason" contains "<Code>NoSuchKey</Code>" "$(s3 "/$bucket/none")"
check "and its name" contains "<Key>none</Key>" "$(s3 "/$bucket/none")"
check "deleting is 204" same 204 "$(code "/$bucket/file" -X DELETE)"
check "deleting again too" same 204 "$(code "/$bucket/file" -X DELETE)"
check "no keys, no access" contains "<Code>AccessDenied</Code>" "$(curl -sS "$endpoint/$bucket")"
check "wrong keys neither" contains "<Code>SignatureDoesNotMatch</Code>" \
    "$(curl -sS --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:wrong" \
        -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' "$endpoint/$bucket")"
check "the node lives" same 200 "$(curl -sS -o /dev/null -w '%{http_code}' "$endpoint/health/live")"
check "it is ready" same 200 "$(curl -sS -o /dev/null -w '%{http_code}' "$endpoint/health/ready")"
check "it counts" contains 'airmos_requests_total{operation="PutObject",status="200"} 1' "$(curl -sS "$endpoint/metrics")"
check "the bucket is deleted" same 204 "$(code "/$bucket" -X DELETE)"
