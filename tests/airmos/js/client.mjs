// SPDX-License-Identifier: BSD-3-Clause
//
// The JavaScript SDK v3 against a node, as its users call it: buffers, streams of unknown length, multipart, select.
// node client.mjs, with AIRMOS_TEST_URL, AIRMOS_TEST_BUCKET and the AWS keys in the environment.
import assert from 'node:assert/strict';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import * as s3 from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';

const Bucket = process.env.AIRMOS_TEST_BUCKET;
const client = new s3.S3Client({
    endpoint: process.env.AIRMOS_TEST_URL, region: 'us-east-1', forcePathStyle: true, maxAttempts: 1,
});
const send = (Command, input) => client.send(new Command({ Bucket, ...input }));
const md5 = (bytes) => `"${createHash('md5').update(bytes).digest('hex')}"`;
const fails = (name, promise) => assert.rejects(promise, (error) => {
    assert.equal(error.name, name);
    return true;
});
const step = (sentence) => console.log(sentence);

step('a bucket, a buffer');
await send(s3.CreateBucketCommand, {});
const bytes = randomBytes(300_000);
const put = await send(s3.PutObjectCommand, { Key: 'buffer', Body: bytes, Metadata: { colour: 'red' } });
assert.equal(put.ETag, md5(bytes));
assert.ok(put.ChecksumCRC32);
const got = await send(s3.GetObjectCommand, { Key: 'buffer', ChecksumMode: 'ENABLED' });
assert.equal(got.ChecksumCRC32, put.ChecksumCRC32);
assert.equal(got.Metadata.colour, 'red');
assert.deepEqual(Buffer.from(await got.Body.transformToByteArray()), bytes);

step('a stream of unknown length: aws-chunked with a trailer');
const pieces = function* () { for (let at = 0; at < bytes.length; at += 7001) yield bytes.subarray(at, at + 7001); };
const stream = await send(s3.PutObjectCommand, { Key: 'stream', Body: Readable.from(pieces()), ContentLength: bytes.length });
assert.equal(stream.ETag, md5(bytes));
const streamed = await send(s3.GetObjectCommand, { Key: 'stream' });
assert.deepEqual(Buffer.from(await streamed.Body.transformToByteArray()), bytes);
assert.equal(streamed.ContentEncoding, undefined);

step('every checksum');
for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
    const answer = await send(s3.PutObjectCommand, { Key: `sum/${ChecksumAlgorithm}`, Body: bytes, ChecksumAlgorithm });
    assert.ok(answer[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm);
}

step('ranges and conditions');
const range = await send(s3.GetObjectCommand, { Key: 'buffer', Range: 'bytes=-5' });
assert.deepEqual(Buffer.from(await range.Body.transformToByteArray()), bytes.subarray(-5));
await fails('PreconditionFailed', send(s3.PutObjectCommand, { Key: 'buffer', Body: 'x', IfNoneMatch: '*' }));
await fails('PreconditionFailed', send(s3.PutObjectCommand, { Key: 'buffer', Body: 'x', IfMatch: '"0"' }));
await fails('NoSuchKey', send(s3.GetObjectCommand, { Key: 'none' }));

