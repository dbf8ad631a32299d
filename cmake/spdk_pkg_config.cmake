# SPDX-License-Identifier: BSD-3-Clause
# What to link with an SPDK that has pkg-config files: csd_spdk_archives and csd_spdk_nvmf_archives, to be taken whole,
# and csd_spdk_system. Read by spdk.cmake.
find_program(CSD_PKG_CONFIG pkg-config REQUIRED)

# Parts that a version does not have are left out: they came and went with the years.
function(csd_spdk_link archives_variable system_variable)
  set(modules)
  foreach(part ${ARGN})
    if(EXISTS "${CSD_SPDK_DIR}/build/lib/pkgconfig/spdk_${part}.pc")
      list(APPEND modules spdk_${part})
    endif()
  endforeach()
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env
      "PKG_CONFIG_PATH=${CSD_SPDK_DIR}/build/lib/pkgconfig:${CSD_SPDK_DIR}/dpdk/build/lib/pkgconfig"
      ${CSD_PKG_CONFIG} --libs --static ${modules}
    OUTPUT_VARIABLE words OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  separate_arguments(words UNIX_COMMAND "${words}")
  set(archives)
  set(system)
  foreach(word ${words})
    string(REGEX REPLACE "^-l(:lib)?((spdk|rte)_[A-Za-z0-9_]+)(\\.a)?$" "\\2" part "${word}")
    if(EXISTS "${CSD_SPDK_DIR}/build/lib/lib${part}.a")
      list(APPEND archives "${CSD_SPDK_DIR}/build/lib/lib${part}.a")
    elseif(EXISTS "${CSD_SPDK_DIR}/dpdk/build/lib/lib${part}.a")
      list(APPEND archives "${CSD_SPDK_DIR}/dpdk/build/lib/lib${part}.a")
    elseif(word MATCHES "^-l" OR word STREQUAL "-pthread")
      list(APPEND system ${word})
    elseif(word MATCHES "\\.a$" AND EXISTS "${word}")
      list(APPEND archives "${word}")
    endif()
  endforeach()
  list(REMOVE_DUPLICATES archives)
  list(REMOVE_DUPLICATES system)
  set(${archives_variable} ${archives} PARENT_SCOPE)
  set(${system_variable} ${system} PARENT_SCOPE)
endfunction()

csd_spdk_link(csd_spdk_archives csd_spdk_system ${csd_spdk_parts} event_iobuf event_keyring keyring_file
  event_scheduler sock_posix app_rpc log_rpc bdev_rpc env_dpdk syslibs)
csd_spdk_link(csd_spdk_nvmf_archives csd_spdk_nvmf_system ${csd_spdk_nvmf_parts})
list(REMOVE_ITEM csd_spdk_nvmf_archives ${csd_spdk_archives})
list(APPEND csd_spdk_system ${csd_spdk_nvmf_system})
