# SPDX-License-Identifier: BSD-3-Clause
# `programs`: all that a person runs, without the tests; and where `cmake --install` puts it. The query worker and its
# libduckdb.so share a directory of their own, which kvcli, airmos and libcsd find as ../libexec/csd.
add_custom_target(programs)
add_dependencies(programs kvcli airmos csd-query-worker csd_shared)

set(libexec ${CMAKE_INSTALL_LIBEXECDIR}/csd)
install(TARGETS kvcli airmos csd_shared PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/csd)
install(TARGETS csd-query-worker RUNTIME DESTINATION ${libexec})
install(PROGRAMS ${CSD_DUCKDB_DIR}/libduckdb.so DESTINATION ${libexec})
install(FILES ${CSD_DUCKDB_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME DuckDB-MIT.txt)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSES/BSD-3-Clause.txt DESTINATION ${CMAKE_INSTALL_DOCDIR})
