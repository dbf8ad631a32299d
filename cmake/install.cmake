# SPDX-License-Identifier: BSD-3-Clause
# `programs`: all that a person runs, without the tests; and what `cmake --install` puts under the prefix: the programs,
# libcsd with its header, and how other builds find it. The query worker and its libduckdb.so share a directory of their own,
# which kvcli, airmos and libcsd find as ../libexec/csd.
include(CMakePackageConfigHelpers)

add_custom_target(programs)
add_dependencies(programs kvcli airmos csd-query-worker csd_shared)

install(TARGETS kvcli airmos RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
install(TARGETS csd-query-worker RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/csd COMPONENT programs)
install(FILES ${CSD_DUCKDB_DIR}/libduckdb.so DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/csd COMPONENT programs)

install(TARGETS csd_shared EXPORT csd
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/csd COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
set(csd_package ${CMAKE_INSTALL_LIBDIR}/cmake/csd)
install(EXPORT csd NAMESPACE csd:: FILE csd-targets.cmake DESTINATION ${csd_package} COMPONENT development)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/csd-config-version.cmake VERSION ${CSD_VERSION}
  COMPATIBILITY SameMinorVersion)
configure_package_config_file(cmake/csd-config.cmake.in ${CMAKE_BINARY_DIR}/csd-config.cmake
  INSTALL_DESTINATION ${csd_package} NO_SET_AND_CHECK_MACRO)
install(FILES ${CMAKE_BINARY_DIR}/csd-config.cmake ${CMAKE_BINARY_DIR}/csd-config-version.cmake
  DESTINATION ${csd_package} COMPONENT development)

# Relative to the file itself, so that a prefix may be moved.
file(RELATIVE_PATH csd_prefix_from_pkgconfig /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/csd.pc.in ${CMAKE_BINARY_DIR}/csd.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/csd.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

set(csd_licences ${CMAKE_INSTALL_DOCDIR}/licences)
install(FILES LICENSES/BSD-3-Clause.txt DESTINATION ${csd_licences} COMPONENT programs)
install(FILES ${CSD_DUCKDB_DIR}/LICENSE DESTINATION ${csd_licences} RENAME DuckDB-MIT.txt COMPONENT programs)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT programs PATTERN man EXCLUDE)
