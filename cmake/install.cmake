# SPDX-License-Identifier: BSD-3-Clause
# `programs`: all that a person runs, without the tests; and what `cmake --install` puts under the prefix. docs/install.md lists
# it. Every part has a component, one for each package that a distribution would make:
#
#   programs        kvcli, its manual and completions
#   airmos          the S3 node, its manual and its systemd unit
#   worker          csd-query-worker and libduckdb.so; kvcli, airmos, libcsd and QEMU find them as ../libexec/csd
#   library         libcsd.so.0
#   development     csd/device.h, the C++ client, and how other builds find both; examples
#   spdk            nvmf_tgt, the transports that kvcli and clients load, the plug-in of rpc.py
#   spdk-development
#                   csd/spdk/*.h with their libraries, and the SPDK they were compiled against
#   qemu            qemu-system-x86_64-csd
#   documentation   the pages, licences and bill of materials
include(CMakePackageConfigHelpers)

# The C++ client as other programs link it: with the private libraries it needs in one archive. The drive engine is not among
# them: it is libcsd.so, which finds its query worker wherever the program lies (docs/decisions/0017-the-client-links-libcsd.md).
add_library(csd_kv_archive STATIC $<TARGET_OBJECTS:csd_kv> $<TARGET_OBJECTS:csd_nvme> $<TARGET_OBJECTS:csd_base>)
set_target_properties(csd_kv_archive PROPERTIES OUTPUT_NAME csd-kv EXPORT_NAME kv LINKER_LANGUAGE CXX)
target_compile_features(csd_kv_archive INTERFACE cxx_std_20)
target_link_libraries(csd_kv_archive INTERFACE csd_shared uring ${CMAKE_DL_LIBS} -pthread)

add_custom_target(programs)
add_dependencies(programs kvcli airmos csd-query-worker csd_shared csd_kv_archive)

set(csd_licences ${CMAKE_INSTALL_DOCDIR}/licences)
set(csd_private_dir ${CMAKE_INSTALL_LIBEXECDIR}/csd)
install(TARGETS kvcli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT programs)
install(TARGETS airmos RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT airmos)
install(TARGETS csd-query-worker RUNTIME DESTINATION ${csd_private_dir} COMPONENT worker)
install(FILES ${CSD_DUCKDB_DIR}/libduckdb.so DESTINATION ${csd_private_dir} COMPONENT worker)

install(TARGETS csd_shared EXPORT csd
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT library NAMELINK_COMPONENT development
  PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/csd COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(TARGETS csd_kv_archive EXPORT csd-kv
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/csd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development FILES_MATCHING PATTERN "*.hpp")

set(csd_package ${CMAKE_INSTALL_LIBDIR}/cmake/csd)
foreach(set csd csd-kv)
  install(EXPORT ${set} NAMESPACE csd:: FILE ${set}-targets.cmake DESTINATION ${csd_package} COMPONENT development)
endforeach()
write_basic_package_version_file(${CMAKE_BINARY_DIR}/csd-config-version.cmake VERSION ${CSD_VERSION}
  COMPATIBILITY SameMinorVersion)
configure_package_config_file(cmake/csd-config.cmake.in ${CMAKE_BINARY_DIR}/csd-config.cmake
  INSTALL_DESTINATION ${csd_package} NO_SET_AND_CHECK_MACRO)
install(FILES ${CMAKE_BINARY_DIR}/csd-config.cmake ${CMAKE_BINARY_DIR}/csd-config-version.cmake
  DESTINATION ${csd_package} COMPONENT development)

# Relative to the file itself, so that a prefix may be moved.
file(RELATIVE_PATH csd_prefix_from_pkgconfig /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
file(RELATIVE_PATH csd_prefix_from_package /p/${csd_package} /p)
foreach(module csd csd-kv)
  configure_file(cmake/${module}.pc.in ${CMAKE_BINARY_DIR}/${module}.pc @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/${module}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)
endforeach()
install(DIRECTORY examples/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT development)

# Under a name of its own, beside Debian's. ./csd build qemu puts it where it is looked for when the installation runs.
install(PROGRAMS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/qemu-system-x86_64 RENAME qemu-system-x86_64-csd
  DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT qemu OPTIONAL)
# QEMU's build adds the directory where it found libcsd to the run path.
install(CODE "
  set(program \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/qemu-system-x86_64-csd\")
  if(EXISTS \"\${program}\")
    file(RPATH_SET FILE \"\${program}\" NEW_RPATH [[$ORIGIN/../lib]])
  endif()" COMPONENT qemu)
include(${CMAKE_CURRENT_LIST_DIR}/install_spdk.cmake)


install(FILES LICENSES/BSD-3-Clause.txt LICENSES/GPL-2.0-or-later.txt DESTINATION ${csd_licences} COMPONENT documentation)
install(FILES ${CSD_DUCKDB_DIR}/LICENSE DESTINATION ${csd_licences} RENAME DuckDB-MIT.txt COMPONENT documentation)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT documentation PATTERN man EXCLUDE)
include(${CMAKE_CURRENT_LIST_DIR}/sbom.cmake)
