-- Settings, pragmas, the catalogue, and what they tell about the host.
SET threads = 64
;;
SET memory_limit = '100GB'
;;
SET enable_external_access = true
;;
SET lock_configuration = false
;;
RESET lock_configuration
;;
SET VARIABLE a = 1
;;
SELECT getvariable('a')
;;
PRAGMA version
;;
PRAGMA database_list
;;
PRAGMA enable_profiling
;;
PRAGMA enable_profiling = 'json'
;;
PRAGMA profiling_output = '/tmp/profile'
;;
PRAGMA log_query_path = '/tmp/log'
;;
PRAGMA enable_verification
;;
PRAGMA disable_optimizer
;;
PRAGMA user_agent
;;
SELECT current_setting('allowed_paths')
;;
SELECT current_setting('secret_directory')
;;
SELECT * FROM duckdb_settings()
;;
SELECT * FROM duckdb_views()
;;
SELECT * FROM duckdb_tables()
;;
SELECT * FROM duckdb_columns()
;;
SELECT * FROM duckdb_databases()
;;
SELECT * FROM duckdb_secrets()
;;
SELECT * FROM duckdb_extensions()
;;
SELECT * FROM duckdb_functions()
;;
SELECT * FROM duckdb_memory()
;;
SELECT * FROM duckdb_temporary_files()
;;
SELECT * FROM duckdb_external_file_cache()
;;
SELECT * FROM duckdb_prepared_statements()
;;
SELECT * FROM duckdb_variables()
;;
-- expect any
SELECT * FROM duckdb_logs
;;
SELECT * FROM duckdb_logs()
;;
SELECT * FROM duckdb_log_contexts()
;;
SELECT * FROM duckdb_logs_parsed('FileSystem')
;;
SELECT * FROM duckdb_profiling_settings()
;;
SELECT * FROM information_schema.tables
;;
SELECT * FROM information_schema.columns
;;
SELECT * FROM pg_catalog.pg_class
;;
SELECT * FROM pragma_show('s3object')
;;
SELECT * FROM pragma_table_info('s3object')
;;
SELECT * FROM pragma_storage_info('s3object')
;;
SELECT * FROM pragma_database_size()
;;
SELECT * FROM pragma_platform()
;;
SELECT * FROM pragma_user_agent()
;;
SELECT * FROM pragma_version()
;;
SELECT * FROM pragma_metadata_info()
;;
SELECT * FROM sql_auto_complete('sel')
;;
SELECT * FROM test_all_types()
;;
SELECT * FROM test_vector_types(1)
;;
SELECT * FROM repeat(1, 10)
;;
SELECT * FROM repeat_row(1, num_rows = 10)
;;
SELECT * FROM summary((SELECT 1))
;;
SELECT * FROM checkpoint()
;;
SELECT * FROM force_checkpoint()
;;
SELECT * FROM pg_timezone_names()
;;
SELECT * FROM histogram_values(s3object, id)
;;
SELECT current_query()
;;
SELECT current_query_id()
;;
SELECT current_connection_id()
;;
SELECT txid_current()
;;
SELECT current_schemas(true)
;;
SELECT in_search_path('a', 'b')
;;
SELECT nextval('s')
;;
SELECT currval('s')
;;
SELECT pg_get_viewdef(1)
;;
SELECT obj_description(1, 'a')
;;
SELECT has_table_privilege('s3object', 'select')
;;
SELECT inet_server_addr()
;;
SELECT id.current_setting() FROM s3object
;;
SELECT system.main.current_setting('threads')
;;
SELECT main.current_setting('threads')
;;
SELECT list_transform(['threads'], lambda s: current_setting(s))
;;
SELECT count(*) FILTER (WHERE current_setting('threads') = '1') FROM s3object
;;
SELECT sum(id) OVER (ORDER BY current_setting('threads')) FROM s3object
;;
SELECT * REPLACE (current_setting('threads') AS id) FROM s3object
;;
SELECT COLUMNS(c -> current_setting(c) = c) FROM s3object
;;
SELECT CASE WHEN true THEN current_setting('threads') END
;;
SELECT * FROM (VALUES (current_setting('threads'))) t
;;
SELECT * FROM s3object GROUP BY current_setting('threads')
;;
SELECT * FROM range(current_setting('threads')::INT)
;;
SELECT * FROM s3object a JOIN s3object b ON current_setting('threads') = a.id
;;
SELECT * FROM s3object QUALIFY current_setting('threads') = 1
;;
SELECT "CURRENT_SETTING"('threads')
;;
SELECT 'threads'.current_setting()
;;
SELECT json_serialize_plan('SELECT 1')
;;
SELECT * FROM sqlite_master m, s3object
;;
-- expect any
SELECT * FROM sqlite_master
;;
-- expect any
SELECT * FROM duckdb_tables
;;
-- expect any
SELECT current_user, session_user, current_catalog, current_schema
;;
-- expect any
SELECT version(), typeof(s3object) FROM s3object
