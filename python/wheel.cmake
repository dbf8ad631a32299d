# SPDX-License-Identifier: BSD-3-Clause
# Makes the wheel, without a network: Debian's setuptools packs what CMake has built. Run by the target `python` with
# SOURCE, STAGE (the package), WORKER, DUCKDB (a directory), PYTHON, VERSION and INTO.
set(work ${INTO}/wheel)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work}/csd/libexec ${work}/LICENSES)
file(COPY ${SOURCE}/python/pyproject.toml ${SOURCE}/python/setup.py ${SOURCE}/python/README.md DESTINATION ${work})
file(COPY ${STAGE}/ DESTINATION ${work}/csd PATTERN __pycache__ EXCLUDE)
# The worker finds its library beside itself.
file(COPY ${WORKER} ${DUCKDB}/libduckdb.so DESTINATION ${work}/csd/libexec)
file(COPY_FILE ${SOURCE}/LICENSES/BSD-3-Clause.txt ${work}/LICENSES/BSD-3-Clause.txt)
file(COPY_FILE ${DUCKDB}/LICENSE ${work}/LICENSES/DuckDB-MIT.txt)

file(GLOB old ${INTO}/csd-*.whl)
if(old)
  file(REMOVE ${old})
endif()
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env CSD_VERSION=${VERSION} PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
    ${PYTHON} -m pip wheel --quiet --no-index --no-deps --no-build-isolation --no-cache-dir --wheel-dir ${INTO} ${work}
  OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE status)
file(REMOVE_RECURSE ${work})
if(NOT status EQUAL 0)
  message(FATAL_ERROR "the wheel cannot be made:\n${said}")
endif()
