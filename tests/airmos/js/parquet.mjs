// SPDX-License-Identifier: BSD-3-Clause
//
// An engine that reads Parquet where it lies: node parquet.mjs URL BYTES ROWS reads two columns of the first ROWS rows by
// range requests, and says as JSON how many requests it made and what is in the columns. parquet_test.py runs it.
import { asyncBufferFromUrl, parquetReadObjects } from 'hyparquet';

const [url, byteLength, rowEnd] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
let requests = 0;
const counted = (...request) => {
    requests += 1;
    return fetch(...request);
};
const file = await asyncBufferFromUrl({ url, byteLength, fetch: counted });
const rows = await parquetReadObjects({ file, columns: ['origin', 'delay'], rowStart: 0, rowEnd });
const delays = new Map();
for (const { origin, delay } of rows) delays.set(origin, (delays.get(origin) ?? 0) + Number(delay));
console.log(JSON.stringify({ requests, rows: rows.length, delays: [...delays].sort() }));
