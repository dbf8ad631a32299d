# SPDX-License-Identifier: BSD-3-Clause
# SPDK's headers and static libraries, from the directory CSD_SPDK_DIR (./csd build spdk makes or is given one). Empty:
# no target of spdk/ exists. Two imported targets:
#   csd_spdk_headers  to compile against SPDK
#   csd_spdk_sdk      to link a program or a shared object with it: the NVMe driver, the bdev layer with the modules nvme
#                     and malloc, the event framework, JSON-RPC, DPDK
#   csd_spdk_nvmf     the NVMe-oF target as well
# SPDK's parts find each other through constructors, which a linker drops from archives unless it takes them whole.
include_guard(GLOBAL)
set(CSD_SPDK_DIR "" CACHE PATH "A built SPDK tree, 20.07 or newer; empty: without SPDK")
if(NOT CSD_SPDK_DIR)
  return()
endif()
if(NOT EXISTS "${CSD_SPDK_DIR}/build/lib/libspdk_nvme.a")
  message(WARNING "There is no built SPDK in '${CSD_SPDK_DIR}' (any more): nothing of spdk/ is built. Run ./csd build spdk.")
  return()
endif()

add_library(csd_spdk_headers INTERFACE)
target_include_directories(csd_spdk_headers SYSTEM INTERFACE "${CSD_SPDK_DIR}/include")

# What to link: a newer SPDK says it in its pkg-config files, 20.07 has none.
set(csd_spdk_parts event_bdev event_accel event_vmd event_sock bdev_nvme bdev_malloc)
set(csd_spdk_nvmf_parts event_nvmf)
if(EXISTS "${CSD_SPDK_DIR}/build/lib/pkgconfig/spdk_event_bdev.pc")
  include(${CMAKE_CURRENT_LIST_DIR}/spdk_pkg_config.cmake)
else()
  list(APPEND csd_spdk_parts accel event bdev nvme vmd sock_posix sock conf thread trace notify jsonrpc rpc json util log
    app_rpc log_rpc bdev_rpc env_dpdk)
  list(TRANSFORM csd_spdk_parts REPLACE "(.+)" "${CSD_SPDK_DIR}/build/lib/libspdk_\\1.a" OUTPUT_VARIABLE csd_spdk_archives)
  foreach(part eal mempool ring mbuf mempool_ring pci bus_pci telemetry kvargs)
    list(APPEND csd_spdk_archives "${CSD_SPDK_DIR}/dpdk/build/lib/librte_${part}.a")
  endforeach()
  set(csd_spdk_nvmf_archives "${CSD_SPDK_DIR}/build/lib/libspdk_event_nvmf.a" "${CSD_SPDK_DIR}/build/lib/libspdk_nvmf.a")
  set(csd_spdk_system -lnuma -ldl -luuid -lrt -lssl -lcrypto -lm)
endif()

function(csd_spdk_whole target) # ARCHIVE...
  list(JOIN ARGN "," archives)
  target_link_libraries(${target} INTERFACE "-Wl,--whole-archive,${archives},--no-whole-archive")
  set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_DEPENDS ${ARGN})
endfunction()

set(csd_spdk_env_sources ${PROJECT_SOURCE_DIR}/spdk/env)
add_library(csd_spdk_env OBJECT ${csd_spdk_env_sources}/eal_arguments.c ${csd_spdk_env_sources}/no_huge.c)
target_link_libraries(csd_spdk_env PRIVATE csd_common csd_spdk_include)

add_library(csd_spdk_sdk INTERFACE)
csd_spdk_whole(csd_spdk_sdk ${csd_spdk_archives})
target_sources(csd_spdk_sdk INTERFACE $<TARGET_OBJECTS:csd_spdk_env>)
target_link_options(csd_spdk_sdk INTERFACE LINKER:--wrap=rte_eal_init LINKER:--wrap=spdk_env_init)
target_link_libraries(csd_spdk_sdk INTERFACE csd_spdk_headers ${csd_spdk_system} Threads::Threads)

add_library(csd_spdk_nvmf INTERFACE)
csd_spdk_whole(csd_spdk_nvmf ${csd_spdk_nvmf_archives})
target_link_libraries(csd_spdk_nvmf INTERFACE csd_spdk_sdk)
