# SPDX-License-Identifier: BSD-3-Clause
# The layers of AirMOS. A layer finds its own headers, those of the layers below it, src/base and the public headers in
# include/csd, and nothing else: its include directories are directories of links, one a layer, in the build directory.
#
#   csd_airmos_layer(http BELOW body SOURCES server.cc ...)     the library csd_airmos_http of src/airmos/http
#
# __has_include in one generated source of each layer proves at every build that this is so: it names every other layer and the
# private headers of the client.
set(csd_airmos_layers core auth body http objects select xml operations)

function(csd_layer_directory name folder) # of links: ${name}_includes
  set(root ${PROJECT_BINARY_DIR}/layers/${name}/src)
  cmake_path(GET folder PARENT_PATH parent)
  file(MAKE_DIRECTORY ${root}/${parent})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${folder} ${root}/${folder} SYMBOLIC)
  set(${name}_includes ${root} PARENT_SCOPE)
endfunction()

# A condition of the preprocessor: some header of that folder is found.
function(csd_layer_found folder variable)
  file(GLOB headers RELATIVE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/src/${folder}/*.hpp)
  list(TRANSFORM headers REPLACE "(.+)" "__has_include(\"\\1\")")
  list(JOIN headers " || " condition)
  set(${variable} "${condition}" PARENT_SCOPE)
endfunction()

function(csd_airmos_layer name)
  cmake_parse_arguments(LAYER "" "" "BELOW;SOURCES" ${ARGN})
  set(visible ${name})
  foreach(below IN LISTS LAYER_BELOW)
    list(APPEND visible ${below} ${csd_below_${below}})
  endforeach()
  set(csd_below_${name} ${visible} CACHE INTERNAL "what the layer ${name} of AirMOS may include")

  set(check "// Made by src/airmos/layer.cmake.\n")
  foreach(layer IN LISTS csd_airmos_layers)
    csd_layer_found(airmos/${layer} found)
    if(layer IN_LIST visible)
      string(APPEND check "#if !(${found})\n#error airmos/${name} must find airmos/${layer}\n#endif\n")
    else()
      string(APPEND check "#if ${found}\n#error airmos/${name} must not find airmos/${layer}\n#endif\n")
    endif()
  endforeach()
  foreach(private kv kv/transport nvme device)
    csd_layer_found(${private} found)
    string(APPEND check "#if ${found}\n#error airmos/${name} must not find src/${private}\n#endif\n")
  endforeach()
  file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/layers/${name}/check.cc CONTENT "${check}" @ONLY)

  csd_layer_directory(${name} airmos/${name})
  list(TRANSFORM LAYER_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/src/airmos/${name}/)
  add_library(csd_airmos_${name} STATIC ${LAYER_SOURCES} ${PROJECT_BINARY_DIR}/layers/${name}/check.cc)
  target_include_directories(csd_airmos_${name} PUBLIC ${${name}_includes})
  list(TRANSFORM LAYER_BELOW PREPEND csd_airmos_)
  target_link_libraries(csd_airmos_${name} PUBLIC ${LAYER_BELOW})
endfunction()

# Links what the layer uses by the headers that it finds anyway, without the include directories that come with it.
function(csd_airmos_layer_links name)
  list(TRANSFORM ARGN REPLACE "(.+)" "$<LINK_ONLY:\\1>")
  set_property(TARGET csd_airmos_${name} APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${ARGN})
endfunction()