step('multipart with checksums');
const part = randomBytes(5 * 1024 * 1024);
const { UploadId } = await send(s3.CreateMultipartUploadCommand, { Key: 'parts', ChecksumAlgorithm: 'CRC32C' });
const Parts = [];
for (const [index, Body] of [part, bytes].entries()) {
    const PartNumber = index + 1;
    const answer = await send(s3.UploadPartCommand, { Key: 'parts', UploadId, PartNumber, Body, ChecksumAlgorithm: 'CRC32C' });
    Parts.push({ PartNumber, ETag: answer.ETag, ChecksumCRC32C: answer.ChecksumCRC32C });
}
const listed = await send(s3.ListPartsCommand, { Key: 'parts', UploadId });
assert.deepEqual(listed.Parts.map((one) => one.Size), [part.length, bytes.length]);
const whole = await send(s3.CompleteMultipartUploadCommand, { Key: 'parts', UploadId, MultipartUpload: { Parts } });
assert.match(whole.ETag, /-2"$/);
assert.match(whole.ChecksumCRC32C, /-2$/);
const second = await send(s3.GetObjectCommand, { Key: 'parts', PartNumber: 2 });
assert.equal(second.PartsCount, 2);
assert.deepEqual(Buffer.from(await second.Body.transformToByteArray()), bytes);
const attributes = await send(s3.GetObjectAttributesCommand, { Key: 'parts', ObjectAttributes: ['ObjectParts', 'Checksum'] });
assert.equal(attributes.ObjectParts.TotalPartsCount, 2);

step('a URL that is signed before the body is known, with metadata in its query');
class Sha256 {
    constructor(secret) { this.hash = secret ? createHmac('sha256', secret) : createHash('sha256'); }
    update(bytes) { this.hash.update(bytes); }
    async digest() { return this.hash.digest(); }
}
const signer = new SignatureV4({ credentials: await client.config.credentials(), region: 'us-east-1', service: 's3', sha256: Sha256, uriEscapePath: false });
const presign = async (method, headers) => {
    const url = new URL(`${process.env.AIRMOS_TEST_URL}/${Bucket}/buffer`);
    const signed = await signer.presign({
        method, protocol: url.protocol, hostname: url.hostname, port: Number(url.port), path: url.pathname, query: {},
        headers: { host: url.host, 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD', ...headers },
    }, { expiresIn: 300 });
    assert.deepEqual(Object.keys(signed.headers).filter((name) => name !== 'host'), []);
    return `${url}?${new URLSearchParams(signed.query)}`;
};
const put_url = await presign('PUT', {
    'x-amz-meta-colour': 'blue', 'x-amz-meta-name': 'é', 'x-amz-tagging': 'k=v', 'x-amz-acl': 'private',
    'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-sdk-checksum-algorithm': 'CRC32',
});
assert.equal((await fetch(put_url, { method: 'PUT', body: bytes })).status, 200);
const by_url = await send(s3.HeadObjectCommand, { Key: 'buffer', ChecksumMode: 'ENABLED' });
assert.deepEqual(by_url.Metadata, { colour: 'blue', name: '=?UTF-8?B?w6k=?=' });
assert.equal(by_url.ChecksumCRC32, put.ChecksumCRC32);
const encrypted = await presign('PUT', { 'x-amz-server-side-encryption': 'AES256' });
assert.equal((await fetch(encrypted, { method: 'PUT', body: 'x' })).status, 501);

step('listing by pages');
const names = [];
for await (const page of s3.paginateListObjectsV2({ client, pageSize: 2 }, { Bucket })) names.push(...page.Contents.map((one) => one.Key));
assert.deepEqual(names, [...names].sort());
assert.equal(names.length, 7);

step('select');
await send(s3.PutObjectCommand, { Key: 'a.csv', Body: 'n,v\na,1\nb,2\n' });
const answer = await send(s3.SelectObjectContentCommand, {
    Key: 'a.csv', ExpressionType: 'SQL', Expression: 'SELECT s.n FROM S3Object s WHERE CAST(s.v AS INT) = 2',
    InputSerialization: { CSV: { FileHeaderInfo: 'USE' } }, OutputSerialization: { JSON: {} },
});
let text = '', ended = false;
for await (const event of answer.Payload) {
    if (event.Records) text += Buffer.from(event.Records.Payload).toString();
    if (event.End) ended = true;
}
assert.equal(text, '{"n":"b"}\n');
assert.ok(ended);

step('deleting');
const everything = [...names, 'a.csv'].map((Key) => ({ Key }));
const deleted = await send(s3.DeleteObjectsCommand, { Delete: { Objects: everything } });
assert.equal(deleted.Deleted.length, everything.length);
await send(s3.DeleteBucketCommand, {});
