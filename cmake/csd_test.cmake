# SPDX-License-Identifier: BSD-3-Clause
# csd_test(name SOURCES a_test.cc ... LIBS lib ... [LABELS long ...]): one GoogleTest program, known to ctest case by
# case. What is labelled `long` runs only with `./csd test --long`, which also sets CSD_LONG=1 for tests that scale.
# What is labelled `threads` runs under ThreadSanitizer as well; the target threaded_tests builds just those.
if(BUILD_TESTING)
  add_custom_target(threaded_tests)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

function(csd_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT BUILD_TESTING)
    return()
  endif()
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE csd_common ${TEST_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  if("threads" IN_LIST TEST_LABELS)
    add_dependencies(threaded_tests ${name})
  endif()
  set(labels) # an empty list would make the next word the label
  if(TEST_LABELS)
    set(labels LABELS "${TEST_LABELS}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300 ${labels})
endfunction()
