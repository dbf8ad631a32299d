-- Names with SQL in them, where our own or DuckDB's text of the query might paste them: paths, tables, stars.
select * from "x[*].a, current_setting('memory_limit') as v, current_query() as q"
;;
select * from "x[*].(select * from duckdb_settings())"
;;
select * from "S3Object[*].(select * from duckdb_settings())"
;;
select * from "s3object[*].id, current_query() as q"
;;
select * from "s3object"[*]."id, current_query() as q", "s3object[*].0"
;;
select * from /* "s3object"[*] */ "S3Object[*].id, current_setting('memory_limit') as v" -- [*].x
;;
select * from S3Object/**/[*].id, "x[*].a""b, current_query()"
;;
select * from 'x[*].id, current_query() as q'
;;
select * from 's3object[*].id, current_query() as q'
;;
select * from 's3object[*].0'
;;
select * from 's3object[*].99999999999999999999'
;;
select * from e'x\x5b*].id, current_query() as q'
;;
select * from $$s3object[*].id, current_query() as q$$
;;
select * from U&"x\005B*].id, current_query() as q"
;;
select * from U&'x\005B*].id, current_query() as q'
;;
select * from main."s3object[*].id, current_query() as q"
;;
with "s3object[*].0" as (select 1) select * from "s3object[*].0"
;;
select (select max(v) from "x[*].id, current_query() as v")
;;
select * from S3Object[*].(select * from duckdb_settings())
;;
select * from S3Object[*].id, "y[*].id"
;;
-- expect any
select * from S3Object[*]."id, current_setting('memory_limit') as v"
;;
-- expect any
select * from S3Object[*]."id"" , current_query() as ""q"
;;
-- expect any
select * from S3Object[*].id[*].current_query
;;
-- expect any
select * from S3Object[*].id, 's3object[*].0'
;;
-- expect any
select (select max(id) from S3Object[*].id)
;;
-- expect any
select "s, current_query() as q, s".* from s3object s
;;
-- expect any
select "id, current_setting('memory_limit') as v, s".* from s3object s
;;
-- expect any
select columns("s, current_query() as q, s".*) from s3object s
;;
-- expect any
select "s, current_query() as q, s".* exclude (id) from s3object s
