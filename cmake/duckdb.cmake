# SPDX-License-Identifier: BSD-3-Clause
# DuckDB's C header and prebuilt library, from the directory CSD_DUCKDB_DIR (./csd build fetches them into one).
# Only the query worker compiles against the header, and it loads the library at run time from beside itself;
# csd_duckdb_library puts it there.
include_guard(GLOBAL)
set(CSD_DUCKDB_DIR "" CACHE PATH "Directory with duckdb.h and libduckdb.so")

foreach(file duckdb.h libduckdb.so)
  if(NOT EXISTS "${CSD_DUCKDB_DIR}/${file}")
    message(FATAL_ERROR "DuckDB's ${file} is not in '${CSD_DUCKDB_DIR}'. Configure with -DCSD_DUCKDB_DIR=DIR, a "
      "directory that holds duckdb.h and libduckdb.so; ./csd build fetches both and does that by itself.")
  endif()
endforeach()

add_library(csd_duckdb_headers INTERFACE)
target_include_directories(csd_duckdb_headers SYSTEM INTERFACE "${CSD_DUCKDB_DIR}")

set(csd_duckdb_copy "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/libduckdb.so")
add_custom_command(OUTPUT "${csd_duckdb_copy}"
  COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_RUNTIME_OUTPUT_DIRECTORY}"
  COMMAND ${CMAKE_COMMAND} -E copy_if_different "${CSD_DUCKDB_DIR}/libduckdb.so" "${csd_duckdb_copy}"
  DEPENDS "${CSD_DUCKDB_DIR}/libduckdb.so"
  COMMENT "Putting libduckdb.so beside the query worker")
add_custom_target(csd_duckdb_library DEPENDS "${csd_duckdb_copy}")
