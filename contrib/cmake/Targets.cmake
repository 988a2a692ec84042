# SPDX-License-Identifier: Apache-2.0
#
# What the folders of engine/ call. Plug-ins call countermark_add_plugin(), as strangers do.

macro(cm_arguments options)
    cmake_parse_arguments(PARSE_ARGV 1 arg "${options}" "" "SOURCES;LIBRARIES")
    if(arg_UNPARSED_ARGUMENTS OR NOT arg_SOURCES)
        message(FATAL_ERROR "${name}: give SOURCES, LIBRARIES and nothing else "
            "(${arg_UNPARSED_ARGUMENTS}).")
    endif()
endmacro()

# cm_add_floor(<floor> SOURCES <file>... [LIBRARIES <library>...])
# The static library cm_<floor>. A cm_ library that does not exist yet lies above this floor.
function(cm_add_floor name)
    cm_arguments("")
    foreach(library IN LISTS arg_LIBRARIES)
        if(library MATCHES "^cm_" AND NOT TARGET ${library})
            message(FATAL_ERROR "engine/${name} may not use ${library}: it is not a floor below.")
        endif()
    endforeach()
    add_library(cm_${name} STATIC ${arg_SOURCES})
    target_link_libraries(cm_${name} PUBLIC cm_engine ${arg_LIBRARIES})
endfunction()

# cm_add_program(<name> [HELPER] SOURCES <file>... [LIBRARIES <library>...])
# A program in bin, or with HELPER in libexec/countermark.
function(cm_add_program name)
    cm_arguments("HELPER")
    add_executable(${name} ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE cm_engine cm_flags_exe ${arg_LIBRARIES})
    if(arg_HELPER)
        set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CM_BUILD_LIBEXECDIR}")
        install(TARGETS ${name} RUNTIME DESTINATION "${CM_INSTALL_LIBEXECDIR}")
    else()
        set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${CM_BUILD_BINDIR}")
        install(TARGETS ${name} RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
    endif()
endfunction()

# cm_add_module(<name> SOURCES <file>... [LIBRARIES <library>...])
# A part of the engine that is loaded only when it is needed: <name>.so in lib/countermark.
function(cm_add_module name)
    cm_arguments("")
    add_library(${name} MODULE ${arg_SOURCES})
    target_link_libraries(${name} PRIVATE cm_flags_module cm_engine ${arg_LIBRARIES})
    # What it exports is said in its own sources, not in the static libraries linked into it.
    target_link_options(${name} PRIVATE LINKER:--exclude-libs,ALL)
    set_target_properties(${name} PROPERTIES
        PREFIX "" SUFFIX ".so" LIBRARY_OUTPUT_DIRECTORY "${CM_BUILD_LIBDIR}")
    install(TARGETS ${name} LIBRARY DESTINATION "${CM_INSTALL_LIBDIR}")
endfunction()

# cm_add_completion(<shell> <folder> <file>)
# What "countermark completion <shell>" prints, where that shell looks for it: <folder> in share.
function(cm_add_completion shell folder file)
    set(path "${PROJECT_BINARY_DIR}/${CMAKE_INSTALL_DATADIR}/${folder}/${file}")
    cmake_path(GET path PARENT_PATH parent)
    file(MAKE_DIRECTORY "${parent}")
    add_custom_command(OUTPUT "${path}"
        COMMAND countermark completion ${shell} > "${path}"
        DEPENDS countermark
        COMMENT "Completion for ${shell}" VERBATIM)
    add_custom_target(countermark-completion-${shell} ALL DEPENDS "${path}")
    install(FILES "${path}" DESTINATION "${CMAKE_INSTALL_DATADIR}/${folder}")
endfunction()
