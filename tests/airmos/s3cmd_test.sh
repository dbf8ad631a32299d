# SPDX-License-Identifier: BSD-3-Clause
# shellcheck shell=bash
# s3cmd of Debian: signed payloads, ListObjects version 1, multipart with its own part size.
source tests/airmos/fixture.sh
start_node

s3() {
    s3cmd --no-ssl --host="${endpoint#http://}" --host-bucket="${endpoint#http://}" --access_key="$AWS_ACCESS_KEY_ID" \
        --secret_key="$AWS_SECRET_ACCESS_KEY" --region=us-east-1 --no-progress --multipart-chunk-size-mb=5 "$@"
}
make_file "$work/small" 1234
make_file "$work/large" 12000000

check "a bucket is made" s3 mb "s3://$bucket"
check "a file goes up" s3 put "$work/small" "s3://$bucket/dir/s m+all"
check "a large one goes up in parts" s3 put "$work/large" "s3://$bucket/large"
check "they are listed" contains "s3://$bucket/large" "$(s3 ls -r "s3://$bucket")"
check "with a directory" contains "DIR" "$(s3 ls "s3://$bucket")"
check "one comes back" s3 get "s3://$bucket/dir/s m+all" "$work/small.back"
check "and is the same" cmp "$work/small" "$work/small.back"
check "the large one comes back" s3 get "s3://$bucket/large" "$work/large.back"
check "and is the same" cmp "$work/large" "$work/large.back"
check "one is copied" s3 cp "s3://$bucket/dir/s m+all" "s3://$bucket/copy"
check "its size is told" contains "File size: 1234" "$(s3 info "s3://$bucket/copy")"
check "one is moved" s3 mv "s3://$bucket/copy" "s3://$bucket/moved"
check "metadata is changed in place" s3 modify --add-header=x-amz-meta-colour:red "s3://$bucket/moved"
check "and told" contains "colour:" "$(s3 info "s3://$bucket/moved" | tr 'A-Z' 'a-z')"
check "the bucket is described" contains "Location:" "$(s3 info "s3://$bucket")"
mkdir "$work/tree" && cp "$work/small" "$work/tree/one" && cp "$work/small" "$work/tree/two"
check "a tree is synchronised" s3 sync "$work/tree/" "s3://$bucket/tree/"
check "and comes back" s3 sync "s3://$bucket/tree/" "$work/back/"
check "the same" diff -r "$work/tree" "$work/back"
check "its disk use is counted" contains "2468" "$(s3 du "s3://$bucket/tree/")"
check "everything is deleted" s3 del --recursive --force "s3://$bucket"
check "the bucket too" s3 rb "s3://$bucket"
