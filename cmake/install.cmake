# SPDX-License-Identifier: BSD-3-Clause
# `programs`: all that a person runs, without the tests; and where `cmake --install` puts it.
add_custom_target(programs)
foreach(target kvcli csd-query-worker csd_shared)
  if(TARGET ${target})
    add_dependencies(programs ${target})
  endif()
endforeach()

if(TARGET kvcli)
  install(TARGETS kvcli RUNTIME)
endif()
