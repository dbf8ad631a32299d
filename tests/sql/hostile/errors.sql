-- Mistakes whose error texts would like to tell too much.
-- expect any
SELECT id::INT, name::INT FROM s3object
;;
-- expect any
SELECT nosuch FROM s3object
;;
-- expect any
SELECT s3object.nosuch FROM s3object
;;
-- expect any
SELECT (SELECT max(id) FROM s3object WHERE name = 1) FROM s3object
;;
-- expect any
SELECT id, (SELECT count(*) FROM s3object) FROM s3object GROUP BY id HAVING name = 1
;;
-- expect any
SELECT count(*), (SELECT id FROM s3object) FROM s3object
;;
-- expect any
SELECT (SELECT id FROM s3object)
;;
-- expect any
SELECT (SELECT * FROM s3object)
;;
-- expect any
SELECT (SELECT id FROM s3object LIMIT 1) + (SELECT name FROM s3object LIMIT 1)
;;
-- expect any
SELECT error('/proc/self/fd/10')
;;
-- expect any
SELECT sum(name) FROM s3object
;;
-- expect any
SELECT 'x'::DATE
;;
-- expect any
SELECT json('{')
;;
-- expect any
SELECT regexp_matches('a', '(')
;;
-- expect any
SELECT strptime('x', '%Y')
;;
-- expect any
SELECT 170141183460469231731687303715884105727::HUGEINT + 1
;;
-- expect any
SELECT unnest(id) FROM s3object
;;
-- expect any
SELECT list_extract(name, 'a') FROM s3object
;;
-- expect any
SELECT * EXCLUDE (nosuch) FROM s3object
;;
-- expect any
SELECT a.id FROM s3object a JOIN s3object a ON true
;;
-- expect any
SELECT id FROM s3object UNION ALL SELECT id, name FROM s3object
;;
-- expect any
SELECT * FROM s3object ORDER BY 99
;;
-- expect any
SELECT typeof(COLUMNS('nosuch')) FROM s3object
;;
-- expect any
SELECT 'a' COLLATE nosuch
;;
-- expect any
SELECT TIMESTAMP '2020-01-01' AT TIME ZONE 'Nowhere/../../etc/passwd'
;;
-- expect any
SELECT 1 FROM s3object WHERE id = (SELECT name FROM s3object s2 WHERE s2.id = s3object.nosuch)
