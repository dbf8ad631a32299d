# SPDX-License-Identifier: BSD-3-Clause
# What every target shares: the language, the warnings, the sanitizers.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib)
set(THREADS_PREFER_PTHREAD_FLAG ON)

include(CTest) # defines BUILD_TESTING
include(GNUInstallDirs)

option(CSD_FUZZ "Build the fuzzers (clang only)" OFF)
option(CSD_BENCH "Build the benchmarks" OFF)
option(CSD_COVERAGE "Count what is executed (clang only), into profiles/ of the build directory" OFF)
option(CSD_WERROR "Warnings are errors: in the presets, not with other compilers" OFF)
set(CSD_SANITIZE "" CACHE STRING "Sanitizers for every target: address,undefined or thread")

find_package(Threads REQUIRED)

# What every target needs to compile. csd_common adds the whole of src/ to it; the layers of AirMOS see less (src/airmos/layer.cmake).
add_library(csd_flags INTERFACE)
target_compile_definitions(csd_flags INTERFACE _GNU_SOURCE _FILE_OFFSET_BITS=64)
target_compile_options(csd_flags INTERFACE -Wall -Wextra $<$<BOOL:${CSD_WERROR}>:-Werror> -Wshadow
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor> $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
  -Wno-missing-field-initializers -fvisibility=hidden)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # gcc takes every anonymous namespace for a header's when CMake has included the source that it is in.
  target_compile_options(csd_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-subobject-linkage>)
endif()
target_link_libraries(csd_flags INTERFACE Threads::Threads)

add_library(csd_common INTERFACE)
target_include_directories(csd_common INTERFACE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
target_link_libraries(csd_common INTERFACE csd_flags)

if(CSD_SANITIZE)
  add_compile_options(-fsanitize=${CSD_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${CSD_SANITIZE})
endif()
if(CSD_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "CSD_FUZZ needs clang: use the preset asan")
  endif()
  add_compile_options(-fsanitize=fuzzer-no-link) # the code under test reports which paths an input took
endif()
if(CSD_COVERAGE)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "CSD_COVERAGE needs clang: use the preset coverage")
  endif()
  # %c: the counters are in the mapped file from the start, so a process counts that is killed or that, as a query worker,
  # can open no file. The name is compiled in because a worker has no environment. %m: one file a program, for all of its processes.
  set(csd_profile "-fprofile-instr-generate=${CMAKE_BINARY_DIR}/profiles/%m%c.profraw")
  add_compile_options(${csd_profile} -fcoverage-mapping "SHELL:-mllvm -runtime-counter-relocation")
  add_link_options(${csd_profile})
endif()

function(csd_install_man name component) # docs/man/NAME.1, with the version in it
  configure_file(${PROJECT_SOURCE_DIR}/docs/man/${name}.1 ${PROJECT_BINARY_DIR}/man/${name}.1 @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/man/${name}.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT ${component})
endfunction()
