# SPDX-License-Identifier: BSD-3-Clause
# All presets but `dev` compile eight or ten sources at a time (CMAKE_UNITY_BUILD), which takes a third of the processor time from
# nothing. These are compiled by themselves there: their anonymous namespaces have names that a neighbour's has, too, or
# a compiler warns of what it sees there. `dev` compiles every source by itself, and again only what changed.
if(NOT CMAKE_UNITY_BUILD)
  return()
endif()

function(csd_alone target)
  if(TARGET ${target})
    get_target_property(directory ${target} SOURCE_DIR)
    list(TRANSFORM ARGN PREPEND ${directory}/)
    set_source_files_properties(${ARGN} TARGET_DIRECTORY ${target} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

foreach(target csd_nvme nvme_test) # the dialects differ in what the same functions do
  if(TARGET ${target})
    set_target_properties(${target} PROPERTIES UNITY_BUILD OFF)
  endif()
endforeach()
csd_alone(csd_device capi.cc) # libcsd.so has its own
csd_alone(csd_store compose_journal.cc)
csd_alone(csd_store_sync compose_journal.cc)
csd_alone(store_parts_test key_locks_test.cc key_tree_test.cc versions_test.cc)
csd_alone(csd_worker_core json_survey.cc)
csd_alone(csd-consistency delay_file_system.cc) # it defines functions of libc
csd_alone(csd_kv select.cc transport/linux_node.cc)
csd_alone(kv_test select_test.cc store_test.cc transport/emulated_admin_page_test.cc)
csd_alone(worker_core_test number_text_test.cc)
csd_alone(csd_airmos_body claims.cc)
csd_alone(csd_airmos_http channel.cc presigned.cc)
csd_alone(airmos_body_test claims_test.cc)
csd_alone(csd_airmos_objects uploads.cc writer.cc)
csd_alone(airmos_objects_test set_test.cc)
csd_alone(csd_airmos_select token.cc)
csd_alone(airmos_select_test translated_json_test.cc)
csd_alone(csd_airmos_operations upload_part.cc upload_part_copy.cc)
csd_alone(airmos_operations_test object_headers_test.cc)
