-- Other files, read or written, by every way DuckDB has. @DIR@ is the directory of the object and its neighbour.
SELECT * FROM read_csv('/etc/passwd')
;;
SELECT * FROM read_csv_auto('/etc/passwd')
;;
SELECT * FROM read_text('/etc/passwd')
;;
SELECT * FROM read_blob('/etc/shadow')
;;
SELECT * FROM read_text('@DIR@/neighbour')
;;
SELECT * FROM read_text('/proc/self/fd/10')
;;
SELECT * FROM read_json('/etc/passwd')
;;
SELECT * FROM read_json_auto('@DIR@/neighbour')
;;
SELECT * FROM read_ndjson('@DIR@/neighbour')
;;
SELECT * FROM read_ndjson_objects('@DIR@/neighbour')
;;
SELECT * FROM read_json_objects('@DIR@/neighbour')
;;
SELECT * FROM read_parquet('@DIR@/neighbour')
;;
SELECT * FROM parquet_scan('@DIR@/neighbour')
;;
SELECT * FROM parquet_metadata('@DIR@/*')
;;
SELECT * FROM parquet_schema('@DIR@/*')
;;
SELECT * FROM parquet_file_metadata('@DIR@/*')
;;
SELECT * FROM parquet_kv_metadata('@DIR@/*')
;;
SELECT * FROM parquet_bloom_probe('@DIR@/*', 'a', 1)
;;
SELECT * FROM read_duckdb('@DIR@/neighbour')
;;
SELECT * FROM glob('/**')
;;
SELECT * FROM glob('@DIR@/*')
;;
SELECT * FROM sniff_csv('/etc/passwd')
;;
SELECT * FROM s3object, '/etc/passwd'
;;
SELECT * FROM '/etc/passwd' a JOIN s3object b ON true
;;
SELECT * FROM s3object WHERE id = (SELECT count(*) FROM read_text('/etc/passwd'))
;;
SELECT (SELECT content FROM read_text('/etc/passwd'))
;;
WITH t AS (SELECT * FROM read_text('/etc/passwd')) SELECT * FROM t, s3object
;;
SELECT * FROM s3object ORDER BY (SELECT content FROM read_text('/etc/passwd'))
;;
SELECT * FROM s3object LIMIT (SELECT count(*) FROM glob('/*'))
;;
SELECT * FROM query('SELECT * FROM read_text(''/etc/passwd'')')
;;
SELECT * FROM query_table('/etc/passwd')
;;
SELECT * FROM query_table(['s3object', '/etc/passwd'])
;;
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''/etc/passwd'')'))
;;
SELECT json_execute_serialized_sql('{}')
;;
SELECT json_deserialize_sql(json_serialize_sql('SELECT 1'))
;;
SELECT * FROM st_read('/etc/passwd')
;;
SELECT * FROM sqlite_scan('/etc/passwd', 't')
;;
SELECT * FROM postgres_scan('host=localhost', 'public', 't')
;;
SELECT * FROM read_xlsx('/etc/passwd')
;;
SELECT * FROM iceberg_scan('/etc')
;;
SELECT * FROM delta_scan('/etc')
;;
SELECT * FROM arrow_scan(1, 2, 3)
;;
SELECT * FROM seq_scan('s3object')
;;
SELECT * FROM 'https://example.com/a.csv' t, s3object
;;
SELECT * FROM read_csv('https://example.com/a.csv')
;;
SELECT * FROM read_csv('s3://bucket/a.csv')
;;
SELECT getenv('HOME')
;;
SELECT * FROM which_secret('s3://a', 's3')
;;
SELECT * FROM unnest((SELECT list(content) FROM read_text('/etc/*')))
;;
PIVOT (SELECT * FROM read_text('/etc/passwd')) ON filename IN ('a') USING count(*)
;;
SELECT * FROM s3object SEMI JOIN read_text('/etc/passwd') t ON true
;;
-- expect any
SELECT * FROM "/etc/passwd"
;;
-- expect any
SELECT * FROM "@DIR@/neighbour"
