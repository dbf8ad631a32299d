-- Memory, time, depth, results: each ends within the limits, whatever it answers. Runs with small limits.
-- expect any
SELECT range(1000000000)
;;
-- expect any
SELECT repeat('x', 4000000000)
;;
-- expect any
SELECT length(repeat(repeat('x', 100000), 100000))
;;
-- expect any
SELECT list(range) FROM range(1000000000)
;;
-- expect any
SELECT string_agg(repeat('x', 1000), '') FROM range(10000000)
;;
-- expect any
SELECT array_agg(a.range) FROM range(100000) a, range(100000) b
;;
-- expect any
SELECT lpad('x', 2000000000, 'y')
;;
-- expect any
SELECT list_resize([1], 2000000000)
;;
-- expect any
SELECT flatten([range(100000000), range(100000000)])
;;
-- expect any
SELECT bitstring('1', 2000000000)
;;
-- expect any
SELECT printf('%2000000000d', 1)
;;
-- expect any
SELECT format('{:>2000000000}', 'x')
;;
-- expect any
SELECT count(*) FROM range(100000000000)
;;
-- expect any
SELECT count(*) FROM range(1000000) a, range(1000000) b
;;
-- expect any
SELECT sum(hash(a.range * b.range)) FROM range(1000000) a, range(1000000) b
;;
-- expect any
SELECT levenshtein(repeat('ab', 100000), repeat('ba', 100000))
;;
-- expect any
SELECT damerau_levenshtein(repeat('ab', 10000), repeat('ba', 10000))
;;
-- expect any
SELECT list_reduce(range(100000000), lambda a, b: a + b)
;;
-- expect any
SELECT regexp_matches(repeat('a', 1000000), '(a+)+b')
;;
-- expect any
SELECT regexp_replace(repeat('a', 30000000), 'a', 'bbbbbbbbbb', 'g')
;;
-- expect any
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t
;;
-- expect any
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t, range(1000)) SELECT count(*) FROM t
;;
-- expect any
WITH RECURSIVE t(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM t) SELECT count(*) FROM t
;;
-- expect any
SELECT * FROM range(1000000000)
;;
-- expect any
SELECT repeat('x', 1000000) FROM range(1000)
;;
-- expect any
SELECT count(*) FROM s3object a, s3object b, s3object c, s3object d, s3object e, s3object f, s3object g, range(1000), range(1000)
;;
-- expect any
SELECT approx_quantile(random(), 0.5), median(range), mode(range) FROM range(100000000)
;;
-- expect any
SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM range(50000000) t(x)
;;
-- expect any
SELECT DISTINCT hash(range) FROM range(100000000)
;;
-- expect any
SELECT range FROM range(100000000) ORDER BY hash(range)
;;
-- expect any
SELECT factorial(100000), 9.9e300 * 9.9e300, gamma(1e300)
;;
-- expect any
SELECT list_sort(list_transform(range(20000000), lambda x: hash(x)))
;;
-- expect any
SELECT map_from_entries(list_transform(range(20000000), lambda x: (x, x)))
;;
-- expect any
SELECT json_object('a', repeat('x', 500000000))
;;
-- expect any
SELECT md5(repeat('x', 900000000))
;;
-- expect any
SELECT to_base64(repeat('x', 900000000)::BLOB)
;;
-- expect any
SELECT time_bucket(INTERVAL 1 MICROSECOND, range::TIMESTAMP) FROM generate_series(TIMESTAMP '1900-01-01', TIMESTAMP '2900-01-01', INTERVAL 1 MICROSECOND)
;;
-- expect any
SELECT generate_series(DATE '0001-01-01', DATE '9999-01-01', INTERVAL 1 SECOND)
;;
-- expect any
SELECT array_cross_product([1.0, 2.0, 3.0]::DOUBLE[3], [1.0, 2.0, 3.0]::DOUBLE[3]) FROM range(1000000000)
;;
-- expect any
SELECT unnest(range(100000)), unnest(range(100000)) FROM range(100000)
