# SPDX-License-Identifier: BSD-3-Clause
# What is installed of spdk/ where there is an SPDK: read by install.cmake. SPDK itself goes along, in a directory of its own:
# the archives below fit only the version that they were compiled against, and Debian has no package of it.
if(NOT TARGET csd_spdk_sdk)
  return()
endif()
install(TARGETS csd_spdk_transport LIBRARY DESTINATION ${csd_private_dir} COMPONENT spdk)
install(PROGRAMS $<TARGET_FILE:nvmf_tgt> RENAME csd-nvmf-tgt DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT spdk)
csd_install_man(csd-nvmf-tgt spdk)

# The plug-in, and the rpc.py that it is for, where that is in one piece (before SPDK 22.05).
set(csd_rpc_dir ${CMAKE_INSTALL_DATADIR}/csd/spdk)
install(FILES spdk/python/csd_rpc.py DESTINATION ${csd_rpc_dir} COMPONENT spdk)
if(EXISTS ${CSD_SPDK_DIR}/scripts/rpc/client.py)
  install(PROGRAMS ${CSD_SPDK_DIR}/scripts/rpc.py DESTINATION ${csd_rpc_dir} COMPONENT spdk)
  install(DIRECTORY ${CSD_SPDK_DIR}/scripts/rpc DESTINATION ${csd_rpc_dir} COMPONENT spdk FILES_MATCHING PATTERN "*.py")
endif()

# libcsd-spdk.a has the verbs and what stands before DPDK's start; the two others are taken whole, for their constructors.
add_library(csd_spdk_archive STATIC $<TARGET_OBJECTS:csd_spdk> $<TARGET_OBJECTS:csd_nvme> $<TARGET_OBJECTS:csd_base>
  $<TARGET_OBJECTS:csd_spdk_env>)
add_library(csd_spdk_bdev_archive STATIC $<TARGET_OBJECTS:csd_bdev_module>)
add_library(csd_spdk_nvmf_archive STATIC $<TARGET_OBJECTS:csd_nvmf_hosts_object>)
foreach(part spdk spdk_bdev spdk_nvmf)
  string(REPLACE _ - name csd-${part})
  set_target_properties(csd_${part}_archive PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX)
  add_dependencies(spdk_programs csd_${part}_archive)
  install(TARGETS csd_${part}_archive ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT spdk-development)
endforeach()
install(DIRECTORY spdk/include/csd DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT spdk-development)

set(csd_spdk_sdk_dir ${CMAKE_INSTALL_LIBDIR}/csd/spdk)
install(DIRECTORY ${CSD_SPDK_DIR}/include DESTINATION ${csd_spdk_sdk_dir} COMPONENT spdk-development)
install(FILES ${csd_spdk_archives} ${csd_spdk_nvmf_archives} DESTINATION ${csd_spdk_sdk_dir}/lib COMPONENT spdk-development)
install(FILES ${CSD_SPDK_DIR}/LICENSE DESTINATION ${csd_licences} RENAME SPDK-BSD-3-Clause.txt COMPONENT spdk)

# Names of the archives for find_package, and words of the linker for pkg-config.
foreach(set spdk spdk_nvmf)
  set(csd_${set}_names)
  foreach(archive ${csd_${set}_archives})
    get_filename_component(name ${archive} NAME)
    list(APPEND csd_${set}_names ${name})
  endforeach()
endforeach()
list(TRANSFORM csd_spdk_names PREPEND "\${sdk}/lib/" OUTPUT_VARIABLE csd_spdk_words)
list(JOIN csd_spdk_words "," csd_spdk_words)
list(JOIN csd_spdk_system " " csd_spdk_system_words)
configure_file(cmake/csd-spdk.pc.in ${CMAKE_BINARY_DIR}/csd-spdk.pc @ONLY)
configure_file(cmake/csd-spdk.cmake.in ${CMAKE_BINARY_DIR}/csd-spdk.cmake @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/csd-spdk.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT spdk-development)
install(FILES ${CMAKE_BINARY_DIR}/csd-spdk.cmake DESTINATION ${csd_package} COMPONENT spdk-development)
