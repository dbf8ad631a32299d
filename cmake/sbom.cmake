# SPDX-License-Identifier: BSD-3-Clause
# The bill of materials that is installed, in CycloneDX 1.5: everything from elsewhere that is in the programs or installed beside
# them, and the shared libraries of Debian that they load. The property csd:linkage tells which. Versions of Debian's packages are
# those that this build compiled against. Checked by tests/install/sbom_test.py. Read by install.cmake.
set(csd_sbom_components "[]")

function(csd_sbom_entry name version license purl linkage)
  string(REGEX REPLACE "@([^@]*):" "@\\1%3A" purl "${purl}") # an epoch
  string(REPLACE "+" "%2B" purl "${purl}")
  string(JSON length LENGTH "${csd_sbom_components}")
  string(JSON csd_sbom_components SET "${csd_sbom_components}" ${length} "{\"type\": \"library\", \"bom-ref\": \"${purl}\", \"name\": \"${name}\", \"version\": \"${version}\",
    \"licenses\": [{\"expression\": \"${license}\"}], \"purl\": \"${purl}\",
    \"properties\": [{\"name\": \"csd:linkage\", \"value\": \"${linkage}\"}]}")
  set(csd_sbom_components "${csd_sbom_components}" PARENT_SCOPE)
endfunction()

# A package of Debian that is absent here was found elsewhere, so that nothing is known of it but its name.
function(csd_sbom_debian package license linkage)
  set(version unknown)
  find_program(CSD_DPKG_QUERY dpkg-query)
  if(CSD_DPKG_QUERY)
    execute_process(COMMAND ${CSD_DPKG_QUERY} -W -f "\${Version}" ${package} OUTPUT_VARIABLE found ERROR_QUIET RESULT_VARIABLE failed)
    if(failed EQUAL 0 AND found)
      set(version "${found}")
    endif()
  endif()
  csd_sbom_entry(${package} "${version}" "${license}" "pkg:deb/debian/${package}@${version}" ${linkage})
  set(csd_sbom_components "${csd_sbom_components}" PARENT_SCOPE)
endfunction()

file(STRINGS scripts/fetch.sh csd_duckdb_pin REGEX "^duckdb_bindings=")
string(REGEX REPLACE ".*'@duckdb/node-bindings-linux-x64@(.*)'" "\\1" csd_duckdb_version "${csd_duckdb_pin}")
csd_sbom_entry(DuckDB "${csd_duckdb_version}" MIT "pkg:npm/%40duckdb/node-bindings-linux-x64@${csd_duckdb_version}" bundled)
csd_sbom_debian(liburing-dev "LGPL-2.1-or-later OR MIT" static)
csd_sbom_debian(libboost1.81-dev BSL-1.0 headers)
csd_sbom_debian(libcli11-dev BSD-3-Clause headers)
csd_sbom_debian(nlohmann-json3-dev MIT headers)
csd_sbom_debian(libpugixml-dev MIT static)
csd_sbom_debian(libfmt-dev MIT shared)
csd_sbom_debian(libssl-dev Apache-2.0 shared)
csd_sbom_debian(zlib1g-dev Zlib shared)
csd_sbom_debian(libbz2-dev "bzip2-1.0.6" shared)
csd_sbom_debian(libzstd-dev "BSD-3-Clause OR GPL-2.0-only" shared)
csd_sbom_debian(libseccomp-dev LGPL-2.1-only shared)
if(TARGET csd_spdk_sdk)
  file(STRINGS ${CSD_SPDK_DIR}/include/spdk/version.h csd_spdk_version REGEX "^#define SPDK_VERSION_(MAJOR|MINOR|PATCH)[ \t]")
  string(REGEX REPLACE "[^0-9;]" "" csd_spdk_version "${csd_spdk_version}")
  list(JOIN csd_spdk_version . csd_spdk_version)
  csd_sbom_entry(SPDK "${csd_spdk_version}" BSD-3-Clause "pkg:github/spdk/spdk@${csd_spdk_version}" static)
  set(csd_dpdk_version unknown)
  set(csd_dpdk_config ${CSD_SPDK_DIR}/dpdk/build/include/rte_build_config.h)
  if(EXISTS ${csd_dpdk_config})
    file(STRINGS ${csd_dpdk_config} csd_dpdk_year REGEX "RTE_VER_YEAR [0-9]+")
    file(STRINGS ${csd_dpdk_config} csd_dpdk_month REGEX "RTE_VER_MONTH [0-9]+")
    string(REGEX REPLACE "[^0-9;]" "" csd_dpdk_version "${csd_dpdk_year};${csd_dpdk_month}")
    list(JOIN csd_dpdk_version . csd_dpdk_version)
  endif()
  csd_sbom_entry(DPDK "${csd_dpdk_version}" BSD-3-Clause "pkg:github/DPDK/dpdk@${csd_dpdk_version}" static)
endif()
file(STRINGS qemu/PIN csd_qemu_version REGEX "^qemu_version=")
string(REGEX REPLACE ".*'(.*)'.*" "\\1" csd_qemu_version "${csd_qemu_version}")
set(csd_sbom_without_qemu "${csd_sbom_components}")
csd_sbom_entry(QEMU "${csd_qemu_version}" "GPL-2.0-or-later" "pkg:deb/debian/qemu@${csd_qemu_version}" bundled)

# QEMU is in it only where it is installed, which is known only then.
set(csd_sbom_head "{\"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.5\", \"version\": 1, \"metadata\": {\"component\": {
  \"type\": \"application\", \"bom-ref\": \"csd\", \"name\": \"csd\", \"version\": \"${CSD_VERSION}\",
  \"licenses\": [{\"expression\": \"BSD-3-Clause\"}]}}, \"components\": []}")
foreach(which without_qemu components)
  string(JSON bom SET "${csd_sbom_head}" components "${csd_sbom_${which}}")
  file(WRITE ${CMAKE_BINARY_DIR}/sbom/${which}.json "${bom}\n")
endforeach()
install(CODE "
  set(bom without_qemu)
  if(EXISTS ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/qemu-system-x86_64)
    set(bom components)
  endif()
  configure_file(${CMAKE_BINARY_DIR}/sbom/\${bom}.json ${CMAKE_BINARY_DIR}/csd.cdx.json COPYONLY)" COMPONENT documentation)
install(FILES ${CMAKE_BINARY_DIR}/csd.cdx.json DESTINATION ${CMAKE_INSTALL_DATADIR}/sbom COMPONENT documentation)
