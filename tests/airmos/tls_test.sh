# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# TLS with a certificate of our own, and buckets as names of hosts.
source tests/airmos/fixture.sh

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 \
    -keyout "$work/key.pem" -out "$work/certificate.pem" 2>/dev/null
start_node --tls-certificate "$work/certificate.pem" --tls-key "$work/key.pem" --domain s3.test
export AWS_CA_BUNDLE=$work/certificate.pem
check "the address is https" contains "https://" "$endpoint"
make_file "$work/file" 9000000
check "a bucket" aws s3 mb "s3://$bucket"
check "an object in parts" aws s3 cp --quiet "$work/file" "s3://$bucket/file"
check "comes back" same "$(md5sum <"$work/file")" "$(aws s3 cp --quiet "s3://$bucket/file" - | md5sum)"
check "plain HTTP is not answered" not curl -fsS "${endpoint/https/http}/health/live"

port=${endpoint##*:}
said=$(curl -sS --cacert "$work/certificate.pem" --insecure --connect-to "$bucket.s3.test:$port:127.0.0.1:$port" \
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --aws-sigv4 aws:amz:us-east-1:s3 --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "https://$bucket.s3.test:$port/file" | md5sum)
check "the bucket is a name of a host" same "$(md5sum <"$work/file")" "$said"
check "all goes" aws s3 rb --force "s3://$bucket"
