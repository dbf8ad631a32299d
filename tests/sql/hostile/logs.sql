-- Functions that look like tables and change the engine: any of them could end a shared instance.
SELECT * FROM enable_logging(storage = 'file', storage_config = {'path': '/tmp/log'})
;;
SELECT * FROM enable_logging()
;;
SELECT * FROM enable_logging('FileSystem')
;;
SELECT * FROM disable_logging()
;;
SELECT * FROM truncate_duckdb_logs()
;;
SELECT write_log('x')
;;
SELECT write_log('x', level := 'error', scope := 'database')
;;
SELECT parse_duckdb_log_message('HTTP', 'x')
;;
SELECT * FROM enable_profiling(save_location = '/tmp/profile')
;;
SELECT * FROM enable_profiling()
;;
SELECT * FROM disable_profiling()
;;
SELECT * FROM enable_peg_parser()
;;
SELECT * FROM disable_peg_parser()
;;
SELECT * FROM check_peg_parser('SELECT 1')
;;
SELECT * FROM s3object, enable_logging()
;;
SELECT * FROM s3object WHERE EXISTS (FROM enable_logging())
;;
SELECT sleep_ms(100000)
;;
SELECT pg_sleep(1000)
