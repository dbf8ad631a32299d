-- Statements other than one SELECT.
SELECT 1; SELECT 2
;;
SELECT * FROM s3object; DROP TABLE s3object
;;
SELECT 1;; SELECT 2;
;;
SELECT 1) TO '/tmp/x' (FORMAT csv); COPY (SELECT 1
;;
SELECT 1) TO '/tmp/x' --
;;
) TO '/tmp/x'
;;
COPY s3object TO '/tmp/stolen.csv'
;;
COPY (SELECT 1) TO '/proc/self/fd/10'
;;
COPY s3object FROM '/etc/passwd'
;;
EXPORT DATABASE '/tmp/stolen'
;;
IMPORT DATABASE '/tmp/stolen'
;;
ATTACH '/tmp/a.db'
;;
ATTACH ':memory:' AS other
;;
DETACH memory
;;
USE system
;;
INSTALL httpfs
;;
LOAD '/tmp/evil.duckdb_extension'
;;
FORCE INSTALL httpfs FROM 'http://example.com'
;;
UPDATE EXTENSIONS
;;
CREATE TABLE t AS SELECT 1
;;
CREATE VIEW v AS SELECT 1
;;
CREATE TEMP MACRO f(x) AS x
;;
CREATE TYPE t AS ENUM ('a')
;;
CREATE SEQUENCE s
;;
CREATE SECRET s (TYPE s3)
;;
CREATE SCHEMA s
;;
CREATE INDEX i ON s3object (id)
;;
DROP VIEW s3object
;;
ALTER VIEW s3object RENAME TO t
;;
INSERT INTO s3object VALUES (1)
;;
UPDATE s3object SET id = 1
;;
DELETE FROM s3object
;;
TRUNCATE s3object
;;
MERGE INTO s3object USING s3object s ON true WHEN MATCHED THEN DELETE
;;
BEGIN
;;
COMMIT
;;
CHECKPOINT
;;
VACUUM
;;
ANALYZE
;;
PREPARE p AS SELECT 1
;;
EXECUTE p
;;
DEALLOCATE p
;;
CALL pragma_version()
;;
CALL enable_logging()
;;
EXPLAIN SELECT * FROM s3object
;;
EXPLAIN ANALYZE SELECT * FROM s3object
;;
DESCRIBE s3object
;;
DESCRIBE SELECT * FROM s3object
;;
SHOW TABLES
;;
SHOW ALL TABLES
;;
SHOW DATABASES
;;
SUMMARIZE s3object
;;
SELECT * FROM (DESCRIBE s3object)
;;
SELECT * FROM (SUMMARIZE s3object)
;;
SELECT * FROM (SHOW TABLES)
;;
FROM (SHOW DATABASES)
;;
WITH t AS (SHOW TABLES) SELECT * FROM t
;;
WITH t AS (INSERT INTO s3object VALUES (1) RETURNING *) SELECT * FROM t
;;
SELECT ?
;;
SELECT $1
;;
SELECT $name FROM s3object
;;
SELECT * FROM a, b
;;
SELECT * FROM main.s3object
;;
SELECT * FROM memory.main.s3object
;;
SELECT * FROM temp.s3object
;;
SELECT * FROM s3object AT (VERSION => 1)
;;

;;
   -- nothing
;;
;
;;
/* unfinished
;;
'
;;
.open /tmp/x
;;
.shell id
;;
COMMENT ON TABLE s3object IS 'x'
